//! What was answered 200 is on disk, once.

mod crash;
mod delivery;
mod kills;
mod sync;
