//! New and replaced files are noticed while the host runs.
//!
//! The folder is looked at, not listened to: that works on every file system. A file is taken once it has been the
//! same twice, so that one that is still being copied is left alone.

use std::{
    collections::BTreeMap,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::PoisonError,
    time::Duration,
};

use tokio_util::sync::CancellationToken;

use super::{
    Instances,
    folder::{self, Folder},
};
use crate::config::Config;

const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What tells one version of a file from another without reading it.
type Seen = BTreeMap<PathBuf, (u64, u64, i64, i64)>;

pub(super) async fn watch(instances: &Instances, config: &Config, stopping: &CancellationToken) {
    let dir = &config.connectors.dir;
    let mut taken = look(dir);
    let mut before = taken.clone();
    while stopping.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await.is_some() {
        let now = look(dir);
        if now == before && now != taken {
            let unchanged = |path: &PathBuf| now.get(path) == taken.get(path);
            take(instances, config, &unchanged).await;
            taken = now.clone();
        }
        before = now;
    }
}

fn look(dir: &Path) -> Seen {
    let entries = folder::entries(dir).unwrap_or_default();
    let seen = entries.into_iter().filter_map(|path| {
        let metadata = path.metadata().ok()?;
        let version = (metadata.ino(), metadata.len(), metadata.mtime(), metadata.mtime_nsec());
        Some((path, version))
    });
    seen.collect()
}

/// Loads the folder anew and gives each instance the newest version of its connector. Where the newcomer fails, what
/// runs goes on.
async fn take(instances: &Instances, config: &Config, unchanged: &(dyn Fn(&PathBuf) -> bool + Sync)) {
    tracing::info!("Connector folder has changed");
    let mut known = instances.files();
    known.retain(|file| unchanged(&file.path));
    let folder = Folder::load(&config.connectors.dir, &config.connectors.policy(), &known).await;
    for slot in instances.iter() {
        match folder.library(slot.connector()) {
            Ok(library) if slot.runs(library.sha256()) => {}
            library => slot.start(library).await,
        }
    }
    *instances.folder.write().unwrap_or_else(PoisonError::into_inner) = folder;
}
