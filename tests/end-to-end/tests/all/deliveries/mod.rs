//! Events out: signed webhooks to endpoints, and what becomes of them.

mod addresses;
mod failures;
mod kill;
mod receiver;
mod signed;
pub(crate) mod stage;
mod status;
