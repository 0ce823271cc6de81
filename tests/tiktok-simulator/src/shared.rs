//! What the API, the control API and the webhook tasks have in common.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::config::SimulatorConfig;
use crate::error::SimulatorError;
use crate::judge::{Breach, CallName, Violation};
use crate::state::World;
use crate::webhook::{Clients, Lanes, clients};

const WEBHOOKS_AT_ONCE: usize = 8;

/// The simulator behind its handles and handlers.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) app_id: String,
    pub(crate) app_secret: String,
    /// `http://127.0.0.1:port`.
    pub(crate) url: String,
    pub(crate) clock: Clock,
    pub(crate) http: Clients,
    pub(crate) lanes: Lanes,
    pub(crate) webhook_permits: Semaphore,
    world: Mutex<World>,
    changes: watch::Sender<()>,
    runtime: Handle,
    tasks: Mutex<Option<JoinSet<()>>>,
}

impl Shared {
    /// Must be called inside a Tokio runtime.
    pub(crate) fn new(config: &SimulatorConfig, address: SocketAddr) -> Result<Arc<Self>, SimulatorError> {
        Ok(Arc::new(Self {
            app_id: config.app_id.clone(),
            app_secret: config.app_secret.clone(),
            url: format!("http://{address}"),
            clock: Clock::new(),
            http: clients()?,
            lanes: Lanes::default(),
            webhook_permits: Semaphore::new(WEBHOOKS_AT_ONCE),
            world: Mutex::new(World::new(config)),
            changes: watch::Sender::new(()),
            runtime: Handle::current(),
            tasks: Mutex::new(Some(JoinSet::new())),
        }))
    }

    /// The world, locked. Never held across an await.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the world and wakes everyone who waits for a change.
    pub(crate) fn update<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let result = change(&mut self.world());
        self.changes.send_replace(());
        result
    }

    /// Keeps a judgement on a call.
    pub(crate) fn record(&self, call: &CallName, breach: Breach) {
        let violation = Violation {
            kind: breach.kind,
            method: call.method.to_string(),
            path: call.path.clone(),
            request_id: call.request_id.clone(),
            detail: breach.detail,
            at_ms: self.clock.now_ms(),
        };
        self.update(|world| world.violations.push(violation));
    }

    /// Waits until the probe finds what it looks for.
    pub(crate) async fn wait_for<T>(
        &self,
        what: &'static str,
        timeout: Duration,
        mut probe: impl FnMut(&mut World) -> Option<T>,
    ) -> Result<T, SimulatorError> {
        let mut changes = self.changes.subscribe();
        let search = async {
            loop {
                let found = probe(&mut self.world());
                if let Some(found) = found {
                    return found;
                }
                changes.changed().await.ok();
            }
        };
        tokio::time::timeout(timeout, search).await.map_err(|_| SimulatorError::Timeout { what, timeout })
    }

    /// Runs a task that ends with the simulator at the latest.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tasks) = tasks.as_mut() {
            while tasks.try_join_next().is_some() {}
            tasks.spawn_on(task, &self.runtime);
        }
    }

    /// Aborts all tasks and takes no new ones.
    pub(crate) fn stop_tasks(&self) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        drop(tasks.take());
    }
}
