//! Checks, loads and calls connector libraries.
//!
//! A file goes through a pipeline, and the first step that fails says so in a [`LoadError`]:
//! found → readable → not foreign or writable by everybody → object file for this machine → manifest read, nothing
//! executed → trusted → tried in a child process → opened → header → layout → document as embedded. The file is read
//! once; the bytes that were checked are the bytes that are loaded. A library is never unloaded.
//!
//! The code of a file for which nobody vouches runs in a process of its own. That is for accidents and no sandbox: the
//! process has the host's rights.
//!
//! Only Linux is supported today; what depends on the system is in the `image` and `open` modules.
//!
//! ```no_run
//! # use std::path::Path;
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use connector_loader::{ConnectorLibrary, LoadPolicy, StartOptions};
//!
//! let policy = LoadPolicy::new("/usr/lib/jackfield/connector-worker");
//! let library = ConnectorLibrary::load(Path::new("connectors/libecho_connector.so"), &policy).await?;
//! let settings = serde_json::json!({ "account": "my-shop" });
//! let instance = library.start(StartOptions::new("echo-1", settings)).await?;
//! # Ok(())
//! # }
//! ```

mod backend;
mod copies;
mod error;
mod faults;
mod file;
mod host_api;
mod image;
mod in_process;
mod instance;
mod library;
mod log_limit;
mod log_line;
mod manifest;
mod object_file;
mod open;
mod permissions;
mod policy;
mod quarantine;
mod refusal;
mod text;
mod trial;
mod trust;
mod worker;
mod worker_log;

pub use backend::Trouble;
pub use error::{LoadError, Step};
pub use file::inspect;
pub use instance::{Instance, traced};
pub use library::{ConnectorLibrary, Isolation, StartOptions};
pub use manifest::{Inspected, Manifest};
pub use policy::LoadPolicy;
pub use quarantine::{QUARANTINE, Quarantine, QuarantineRecord};
pub use text::printable;
pub use trial::TRIAL_NOT_MADE;
pub use trust::{Required, Trust, Voucher};
pub use worker::{WorkerEnd, WorkerState, run as run_worker};

#[cfg(not(target_os = "linux"))]
compile_error!("connector-loader is only written for Linux so far: see the modules `image` and `open`");
