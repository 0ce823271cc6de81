//! A connector in a process of its own.
//!
//! The worker program gets the checked bytes as its standard input (a sealed file in memory) and a socket as its
//! standard output, which it puts elsewhere at once, so that a connector that prints disturbs nothing. Over the
//! socket go the same bytes that cross the boundary in one process. A segmentation fault, `abort` or `exit` costs the
//! worker; the host starts another. That guards against accidents, and is no sandbox: the worker has the host's rights.

mod connection;
mod descendants;
mod process;
mod remote;
mod serve;
mod starter;
mod state;
pub(crate) mod wire;

pub(crate) use process::{Ended, Killed, Launch, WorkerProcess};
pub(crate) use remote::Remote;
pub use serve::run;
pub use state::{WorkerEnd, WorkerState};
