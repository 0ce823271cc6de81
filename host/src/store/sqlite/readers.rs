//! A few connections that only read.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::{StoreError, connect};

const READERS: usize = 4;

#[derive(Clone)]
pub(super) struct Readers {
    idle: Arc<Mutex<Vec<Connection>>>,
    free: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let open = |_| {
            let connection = connect(path)?;
            connection.execute_batch("PRAGMA query_only = ON")?;
            Ok(connection)
        };
        let idle = (0..READERS).map(open).collect::<Result<Vec<_>, StoreError>>()?;
        Ok(Self { idle: Arc::new(Mutex::new(idle)), free: Arc::new(Semaphore::new(READERS)) })
    }

    /// Runs `work` on an idle connection, off the async threads.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let stopped = |what: &dyn std::fmt::Display| StoreError::Failed(format!("a reader stopped: {what}"));
        let permit = Arc::clone(&self.free).acquire_owned().await.map_err(|e| stopped(&e))?;
        let idle = Arc::clone(&self.idle);
        let task = tokio::task::spawn_blocking(move || {
            let lease = Lease::take(&idle).ok_or_else(|| StoreError::Failed("no idle reader".to_owned()))?;
            let result = lease.connection.as_ref().map(work);
            // The connection goes back before the permit does, so that a permit always finds one.
            drop((lease, permit));
            result.unwrap_or_else(|| Err(StoreError::Failed("no idle reader".to_owned())))
        });
        task.await.map_err(|e| stopped(&e))?
    }
}

/// A connection that goes back to the others, also when the work panics.
struct Lease {
    idle: Arc<Mutex<Vec<Connection>>>,
    connection: Option<Connection>,
}

impl Lease {
    fn take(idle: &Arc<Mutex<Vec<Connection>>>) -> Option<Self> {
        let connection = idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        Some(Self { idle: Arc::clone(idle), connection: Some(connection) })
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}
