//! What whoever watches a worker may know of it.

use super::Ended;

/// A worker process as it is now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkerState {
    /// Its process id; `None` while none runs.
    pub process: Option<u32>,
    /// How the one before it ended.
    pub ended: Option<WorkerEnd>,
}

/// How a worker process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkerEnd {
    /// The signal that ended it, unless the host sent it.
    pub signal: Option<i32>,
    /// The exit code, where it exited.
    pub exit_code: Option<i32>,
    /// Whether the host ended it, because it hung or said what no worker says.
    pub killed: bool,
}

impl Ended {
    /// The same without what it printed.
    pub(super) fn worker_end(&self) -> WorkerEnd {
        let killed = self.killed.is_some();
        WorkerEnd { signal: self.signal.filter(|_| !killed), exit_code: self.exit_code, killed }
    }
}
