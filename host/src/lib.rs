//! A self-hosted unified inbox host whose channels are files.
//!
//! The program `jackfield` is a thin wrapper around this library; a platform that wants the inbox inside its own
//! program starts a [`Host`] from its own `main` (see `examples/embedded-host`).
//!
//! | module | what it is about |
//! |---|---|
//! | [`config`] | what an operator decides |
//! | [`instances`] | connectors loaded and started |
//! | `rest` | webhooks in, the API, live events out |
//! | `sender` | messages on their way to platforms |
//! | [`store`] | everything that is remembered |

pub mod clock;
pub mod config;
pub mod credentials;
pub mod decode;
pub mod doctor;
pub mod document;
pub mod instances;
pub mod keys;
pub mod model;
pub mod report;
pub mod seal;
pub mod situation;
pub mod store;

/// What `GET /v1/export` and `jackfield export` write.
pub mod export {
    pub use crate::rest::line;
}

mod answers;
mod authorization;
mod automatic;
mod deliveries;
mod errands;
mod feed;
mod host;
mod intake;
pub mod media;
mod metrics;
mod outbound_url;
mod parts;
mod plain_file;
mod poller;
mod probes;
mod qr;
mod renewals;
mod replay;
mod rest;
mod retention;
mod sender;
mod server;
mod shared;
mod timekeeper;

pub use config::Config;
pub use host::{Host, HostError, lock_database};
pub use rest::document as openapi;
