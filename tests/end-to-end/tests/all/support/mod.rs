//! What the tests share.

mod bytes;
mod log;
mod problem;
pub(crate) mod scan;
mod shop;
mod signature;
mod stub;

pub(crate) use bytes::{exchange, exchange_all, frame, put};
pub(crate) use log::records;
pub(crate) use problem::{Asked, ask};
pub(crate) use shop::{INSTANCE, Shop, statuses};
pub(crate) use signature::{now_seconds, signed};
pub(crate) use stub::Stub;
