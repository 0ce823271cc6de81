//! What the end-to-end tests and the demo share: finding what was built, starting it as real processes, and talking
//! to it over HTTP.

mod artifacts;
mod client;
mod host;
mod leaks;
mod process;
mod simulator;
mod wait;

pub use artifacts::artifact;
pub use client::{Answer, Api, http_client};
pub use host::{ENCRYPTION_KEY, HostOptions, HostProcess, TiktokApp};
pub use leaks::Leak;
pub use process::ChildProcess;
pub use simulator::SimulatorProcess;
pub use wait::{PATIENCE, eventually};
