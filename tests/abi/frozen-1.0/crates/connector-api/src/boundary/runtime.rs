//! One tokio runtime for each connector library, and the bridge from the host's tasks to it.

use std::{future::Future, io, sync::Mutex};

use connector_abi::{AbiError, Reply, abi_stable::std_types::RResult};
use tokio::{
    runtime::{Builder, Handle, Runtime},
    task::JoinHandle,
};

use super::{cancelled, panic::panicked};

const MAX_BLOCKING_THREADS: usize = 8;

/// The library's runtime. Never dropped: its threads may be inside the author's code.
static RUNTIME: Mutex<Option<Runtime>> = Mutex::new(None);

/// The library's runtime, made at the first call.
///
/// # Errors
/// Where the system gives no threads.
pub(super) fn handle(worker_threads: Option<usize>) -> io::Result<Handle> {
    let mut slot = RUNTIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(runtime) = &*slot {
        return Ok(runtime.handle().clone());
    }
    let runtime = Builder::new_multi_thread()
        .worker_threads(worker_threads.unwrap_or(1).clamp(1, 16))
        .max_blocking_threads(MAX_BLOCKING_THREADS)
        .thread_name("connector")
        .enable_all()
        .build()?;
    let handle = runtime.handle().clone();
    *slot = Some(runtime);
    Ok(handle)
}

/// Runs `work` on the connector's runtime when first polled. Dropping the bridge cancels the work; its future is
/// then dropped on the connector's runtime, where a panic stays.
pub(super) async fn bridge(
    runtime: Handle,
    work: impl Future<Output = Result<Reply, AbiError>> + Send + 'static,
) -> RResult<Reply, AbiError> {
    let mut task = AbortOnDrop(runtime.spawn(work));
    match (&mut task.0).await {
        Ok(result) => result.into(),
        Err(error) if error.is_panic() => RResult::RErr(panicked(error.into_panic())),
        Err(_) => RResult::RErr(cancelled()),
    }
}

struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
