//! Proves that a connector library does what its capability document says, from outside, as a host would meet it.
//!
//! The suite is data: [`CHECKS`] is a table of checks with stable ids and levels. What they expect is derived from the
//! library's own document and from [samples](Samples) that its author puts beside it: a `conformance.json` with settings,
//! how requests are signed, and one webhook request for each kind of content. Everything runs in processes of its own
//! and talks to nobody but this machine; one seed decides everything that is drawn.
//!
//! | level | the file |
//! |---|---|
//! | 1 | loads, and its document is valid |
//! | 2 | starts, and takes every webhook request without harm |
//! | 3 | does what it declares, and nothing else: limits, kinds, operations, cancelling, logs, shutting down |
//! | 4 | performs its operations against a fake platform |
//! | 5 | keeps conversations straight while that platform fails, and breaks none of its rules |

mod checks;
mod claims;
mod declared;
mod exercise;
mod gate;
mod incident;
pub mod leaf;
mod platform;
mod proof;
mod random;
mod records;
mod report;
mod requests;
mod samples;
mod signing;
mod sizes;
mod subject;
mod suite;
mod verdicts;

pub use proof::{Proof, proofs, told};
pub use report::{Finding, Outcome, Report, Row};
pub use samples::{Samples, SamplesSource};
pub use subject::{KitError, Options};
pub use suite::{CHECKS, Check, run};
