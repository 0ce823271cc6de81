//! The simulator seen from outside: over its HTTP surface and its Rust API.

#![allow(clippy::unwrap_used, reason = "the helpers of these tests are tests, too")]

mod access_token;
mod api_client;
mod callback;
mod control;
mod echo;
mod faults;
mod fields;
mod judge;
mod lists;
mod manual;
mod media;
mod oauth;
mod page;
mod people;
mod regions;
mod send_validation;
mod transport;
mod variations;
mod webhooks;
mod window;

use std::time::Duration;

/// Far longer than anything here takes; only a failing test waits this long.
const PATIENCE: Duration = Duration::from_secs(20);
