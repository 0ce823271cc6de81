//! What a channel can do, and whether one action may be done now.
//!
//! Everything here is pure: no I/O, no clock, no randomness. The present time is an argument.
//!
//! * [`CapabilityDocument`]: what a connector declares, one JSON file embedded in its library.
//! * [`WindowLedger`]: what is left of a conversation's reply window and quota.
//! * [`check`]: the [`Verdict`] on an action before anything is sent, with every [`Reason`] against it.

pub mod document;
mod reason;
mod time;
mod verdict;
mod window;

pub use document::CapabilityDocument;
pub use reason::{Reason, ReasonCode};
pub use time::Timestamp;
pub use verdict::{Action, Context, Verdict, check};
pub use window::{WindowLedger, WindowState, Writer};
