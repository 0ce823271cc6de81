//! The checks, by what they look at.

pub(crate) mod calls;
pub(crate) mod claims;
pub(crate) mod decoding;
pub(crate) mod document;
pub(crate) mod faults;
pub(crate) mod inbound;
pub(crate) mod limits;
pub(crate) mod logs;
mod operation_faults;
pub(crate) mod operations;
pub(crate) mod platform;
pub(crate) mod receive;
pub(crate) mod settings;
pub(crate) mod shutdown;
pub(crate) mod verdicts;

use crate::{Finding, Outcome};

/// Failed with these texts, where there are any.
pub(crate) fn texts(texts: &[String]) -> Outcome {
    Outcome::of(texts.iter().map(Finding::new).collect())
}
