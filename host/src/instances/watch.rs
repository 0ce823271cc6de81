//! New and replaced files are noticed while the host runs.
//!
//! The folder is looked at, not listened to: that works on every file system. A file is taken once it has been the
//! same twice, so that one that is still being copied is left alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::PoisonError,
    time::Duration,
};

use connector_loader::{QUARANTINE, Step, TRIAL_NOT_MADE};
use tokio_util::sync::CancellationToken;

use super::{
    FileReport, FileState, Instances,
    folder::{self, Folder},
};
use crate::config::Config;

const LOOK_EVERY: Duration = Duration::from_millis(500);
/// After so many looks, files are tried again whose trial could not be made.
const RETRY_AFTER: u32 = 10;

/// What tells one version of a file from another without reading it. The time is that of the last change of content,
/// name or permissions.
pub(super) type Seen = BTreeMap<PathBuf, (u64, u64, i64, i64)>;

pub(super) async fn watch(instances: &Instances, config: &Config, stopping: &CancellationToken) {
    let dir = &config.connectors.dir;
    // As it was before it was loaded: what has changed since is taken now.
    let mut taken = instances.seen.clone();
    let mut before = look(dir);
    let mut looks = 0_u32;
    while stopping.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await.is_some() {
        let now = look(dir);
        looks = looks.wrapping_add(1);
        let again = looks.is_multiple_of(RETRY_AFTER) && instances.files().iter().any(was_not_tried);
        let next = settled(&taken, &before, &now);
        if next != taken || again {
            take(instances, config, &|file| !was_not_tried(file) && is_unchanged(dir, file, &taken, &next))
                .await;
            taken = next;
        }
        before = now;
    }
}

/// The folder as far as it holds still: what has changed since the look before counts as it was, so that one file that
/// is being written holds up no other.
fn settled(taken: &Seen, before: &Seen, now: &Seen) -> Seen {
    let paths: BTreeSet<&PathBuf> = taken.keys().chain(now.keys()).collect();
    let version = |path: &PathBuf| {
        let still = now.get(path) == before.get(path);
        if still { now.get(path) } else { taken.get(path) }
    };
    paths.into_iter().filter_map(|path| Some((path.clone(), *version(path)?))).collect()
}

/// Whether a file is refused for a reason that lies in this machine and not in the file.
fn was_not_tried(file: &FileReport) -> bool {
    matches!(&file.state, FileState::Refused(error) if error.code == TRIAL_NOT_MADE)
}

/// The folder's files and their quarantine records, and the folder's own permissions.
pub(super) fn look(dir: &Path) -> Seen {
    let mut paths = folder::entries(dir).unwrap_or_default();
    paths.extend(folder::entries(&dir.join(QUARANTINE)).unwrap_or_default());
    let mut seen: Seen = paths
        .into_iter()
        .filter_map(|path| {
            let metadata = path.metadata().ok()?;
            let version = (metadata.ino(), metadata.len(), metadata.ctime(), metadata.ctime_nsec());
            Some((path, version))
        })
        .collect();
    if let Ok(metadata) = dir.metadata() {
        seen.insert(dir.to_owned(), (metadata.mode().into(), 0, 0, 0));
    }
    seen
}

/// Whether the steps would say of a file what they said before.
fn is_unchanged(dir: &Path, file: &FileReport, taken: &Seen, now: &Seen) -> bool {
    let same = |path: &Path| now.get(path) == taken.get(path);
    let mut signature = file.path.clone().into_os_string();
    signature.push(".minisig");
    // What a signature is of decides what it is.
    let signed = file.path.with_extension("");
    let records = |seen: &Seen| -> Vec<_> {
        let records = seen.iter().filter(|(path, _)| path.parent() == Some(&dir.join(QUARANTINE)));
        records.map(|(path, version)| (path.clone(), *version)).collect()
    };
    let tried = matches!(&file.state, FileState::Refused(error) if error.step == Step::Trial);
    same(dir)
        && same(&file.path)
        && same(Path::new(&signature))
        && same(&signed)
        && !(tried && records(now) != records(taken))
}

/// Loads the folder anew and gives each instance the newest version of its connector. Where the newcomer fails, what
/// runs goes on.
async fn take(instances: &Instances, config: &Config, is_unchanged: &(dyn Fn(&FileReport) -> bool + Sync)) {
    tracing::info!("Connector folder has changed");
    let known = instances.files();
    let unchanged: Vec<_> = known.iter().filter(|file| is_unchanged(file)).cloned().collect();
    let folder = Folder::load(&config.connectors.dir, &config.connectors.policy(), &unchanged, &known).await;
    let wanted: Vec<_> = instances.iter().map(|slot| (slot, folder.library(slot.connector()))).collect();
    *instances.folder.write().unwrap_or_else(PoisonError::into_inner) = folder;
    wanted.into_iter().for_each(|(slot, library)| slot.want(library));
}
