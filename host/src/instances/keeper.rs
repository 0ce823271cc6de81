//! Keeps a slot running what it is to run: starts it, makes it anew when it gets into trouble, tries again when it could
//! not start.

use std::{sync::Arc, time::Duration};

use connector_api::{ConnectorError, ReasonCode};
use connector_loader::{ConnectorLibrary, Trouble};
use tokio::{sync::watch, time::sleep};
use tokio_util::sync::CancellationToken;

use super::{InstanceState, RunningInstance, Slot, slot::Wanted};

/// The pause before a start that failed is tried again, doubled each time …
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// … up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Keeps one slot.
pub(super) struct Keeper {
    slot: Arc<Slot>,
    wanted: watch::Receiver<Option<Wanted>>,
    /// What runs; it goes on where something newer does not start.
    serving: Option<(Arc<RunningInstance>, ConnectorLibrary)>,
    pause: Duration,
}

/// What a keeper waits for.
enum Event {
    Wanted,
    Again,
    Trouble(Trouble),
}

impl Keeper {
    pub(super) fn of(slot: Arc<Slot>) -> Self {
        let wanted = slot.wanted();
        Self { slot, wanted, serving: None, pause: FIRST_PAUSE }
    }

    /// Keeps the slot until it is told to stop. Tells over `tried` that the first try has been made.
    pub(super) async fn keep(mut self, tried: watch::Sender<bool>, stopping: CancellationToken) {
        let keeping = async {
            loop {
                let again = self.start_wanted().await;
                tried.send_replace(true);
                self.serve(again).await;
            }
        };
        stopping.run_until_cancelled(keeping).await;
    }

    /// Starts what is wanted; whether a failure may pass by itself.
    async fn start_wanted(&mut self) -> bool {
        let wanted = self.wanted.borrow_and_update().clone();
        let error = match wanted {
            None => return false,
            Some(Ok(library)) => match self.start(library).await {
                Ok(()) => return false,
                Err(error) => error,
            },
            Some(Err(error)) => error,
        };
        let instance = self.slot.name();
        match &self.serving {
            Some((running, _)) => {
                tracing::warn!(%instance, %error, version = %running.document.connector.version,
                "A newer file cannot be used; what runs goes on")
            }
            None => tracing::error!(%instance, %error, "Instance did not start"),
        }
        let library_is_there = matches!(&*self.wanted.borrow(), Some(Ok(_)));
        let passes = library_is_there && error.reason != ReasonCode::CONNECTOR_SETTINGS_INVALID;
        if self.serving.is_none() {
            self.slot.put(InstanceState::Failed(error));
        }
        passes
    }

    async fn start(&mut self, library: ConnectorLibrary) -> Result<(), ConnectorError> {
        let running = Arc::new(self.slot.start(&library).await?);
        self.slot.put(InstanceState::Running(Arc::clone(&running)));
        self.serving = Some((running, library));
        self.pause = FIRST_PAUSE;
        Ok(())
    }

    /// Looks after what runs until something is to be started.
    async fn serve(&mut self, again: bool) {
        loop {
            match self.event(again).await {
                Event::Wanted => return,
                Event::Again => {
                    self.pause = self.pause.saturating_mul(2).min(LONGEST_PAUSE);
                    return;
                }
                Event::Trouble(trouble) => self.make_anew(trouble).await,
            }
        }
    }

    async fn event(&mut self, again: bool) -> Event {
        let running = self.serving.as_ref().map(|(running, _)| Arc::clone(running));
        let trouble = async {
            match running {
                Some(running) => running.connector.in_trouble().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            // The slot is ours, so that nobody stops wanting.
            _ = self.wanted.changed() => Event::Wanted,
            trouble = trouble => Event::Trouble(trouble),
            () = sleep(self.pause), if again => Event::Again,
        }
    }

    async fn make_anew(&mut self, trouble: Trouble) {
        let Some((_, library)) = &self.serving else { return };
        let library = library.clone();
        tracing::warn!(instance = %self.slot.name(), ?trouble, "Connector is in trouble; the instance is made anew");
        if trouble == Trouble::Hangs
            && let Err(error) = library.refresh().await
        {
            // Whatever it was given would hang as well.
            tracing::error!(instance = %self.slot.name(), %error, "Instance cannot be made anew");
            self.slot.put(InstanceState::Failed(error));
            self.serving = None;
            return;
        }
        if let Err(error) = self.start(library).await {
            tracing::error!(instance = %self.slot.name(), %error, pause = ?self.pause, "Instance cannot be made anew");
            sleep(self.pause).await;
            self.pause = self.pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
    }
}
