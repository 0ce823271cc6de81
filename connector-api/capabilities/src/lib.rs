//! What a channel can do, and whether one action may be done now.
//!
//! Everything here is pure: no I/O, no clock, no randomness. The present time is an argument.
//!
//! * [`CapabilityDocument`]: what a connector declares, one JSON file embedded in its library.
//! * [`Effective`]: what is left of it under the layers of account and conversation.
//! * [`WindowLedger`]: what is left of a conversation's reply window and quota.
//! * [`check`]: the [`Verdict`] on an action before anything is sent, with every [`Reason`] against it, or the plan to
//!   send it another way.
//! * [`reserve`]: the places that a verdict costs, taken from the ledger.

mod canonical;
mod code;
pub mod diff;
pub mod document;
mod draft;
mod layers;
pub mod markdown;
mod permit;
mod reason;
pub mod region;
pub mod settings;
pub mod text;
mod time;
mod verdict;
mod window;

pub use canonical::canonical;
pub use code::{ReasonCode, Remedy};
pub use document::CapabilityDocument;
pub use draft::{Draft, Part, Target};
pub use layers::{AccountLayer, ConversationLayer, Effective, Layer, LiveAnswer, Narrowing};
pub use permit::{Permit, Reserved, reserve};
pub use reason::{Param, Reason};
pub use region::Region;
pub use time::Timestamp;
pub use verdict::{Action, CommentToAnswer, Context, Loss, Permission, Policy, Step, Verdict, check};
pub use window::{WindowLedger, WindowState, Writer};
