//! The host as a whole: started, reached, stopped.

use std::{
    fs::{File, TryLockError},
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::{net::TcpListener, sync::watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::media::FileError;
use crate::{
    authorization::Authorizer,
    automatic::Turns,
    clock::Clock,
    config::Config,
    credentials::CredentialKeeper,
    deliveries::{self, Courier},
    feed::Feed,
    instances::Instances,
    media::{Files, MediaKeeper},
    metrics::Metrics,
    parts,
    probes::Prober,
    rest, server,
    shared::Shared,
    store::{Store, StoreError, sqlite::SqliteStore},
    timekeeper::Timekeeper,
};

/// How long a graceful stop waits for what is running.
const STOP_WITHIN: Duration = Duration::from_secs(8);
/// How long connectors may take to end after that.
const CONNECTORS_STOP_WITHIN: Duration = Duration::from_secs(2);

/// Why a host does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// The database cannot be used.
    #[error("the store cannot be opened: {0}")]
    Store(#[from] StoreError),
    /// Another host runs on the same database.
    #[error("another host uses the database {} (store.path); one database serves one host", path.display())]
    InUse {
        /// The database.
        path: PathBuf,
    },
    /// The database's lock cannot be taken.
    #[error("the lock {} (beside store.path) cannot be taken: {error}", path.display())]
    Lock {
        /// The lock's file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The folder of files cannot be used.
    #[error("{0} (media.url)")]
    Media(#[from] FileError),
    /// The address cannot be used.
    #[error("cannot listen on {address} (server.listen): {error}")]
    Listen {
        /// As configured.
        address: SocketAddr,
        /// Why.
        error: std::io::Error,
    },
    /// A part of the start-up panicked.
    #[error("the start-up stopped: {0}")]
    Stopped(String),
}

/// A running host. Dropping it leaves it running until the program ends; [`stop`](Self::stop) ends it in order.
pub struct Host {
    shared: Arc<Shared>,
    running: TaskTracker,
}

impl Host {
    /// Starts a host: opens the store, loads the connectors, starts the instances, listens.
    ///
    /// Connectors or instances that fail do not fail the host; it reports them.
    ///
    /// # Errors
    /// Where the store or the address cannot be used.
    pub async fn start(config: Config) -> Result<Self, HostError> {
        Self::start_with_clock(config, Clock::system()).await
    }

    /// As [`start`](Self::start), with a clock of your own.
    ///
    /// # Errors
    /// As there.
    pub async fn start_with_clock(config: Config, clock: Clock) -> Result<Self, HostError> {
        let path = config.store.path.clone();
        let open = move || {
            let store = SqliteStore::open(&path)?;
            // By its real name, so that a link to it does not look like another database.
            let path = path.canonicalize().unwrap_or(path);
            Ok::<_, HostError>((lock_database(&path)?, store))
        };
        let (lock, store) = blocking(open).await??;
        let store: Arc<dyn Store> = Arc::new(store);
        store.release_deliveries().await?;
        store.settle_intake().await?;
        let uncertain = store.recover(clock.now()).await?;
        if uncertain > 0 {
            tracing::warn!(
                uncertain,
                "Messages were in flight when the host stopped; nobody knows whether they were sent"
            );
        }
        let running = TaskTracker::new();
        let metrics = Arc::new(Metrics::new());
        let instances = Instances::start(&config, &running, &metrics).await;
        let address = config.server.listen;
        let listen = |error| HostError::Listen { address, error };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let credentials =
            CredentialKeeper::new(Arc::clone(&store), config.encryption.sealer(), clock.clone());
        credentials.seal_anew().await?;
        deliveries::seal_anew(&*store, &config.encryption.sealer(), clock.now()).await?;
        let authorizer =
            Authorizer { store: Arc::clone(&store), credentials: credentials.clone(), clock: clock.clone() };
        let prober =
            Prober { store: Arc::clone(&store), credentials: credentials.clone(), clock: clock.clone() };
        let place = config.media.place.clone();
        let files = blocking(move || Files::open(&place)).await??;
        let media = MediaKeeper { store: Arc::clone(&store), files, limit: config.limits.media_bytes };
        let stopping = CancellationToken::new();
        let shared = Arc::new(Shared {
            courier: Courier::new(&config),
            admission: rest::Admission::new(&config.limits),
            config,
            address,
            feed: Feed::new(Arc::clone(&store)),
            store,
            instances,
            authorizer,
            prober,
            clock,
            metrics,
            automatic: Turns::default(),
            intake: Arc::default(),
            media,
            media_wanted: watch::Sender::new(()),
            errands_wanted: watch::Sender::new(()),
            resumed: watch::Sender::new(()),
            endpoints_changed: watch::Sender::new(()),
            stopping,
            tasks: running.clone(),
            _lock: lock,
        });
        // Before anything arrives, so that no window opens without an end.
        Timekeeper::default().tell_windows(&shared).await?;
        parts::start(&shared, &credentials);
        running.spawn(server::serve(listener, rest::router(Arc::clone(&shared)), shared.stopping.clone()));
        tracing::info!(%address, "Host listens");
        Ok(Self { shared, running })
    }

    /// The address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// Its connector files and instances: what each channel can do.
    #[must_use]
    pub fn instances(&self) -> &Instances {
        &self.shared.instances
    }

    /// Everything that it remembers.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.shared.store
    }

    /// Stops in order: takes no new requests, begins no new sends, and waits for those that run, ten seconds at most.
    /// `false` where something was still running then.
    pub async fn stop(self) -> bool {
        self.shared.stopping.cancel();
        self.running.close();
        let in_time = tokio::time::timeout(STOP_WITHIN, self.running.wait()).await.is_ok();
        // Connectors have a share of their own, so that whatever was late does not cost them their orderly end.
        let in_time =
            tokio::time::timeout(CONNECTORS_STOP_WITHIN, self.shared.instances.stop()).await.is_ok()
                && in_time;
        if let Err(error) = self.shared.store.settle().await {
            tracing::warn!(%error, "The database's newest writes stay in its -wal file");
        }
        tracing::info!(in_time, "Host stopped");
        in_time
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("address", &self.shared.address).finish_non_exhaustive()
    }
}

/// Takes a database for this program alone until the lock is dropped, or the process ends however it ends.
///
/// # Errors
/// [`HostError::InUse`] where a host runs on it, [`HostError::Lock`].
pub fn lock_database(database: &Path) -> Result<File, HostError> {
    let path = lock_of(database);
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|error| HostError::Lock { path: path.clone(), error })?;
    locked(file, database, &path)
}

/// As [`lock_database`], where a host has ever run on the database; leaves no file behind where none has.
pub(crate) fn keep_hosts_off(database: &Path) -> Result<Option<File>, HostError> {
    let real = database.canonicalize().unwrap_or_else(|_| database.to_owned());
    let path = lock_of(&real);
    // Only read, so that whoever looks leaves no lock that the host's user could not write.
    match File::open(&path) {
        Ok(file) => locked(file, database, &path).map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(HostError::Lock { path, error }),
    }
}

fn lock_of(database: &Path) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    PathBuf::from(path)
}

fn locked(file: File, database: &Path, path: &Path) -> Result<File, HostError> {
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(HostError::InUse { path: database.to_owned() }),
        Err(TryLockError::Error(error)) => Err(HostError::Lock { path: path.to_owned(), error }),
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, HostError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| HostError::Stopped(error.to_string()))
}
