//! What happens, for everybody who listens: read from the store once, however many they are.

use std::sync::Arc;

use tokio::sync::{
    OwnedSemaphorePermit, Semaphore,
    broadcast::{self, error::RecvError},
    watch,
};

use crate::{
    model::InboxEvent,
    store::{Store, StoreError},
};

/// Events that a slow listener may be behind before it reads them from the store itself.
const LIVE_EVENTS: usize = 1024;
/// Events that are read at once.
const BATCH: u32 = 100;
/// Listeners at once; each holds a connection.
const MAX_LISTENERS: usize = 1000;
/// The pause after the store failed.
const STORE_PAUSE: std::time::Duration = std::time::Duration::from_secs(1);

/// The one reader of new events.
pub(crate) struct Feed {
    store: Arc<dyn Store>,
    live: broadcast::Sender<InboxEvent>,
    places: Arc<Semaphore>,
    /// The newest event when the feed was made: whoever has joined since counts on every later one.
    begin: i64,
}

impl Feed {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        let live = broadcast::Sender::new(LIVE_EVENTS);
        let begin = *store.latest_event().borrow();
        Self { store, live, places: Arc::new(Semaphore::new(MAX_LISTENERS)), begin }
    }

    /// Hands on what was committed since it was made, until the store is gone.
    pub(crate) async fn run(&self) {
        let mut latest = self.store.latest_event();
        let mut after = self.begin;
        loop {
            while let Err(error) = self.hand_on(&mut after, &mut latest).await {
                tracing::error!(%error, "Events cannot be read");
                tokio::time::sleep(STORE_PAUSE).await;
            }
            if latest.changed().await.is_err() {
                return;
            }
        }
    }

    async fn hand_on(&self, after: &mut i64, latest: &mut watch::Receiver<i64>) -> Result<(), StoreError> {
        while *after < *latest.borrow_and_update() {
            let batch = self.store.events_after(*after, BATCH).await?;
            let Some(last) = batch.last() else { return Ok(()) };
            *after = last.sequence;
            for event in batch {
                // Fails where nobody listens.
                let _nobody = self.live.send(event);
            }
        }
        Ok(())
    }

    /// A listener to everything after `after`; `None` where too many listen already.
    pub(crate) fn listen(&self, after: i64) -> Option<Listener> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let (store, live) = (Arc::clone(&self.store), self.live.subscribe());
        Some(Listener { store, live, after, is_behind: true, _place: place })
    }
}

/// Somebody who is told everything once, in order.
pub(crate) struct Listener {
    store: Arc<dyn Store>,
    live: broadcast::Receiver<InboxEvent>,
    after: i64,
    /// Whether the store has what the feed does not bring any more.
    is_behind: bool,
    _place: OwnedSemaphorePermit,
}

impl Listener {
    /// The next events; waits until there are some. `None` where the host ends.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<InboxEvent>>, StoreError> {
        loop {
            if self.is_behind {
                // What is committed meanwhile comes over the feed, which was joined before.
                let batch = self.store.events_after(self.after, BATCH).await?;
                if let Some(last) = batch.last() {
                    self.after = last.sequence;
                    return Ok(Some(batch));
                }
                self.is_behind = false;
            }
            match self.live.recv().await {
                Ok(event) if event.sequence > self.after => {
                    self.after = event.sequence;
                    return Ok(Some(vec![event]));
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => self.is_behind = true,
                Err(RecvError::Closed) => return Ok(None),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use connector_api::Timestamp;
    use futures_util::future::join_all;

    use super::*;
    use crate::store::{AuthorizedAccount, SealedCredentials, sqlite::SqliteStore};

    async fn happen(store: &Arc<dyn Store>, events: usize) {
        let account = |number: usize| AuthorizedAccount {
            instance: "shop".to_owned(),
            platform_id: number.to_string(),
            handle: None,
            display_name: None,
            missing_scopes: Vec::new(),
            credentials: SealedCredentials {
                sealed: Vec::new(),
                access_expires_at: None,
                refresh_expires_at: None,
            },
        };
        let saved = (0..events).map(|number| store.save_account(account(number), Timestamp::from_seconds(0)));
        for saved in join_all(saved).await {
            saved.unwrap();
        }
    }

    async fn heard(listener: &mut Listener, count: usize) -> Vec<i64> {
        let mut heard = Vec::new();
        while heard.len() < count {
            let events = listener.next().await.unwrap().unwrap();
            heard.extend(events.into_iter().map(|event| event.sequence));
        }
        heard
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn every_listener_hears_everything_once_in_order_however_late_or_slow_it_is() {
        let folder = tempfile::TempDir::new().unwrap();
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&folder.path().join("db")).unwrap());
        let feed = Arc::new(Feed::new(Arc::clone(&store)));
        let running = tokio::spawn({
            let feed = Arc::clone(&feed);
            async move { feed.run().await }
        });
        happen(&store, 3).await;
        let mut from_the_start = feed.listen(0).unwrap();
        let mut from_now = feed.listen(3).unwrap();
        assert_eq!(heard(&mut from_the_start, 3).await, [1, 2, 3]);

        let many = 2 * LIVE_EVENTS;
        happen(&store, many).await;
        let later = i64::try_from(3 + many).unwrap();
        let all: Vec<i64> = (4..=later).collect();
        assert_eq!(heard(&mut from_now, many).await, all);
        assert_eq!(heard(&mut from_the_start, many).await, all);
        assert_eq!(heard(&mut feed.listen(0).unwrap(), 3 + many).await.len(), 3 + many);
        happen(&store, 1).await;
        assert_eq!(heard(&mut from_now, 1).await, [later + 1]);
        running.abort();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_happens_before_the_feed_runs_is_not_missed() {
        let folder = tempfile::TempDir::new().unwrap();
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&folder.path().join("db")).unwrap());
        let feed = Arc::new(Feed::new(Arc::clone(&store)));
        let mut listener = feed.listen(0).unwrap();
        // It has caught up already.
        listener.is_behind = false;
        happen(&store, 1).await;
        let running = tokio::spawn(async move { feed.run().await });
        happen(&store, 1).await;
        assert_eq!(heard(&mut listener, 2).await, [1, 2]);
        running.abort();
    }

    #[tokio::test]
    async fn listeners_have_places_and_give_them_back() {
        let folder = tempfile::TempDir::new().unwrap();
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&folder.path().join("db")).unwrap());
        let feed = Feed::new(store);
        let mut listeners: Vec<_> = std::iter::from_fn(|| feed.listen(0)).take(MAX_LISTENERS).collect();
        assert!(feed.listen(0).is_none());
        listeners.pop();
        assert!(feed.listen(0).is_some());
    }
}
