//! Where events are delivered to.

use jackfield::{
    model::{DisabledBecause, EndpointId, InboxEventKind},
    store::{EndpointChange, NewEndpoint, Next, SealedSecrets, Store},
};

use super::{
    deliveries::{FOREVER, add, due, fails, new},
    fixture::*,
};

pub(crate) async fn an_endpoint_is_kept_as_it_was_made(store: &dyn Store) {
    let account = connect(store).await.id;
    let kinds = vec![InboxEventKind::MessageCreated, InboxEventKind::WebhookDisabled];
    let made = NewEndpoint { kinds: kinds.clone(), accounts: vec![account], enabled: false, ..new("first") };
    let id = made.id;
    let added = store.add_endpoint(made, 10, at(5)).await.unwrap().unwrap();
    assert_eq!(
        (added.id, added.url.as_str(), added.description.as_str()),
        (id, "https://first.example", "first")
    );
    assert_eq!((added.kinds.clone(), added.accounts.clone(), added.enabled), (kinds, vec![account], false));
    assert_eq!((added.disabled_because, added.failing_since, added.created_at), (None, None, at(5)));
    assert_eq!(store.endpoint(id).await.unwrap(), Some(added.clone()));
    assert_eq!(store.endpoints().await.unwrap(), [added]);
    assert_eq!(store.endpoint(EndpointId::generate()).await.unwrap(), None);
}

pub(crate) async fn so_many_endpoints_and_no_more(store: &dyn Store) {
    assert!(store.add_endpoint(new("a"), 1, at(0)).await.unwrap().is_some());
    assert!(store.add_endpoint(new("b"), 1, at(0)).await.unwrap().is_none());
    assert_eq!(store.endpoints().await.unwrap().len(), 1);
}

pub(crate) async fn a_change_leaves_what_it_does_not_name(store: &dyn Store) {
    let before = add(store, new("a")).await;
    let change = EndpointChange { url: Some("https://b.example".to_owned()), ..EndpointChange::default() };
    let changed = store.change_endpoint(before.id, change, at(0)).await.unwrap().unwrap();
    assert_eq!(changed.url, "https://b.example");
    assert_eq!(
        (changed.description, changed.kinds, changed.enabled),
        (before.description, before.kinds, true)
    );
    let nobody =
        store.change_endpoint(EndpointId::generate(), EndpointChange::default(), at(0)).await.unwrap();
    assert_eq!(nobody, None);
}

pub(crate) async fn a_removed_endpoint_is_told_nothing_more(store: &dyn Store) {
    let endpoint = add(store, new("a")).await.id;
    begin(store).await;
    let taken = due(store, endpoint, 1).await;
    assert!(store.remove_endpoint(endpoint).await.unwrap());
    assert!(!store.remove_endpoint(endpoint).await.unwrap());
    assert!(store.take_deliveries(endpoint, at(9), at(9), 10).await.unwrap().is_none());
    assert_eq!(store.next_delivery(endpoint, at(9)).await.unwrap(), None);
    // One that was on its way then.
    assert_eq!(fails(store, &taken[0], 2, Next::Gone, FOREVER).await, None);
    assert_eq!(store.unprocessed().await.unwrap().undelivered.count, 0);
}

pub(crate) async fn the_secret_before_signs_until_its_end(store: &dyn Store) {
    let endpoint = add(store, new("a")).await.id;
    let alone = |secret: &[u8]| SealedSecrets { current: secret.to_vec(), previous: None };
    assert_eq!(store.endpoint_secrets(endpoint, at(0)).await.unwrap(), Some(alone(b"sealed")));
    let rotated = store.rotate_secret(endpoint, b"second".to_vec(), at(100)).await.unwrap().unwrap();
    assert_eq!(rotated.previous_secret_until, Some(at(100)));
    let both = SealedSecrets { current: b"second".to_vec(), previous: Some(b"sealed".to_vec()) };
    assert_eq!(store.endpoint_secrets(endpoint, at(99)).await.unwrap(), Some(both));
    assert_eq!(store.endpoint_secrets(endpoint, at(100)).await.unwrap(), Some(alone(b"second")));
    // The newest two at most.
    store.rotate_secret(endpoint, b"third".to_vec(), at(200)).await.unwrap();
    let both = SealedSecrets { current: b"third".to_vec(), previous: Some(b"second".to_vec()) };
    assert_eq!(store.endpoint_secrets(endpoint, at(50)).await.unwrap(), Some(both));
    let nobody = EndpointId::generate();
    assert_eq!(store.rotate_secret(nobody, Vec::new(), at(1)).await.unwrap(), None);
    assert_eq!(store.endpoint_secrets(nobody, at(1)).await.unwrap(), None);
}

