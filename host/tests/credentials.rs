//! Credentials at rest, over a real store.

#![allow(clippy::unwrap_used, reason = "the helpers of these tests are tests, too")]

use std::{path::Path, sync::Arc};

use connector_api::{Credentials, Secret, Timestamp};
use jackfield::{
    clock::Clock,
    credentials::{CredentialError, CredentialKeeper},
    seal::{SealError, SealKey, Sealer},
    store::{AuthorizedAccount, Store, sqlite::SqliteStore},
};

fn keeper(database: &Path, current: &SealKey, previous: &[SealKey]) -> (CredentialKeeper, Arc<dyn Store>) {
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(database).unwrap());
    let sealer = Sealer::new(current.clone(), previous.iter().cloned());
    (CredentialKeeper::new(Arc::clone(&store), sealer, Clock::system()), store)
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_start_with_a_new_key_the_previous_one_is_not_needed() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("store.db");
    let (old, new) = (SealKey::generate().unwrap(), SealKey::generate().unwrap());

    let (first, store) = keeper(&database, &old, &[]);
    let credentials = Credentials::permanent(Secret::new("token".to_owned()));
    let authorized = AuthorizedAccount {
        instance: "shop".to_owned(),
        platform_id: "biz".to_owned(),
        handle: None,
        display_name: None,
        missing_scopes: Vec::new(),
        credentials: first.seal("shop", "biz", &credentials).unwrap(),
    };
    let account = store.save_account(authorized, Timestamp::from_seconds(1)).await.unwrap();

    let (without, _) = keeper(&database, &new, &[]);
    without.seal_anew().await.unwrap();
    let refused = without.present(&account).await.unwrap_err();
    assert!(matches!(refused, CredentialError::Seal(SealError::KeyUnknown { .. })), "{refused}");

    let (both, _) = keeper(&database, &new, &[old]);
    both.seal_anew().await.unwrap();
    let before = store.credentials(account.id).await.unwrap().unwrap();
    both.seal_anew().await.unwrap();
    assert_eq!(store.credentials(account.id).await.unwrap().unwrap(), before, "once is enough");

    let (alone, _) = keeper(&database, &new, &[]);
    let opened = alone.present(&account).await.unwrap();
    assert_eq!(opened.credentials.access_token.expose(), "token");
}
