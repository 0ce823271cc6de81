//! What the tests share.

mod channels;
mod files;
mod minisign;
mod processes;
mod rows;

pub(crate) use channels::{Channels, Limits, say};
pub(crate) use files::{ECHO, HOSTILE, Shim, hostile_at_load, old_abi_stable, patched_copy};
pub(crate) use minisign::Signer;
pub(crate) use processes::{is_running, named, unique_name, workers_of};
pub(crate) use rows::{is_refused, listed, row, rows_of_dir};
