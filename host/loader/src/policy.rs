//! What an operator decides about connector files.

use std::{path::PathBuf, time::Duration};

use crate::{Isolation, Trust, Voucher};

const TRIAL_DEADLINE: Duration = Duration::from_secs(10);
const MEMORY_BYTES: u64 = 4 << 30;

/// What an operator decides about connector files.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LoadPolicy {
    /// Which files may run.
    pub trust: Trust,
    /// Where they run; `None`: in the host's process where somebody vouches for the bytes, else in one of their own.
    pub isolation: Option<Isolation>,
    /// The program `connector-worker`, for trials and workers.
    pub worker: PathBuf,
    /// How long loading may take in a trial.
    pub trial_deadline: Duration,
    /// Address space of a worker, in bytes.
    pub memory_bytes: u64,
}

impl LoadPolicy {
    /// Every file may run, unknown ones in processes of their own.
    #[must_use]
    pub fn new(worker: impl Into<PathBuf>) -> Self {
        Self {
            trust: Trust::default(),
            isolation: None,
            worker: worker.into(),
            trial_deadline: TRIAL_DEADLINE,
            memory_bytes: MEMORY_BYTES,
        }
    }

    /// Where a file runs for which this voucher stands.
    #[must_use]
    pub fn isolation_for(&self, voucher: Voucher) -> Isolation {
        self.isolation.unwrap_or(match voucher {
            Voucher::Signature | Voucher::Pin => Isolation::InProcess,
            Voucher::Nobody => Isolation::Process,
        })
    }
}
