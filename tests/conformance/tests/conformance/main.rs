//! The kit held against connectors that are good, and against ones that misbehave in every way.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "the whole crate is a test")]

mod examples;
mod hostile;
mod leaves;

use std::{future::Future, path::PathBuf};

use connector_conformance::{Options, Report, run};

/// The samples of the TikTok connector.
const TIKTOK: &str = "tiktok-connector/conformance/conformance.json";

/// The path of a built library or program.
fn artifact(name: &str) -> PathBuf {
    end_to_end::artifact(name).unwrap()
}

/// The kit's answer about a library of this workspace.
fn report(options: Options) -> Report {
    blocking(async { run(options).await.unwrap() })
}

/// Options for a built library.
fn options(library: &str) -> Options {
    let mut options = Options::new(artifact(library));
    options.worker = Some(artifact("connector-worker"));
    options
}

/// Runs on one thread, as the command does: what connectors log is written there.
fn blocking<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// A folder of the workspace.
fn workspace(path: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(path)
}

/// The command that starts the fake platform.
fn simulator() -> Vec<String> {
    [&artifact("tiktok-simulator").to_string_lossy(), "--listen", "127.0.0.1:0"].map(Into::into).into()
}
