//! What the checks look at is made once: every request that a platform could post, and every operation.

mod calls;
mod receive;
mod requests;

pub(crate) use calls::{Called, called};
pub(crate) use receive::{Answer, Received, received};
