//! Checks, loads and calls connector libraries.
//!
//! A file goes through a pipeline, and the first step that fails says so in a [`LoadError`]:
//! found → readable → object file for this machine → manifest read, nothing executed → opened → header → layout →
//! document as embedded. The file is read once; the bytes that were checked are the bytes that are loaded. A
//! library is never unloaded.
//!
//! Only Linux is supported today; what depends on the system is in the `image` and `open` modules.
//!
//! ```no_run
//! # use std::path::Path;
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use connector_loader::{ConnectorLibrary, StartOptions};
//!
//! let library = ConnectorLibrary::load(Path::new("connectors/libecho_connector.so"))?;
//! let settings = serde_json::json!({ "account": "my-shop" });
//! let instance = library.start(StartOptions::new("echo-1", settings))?;
//! # Ok(())
//! # }
//! ```

mod error;
mod file;
mod host_api;
mod image;
mod instance;
mod library;
mod object_file;
mod open;

pub use error::{LoadError, Step};
pub use file::{Inspected, Manifest, inspect};
pub use instance::{Instance, traced};
pub use library::{ConnectorLibrary, StartOptions};

#[cfg(not(target_os = "linux"))]
compile_error!("connector-loader is only written for Linux so far: see the modules `image` and `open`");