pub(crate) async fn an_endpoint_that_is_gone_is_disabled_and_that_is_told(store: &dyn Store) {
    let (endpoint, other) = (add(store, new("a")).await.id, add(store, new("b")).await.id);
    begin(store).await;
    let taken = due(store, endpoint, 1).await;
    assert_eq!(fails(store, &taken[0], 2, Next::Gone, FOREVER).await, Some(DisabledBecause::Gone));
    let gone = store.endpoint(endpoint).await.unwrap().unwrap();
    assert_eq!((gone.enabled, gone.disabled_because), (false, Some(DisabledBecause::Gone)));
    assert!(store.take_deliveries(endpoint, at(3), at(9), 10).await.unwrap().is_none());
    let told = events(store).await.pop().unwrap();
    assert_eq!(
        (told.kind, told.endpoint, told.account),
        (InboxEventKind::WebhookDisabled, Some(endpoint), None)
    );
    let heard = due(store, other, 3).await;
    assert_eq!(heard.last().unwrap().kind, "webhook.disabled");
}

pub(crate) async fn an_endpoint_that_fails_for_too_long_is_disabled(store: &dyn Store) {
    let endpoint = add(store, new("a")).await.id;
    begin(store).await;
    let taken = due(store, endpoint, 1).await;
    let again = |seconds| Next::Retry(at(seconds));
    assert_eq!(fails(store, &taken[0], 10, again(11), at(-90)).await, None);
    assert_eq!(store.endpoint(endpoint).await.unwrap().unwrap().failing_since, Some(at(10)));
    assert_eq!(fails(store, &taken[1], 109, again(110), at(9)).await, None);
    assert_eq!(fails(store, &taken[0], 110, again(111), at(10)).await, Some(DisabledBecause::Failing));
    // It is disabled and told once.
    assert_eq!(fails(store, &taken[1], 111, again(112), at(11)).await, None);
    let told = events(store).await.into_iter().filter(|e| e.kind == InboxEventKind::WebhookDisabled);
    assert_eq!(told.count(), 1);
}

pub(crate) async fn a_success_ends_the_failing(store: &dyn Store) {
    let endpoint = add(store, new("a")).await.id;
    begin(store).await;
    let taken = due(store, endpoint, 1).await;
    fails(store, &taken[0], 10, Next::Retry(at(11)), FOREVER).await;
    fails(store, &taken[1], 12, Next::Delivered, FOREVER).await;
    assert_eq!(store.endpoint(endpoint).await.unwrap().unwrap().failing_since, None);
    assert_eq!(fails(store, &taken[0], 500, Next::Dead, at(400)).await, None);
}

pub(crate) async fn one_that_is_enabled_again_goes_on_with_nothing_long_past(store: &dyn Store) {
    let endpoint = add(store, new("a")).await.id;
    let c = begin(store).await;
    assert_eq!(due(store, endpoint, 1).await.len(), 2);
    let enabled = |enabled| EndpointChange { enabled: Some(enabled), ..EndpointChange::default() };
    store.change_endpoint(endpoint, enabled(false), at(0)).await.unwrap();
    say(store, c, "long past", 100).await;
    let recent = say(store, c, "recent", 1_000).await;
    let changed = store.change_endpoint(endpoint, enabled(true), at(500)).await.unwrap().unwrap();
    assert!(changed.enabled);
    let told = store.take_deliveries(endpoint, at(1_001), at(1_060), 10).await.unwrap().unwrap().due;
    let told: Vec<_> = told.into_iter().map(|due| due.event.unwrap().message).collect();
    assert_eq!(told, [Some(recent)]);
}
