//! The judge: what the client did against the rules of the protocol.
//!
//! Rules that a call breaks by its form are found here, before it is handled. Rules about what a
//! call asks for are found where it is refused, and travel with the refusal.

mod call;
mod endpoints;
mod violation;

pub(crate) use call::{CallName, Sent, breaches};
pub(crate) use violation::Breach;
pub use violation::{Violation, ViolationKind};
