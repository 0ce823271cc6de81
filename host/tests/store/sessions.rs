//! Browsers that gave a key.

use jackfield::{
    model::{ApiKey, KeyId, Role, Scope},
    store::{Past, Session, Store},
};

use super::{fixture::*, past::NOTHING};

const HASH: [u8; 32] = [7; 32];

async fn begin_session(store: &dyn Store) -> (ApiKey, Session) {
    let key = ApiKey {
        id: KeyId::generate(),
        name: "page".to_owned(),
        role: Role::Agent,
        scope: Scope::Everything,
        created_at: at(0),
    };
    store.add_key(key.clone(), [1; 32]).await.unwrap();
    let session = Session { key: key.id, used_at: at(0), ends_at: at(100) };
    store.add_session(session.clone(), HASH).await.unwrap();
    (key, session)
}

pub(crate) async fn a_session_stands_for_its_key_until_it_ends_or_is_idle(store: &dyn Store) {
    let (key, session) = begin_session(store).await;
    let stands = Some((session.clone(), key.clone()));
    assert_eq!(store.session(HASH, at(99), at(0)).await.unwrap(), stands);
    assert_eq!(store.session([8; 32], at(1), at(0)).await.unwrap(), None);
    assert_eq!(store.session(HASH, at(100), at(0)).await.unwrap(), None, "it has ended");
    assert_eq!(store.session(HASH, at(50), at(1)).await.unwrap(), None, "it was idle");
    store.touch_session(HASH, at(40)).await.unwrap();
    // Requests overtake each other.
    store.touch_session(HASH, at(30)).await.unwrap();
    let used = Session { used_at: at(40), ..session };
    assert_eq!(store.session(HASH, at(50), at(40)).await.unwrap(), Some((used, key)));
    assert!(store.end_session(HASH).await.unwrap());
    assert!(!store.end_session(HASH).await.unwrap());
    store.touch_session(HASH, at(60)).await.unwrap();
    assert_eq!(store.session(HASH, at(50), at(0)).await.unwrap(), None);
}

pub(crate) async fn a_session_ends_with_its_key(store: &dyn Store) {
    let (key, _) = begin_session(store).await;
    store.revoke_key(key.id, at(1)).await.unwrap();
    assert_eq!(store.session(HASH, at(2), at(0)).await.unwrap(), None);
}

pub(crate) async fn ended_sessions_are_forgotten(store: &dyn Store) {
    begin_session(store).await;
    assert_eq!(store.forget(Past { sessions: at(100), ..NOTHING }).await.unwrap(), 0);
    assert_eq!(store.forget(Past { sessions: at(101), ..NOTHING }).await.unwrap(), 1);
}
