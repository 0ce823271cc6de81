use std::{path::Path, sync::Arc};

use axum::body::Bytes;
use connector_api::Timestamp;
use futures_util::stream;

use super::*;
use crate::{
    config::MediaPlace,
    media::{FileError, Files},
    model::{AccountId, MediumOrigin, StoredMedium},
    store::{AuthorizedAccount, SealedCredentials, Store, sqlite::SqliteStore},
};

/// Two days after whatever is written now.
fn later() -> Clock {
    let now = Clock::system().now();
    Clock::new(move || now.plus_seconds(2 * 24 * 60 * 60))
}

async fn open(folder: &Path) -> (Cleaner, AccountId) {
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&folder.join("db")).unwrap());
    let credentials =
        SealedCredentials { sealed: Vec::new(), access_expires_at: None, refresh_expires_at: None };
    let account = AuthorizedAccount {
        instance: "shop".to_owned(),
        platform_id: "biz".to_owned(),
        handle: None,
        display_name: None,
        missing_scopes: Vec::new(),
        credentials,
    };
    let account = store.save_account(account, Timestamp::from_millis(0)).await.unwrap().id;
    let files = Files::open(&MediaPlace::Folder(folder.join("media"))).unwrap();
    let keeper = MediaKeeper { store, files, limit: 10 };
    (Cleaner { keeper, kept: UNUSED, clock: later() }, account)
}

async fn keep(cleaner: &Cleaner, account: AccountId, bytes: &[&str]) -> Result<StoredMedium, MediaError> {
    let parts: Vec<_> = bytes.iter().map(|part| Ok(Bytes::copy_from_slice(part.as_bytes()))).collect();
    let parts = stream::iter(parts).boxed();
    let now = Clock::system().now();
    cleaner.keeper.keep(account, parts, None, MediumOrigin::Upload, now).await
}

/// Every file below the folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.join("media")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found
}

#[tokio::test]
async fn the_same_bytes_are_one_private_file_that_is_read_back() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (cleaner, account) = open(folder.path()).await;
    let medium = keep(&cleaner, account, &["he", "llo"]).await.unwrap();
    assert_eq!(keep(&cleaner, account, &["hello"]).await.unwrap().id, medium.id);
    let found = files(folder.path());
    let [file] = &found[..] else { panic!("{found:?}") };
    assert!(file.file_name().unwrap().to_str().unwrap().starts_with(&medium.sha256));
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(file), mode(&folder.path().join("media"))), (0o600, 0o700));
    assert_eq!(cleaner.keeper.files.whole(&medium).await.unwrap(), b"hello");
    let part = cleaner.keeper.files.read(&medium, Some(1..3)).await.unwrap();
    assert_eq!(part.map(|part| part.unwrap().to_vec()).concat().await, b"el");
}

#[tokio::test]
async fn what_is_too_large_empty_or_broken_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let (cleaner, account) = open(folder.path()).await;
    let refused = keep(&cleaner, account, &["12345", "678901"]).await.unwrap_err();
    assert!(matches!(refused, MediaError::File(FileError::TooLarge(10))), "{refused}");
    let refused = keep(&cleaner, account, &[]).await.unwrap_err();
    assert!(matches!(refused, MediaError::File(FileError::Empty)), "{refused}");
    let broken = stream::iter([Ok(Bytes::from_static(b"1")), Err(FileError::Broken)]).boxed();
    let now = Clock::system().now();
    let refused = cleaner.keeper.keep(account, broken, None, MediumOrigin::Upload, now).await.unwrap_err();
    assert!(matches!(refused, MediaError::File(FileError::Broken)), "{refused}");
    assert_eq!(files(folder.path()), [] as [std::path::PathBuf; 0]);
    keep(&cleaner, account, &["1234567890"]).await.unwrap();
}

#[tokio::test]
async fn what_is_past_and_what_has_no_row_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let (cleaner, account) = open(folder.path()).await;
    let medium = keep(&cleaner, account, &["unused"]).await.unwrap();
    let orphan = folder.path().join(format!("media/{account}/{}-{}", "0".repeat(64), MediumId::generate()));
    std::fs::write(orphan, "orphan").unwrap();
    std::fs::create_dir_all(folder.path().join("media/arriving")).unwrap();
    std::fs::write(folder.path().join("media/arriving/half"), "half").unwrap();
    let young = Cleaner { clock: Clock::system(), keeper: cleaner.keeper.clone(), ..cleaner };
    young.look(true).await.unwrap();
    assert_eq!(files(folder.path()).len(), 3, "what is young may be on its way");
    let cleaner = Cleaner { clock: later(), ..young };
    cleaner.look(true).await.unwrap();
    assert_eq!(files(folder.path()), [] as [std::path::PathBuf; 0]);
    assert_eq!(cleaner.keeper.store.medium(medium.id).await.unwrap(), None);
}

#[tokio::test]
async fn a_row_without_its_file_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let (cleaner, account) = open(folder.path()).await;
    let medium = keep(&cleaner, account, &["hello"]).await.unwrap();
    let young = Cleaner { clock: Clock::system(), ..cleaner };
    young.look(true).await.unwrap();
    assert!(young.keeper.store.medium(medium.id).await.unwrap().is_some());
    std::fs::remove_file(&files(folder.path())[0]).unwrap();
    young.look(true).await.unwrap();
    assert_eq!(young.keeper.store.medium(medium.id).await.unwrap(), None);
}
