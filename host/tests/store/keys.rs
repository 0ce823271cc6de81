//! API keys.

use jackfield::{
    model::{AccountId, ApiKey, KeyId, Role, Scope},
    store::Store,
};

use super::fixture::*;

fn key(name: &str, role: Role) -> ApiKey {
    ApiKey { id: KeyId::generate(), name: name.to_owned(), role, scope: Scope::Everything, created_at: at(0) }
}

pub(crate) async fn a_key_is_found_by_its_hash_until_it_is_revoked(store: &dyn Store) {
    let keys = [key("a", Role::Read), key("a", Role::Agent), key("", Role::Admin)];
    for (n, key) in (1_u8..).zip(&keys) {
        store.add_key(key.clone(), [n; 32]).await.unwrap();
    }
    assert_eq!(store.keys().await.unwrap(), keys);
    assert_eq!(store.key_by_hash([2; 32]).await.unwrap(), Some(keys[1].clone()));
    assert_eq!(store.key_by_hash([9; 32]).await.unwrap(), None);
    assert!(store.revoke_key(keys[1].id, at(1)).await.unwrap());
    assert!(!store.revoke_key(keys[1].id, at(2)).await.unwrap());
    assert!(!store.revoke_key(KeyId::generate(), at(2)).await.unwrap());
    assert_eq!(store.key_by_hash([2; 32]).await.unwrap(), None);
    assert_eq!(store.keys().await.unwrap(), [keys[0].clone(), keys[2].clone()]);
}

pub(crate) async fn the_scope_of_a_key_survives(store: &dyn Store) {
    let some = Scope::Accounts([AccountId::generate(), AccountId::generate()].into());
    for (n, scope) in (1_u8..).zip([Scope::Everything, some, Scope::Accounts([].into())]) {
        let key = ApiKey { scope: scope.clone(), ..key("k", Role::Agent) };
        store.add_key(key, [n; 32]).await.unwrap();
        assert_eq!(store.key_by_hash([n; 32]).await.unwrap().unwrap().scope, scope);
    }
}

pub(crate) async fn two_keys_cannot_have_one_hash(store: &dyn Store) {
    let first = key("first", Role::Read);
    store.add_key(first.clone(), [1; 32]).await.unwrap();
    assert!(store.add_key(key("second", Role::Admin), [1; 32]).await.is_err());
    store.revoke_key(first.id, at(1)).await.unwrap();
    assert!(
        store.add_key(key("third", Role::Admin), [1; 32]).await.is_err(),
        "a revoked secret stays revoked"
    );
    assert_eq!(store.key_by_hash([1; 32]).await.unwrap(), None);
}
