//! What the tests of binary compatibility share.
//!
//! * [`layout`]: the boundary in words.
//! * [`build`]: building with other compilers and profiles.
//! * [`evolve`]: the contract as a later version would have it.
//! * [`exercise`]: what every connector of these tests can do.
//! * [`records`]: what connectors write to the log.

pub mod build;
pub mod evolve;
pub mod exercise;
pub mod layout;
pub mod records;
