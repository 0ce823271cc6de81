//! Files: one row for the same bytes, given to platforms, past, forgotten.

use connector_api::{Content, Medium, Timestamp, capabilities::ReasonCode};
use jackfield::{
    model::{AccountId, ConversationId, MediumId, MediumOrigin, MediumState, Status, StoredMedium},
    store::{Enqueued, Erased, MediaPast, NewMessage, Retried, Store},
};

use super::fixture::*;

const NEVER: MediaPast =
    MediaPast { used: Timestamp::from_millis(i64::MIN), unused: Timestamp::from_millis(i64::MIN) };

/// A file of the account with these bytes, which came at that second.
pub(crate) fn file(account: AccountId, sha256: &str, seconds: i64) -> StoredMedium {
    StoredMedium {
        id: MediumId::generate(),
        account,
        sha256: sha256.to_owned(),
        kind: "image".to_owned(),
        mime: "image/png".to_owned(),
        bytes: 12,
        size: None,
        name: Some("a.png".to_owned()),
        origin: MediumOrigin::Upload,
        created_at: at(seconds),
    }
}

pub(crate) async fn keep(store: &dyn Store, sha256: &str, seconds: i64) -> StoredMedium {
    let account = connect(store).await.id;
    store.keep_medium(file(account, sha256, seconds)).await.unwrap()
}

pub(crate) fn picture(conversation: ConversationId, medium: MediumId, seconds: i64) -> NewMessage {
    let content = Content::Media(Medium::of_kind("image"));
    let plan = plan(vec![(content, Some(medium))], Box::new(allow));
    NewMessage { plan, ..new_message(conversation, &medium.to_string(), seconds) }
}

async fn removed(store: &dyn Store, past: MediaPast) -> Vec<MediumId> {
    let removing = store.expire_media(past, 10).await.unwrap();
    removing.into_iter().map(|medium| medium.id).collect()
}

pub(crate) async fn the_same_bytes_of_an_account_are_one_file(store: &dyn Store) {
    let account = connect(store).await.id;
    let other = store.save_account(authorized(INSTANCE, "other"), at(0)).await.unwrap().id;
    let first = store.keep_medium(file(account, "a", 1)).await.unwrap();
    assert_eq!(store.keep_medium(file(account, "a", 2)).await.unwrap(), first);
    assert_ne!(store.keep_medium(file(account, "b", 2)).await.unwrap().id, first.id);
    assert_ne!(store.keep_medium(file(other, "a", 2)).await.unwrap().id, first.id);
    assert_eq!(store.medium(first.id).await.unwrap(), Some(first));
}

pub(crate) async fn a_file_that_nobody_used_is_past_after_a_while_and_may_come_again(store: &dyn Store) {
    let medium = keep(store, "a", 1).await;
    store
        .keep_medium(StoredMedium { id: MediumId::generate(), created_at: at(5), ..medium.clone() })
        .await
        .unwrap();
    assert_eq!(removed(store, MediaPast { unused: at(5), ..NEVER }).await, []);
    let past = MediaPast { unused: at(6), ..NEVER };
    assert_eq!(removed(store, past).await, [medium.id]);
    assert_eq!(store.medium(medium.id).await.unwrap(), None);
    // While it is being removed, the same bytes are another file.
    let again = keep(store, "a", 7).await;
    assert_ne!(again.id, medium.id);
    assert_eq!(removed(store, past).await, [medium.id], "it is still to be removed");
    store.media_removed(vec![medium.id, again.id]).await.unwrap();
    assert_eq!(removed(store, past).await, []);
    assert_eq!(store.medium(again.id).await.unwrap(), Some(again), "only what is to be removed is forgotten");
}

pub(crate) async fn a_message_carries_its_file_and_keeps_it_while_it_waits(store: &dyn Store) {
    let c = begin(store).await;
    let medium = keep(store, "a", 1).await;
    let sending = queued(store, picture(c, medium.id, 2)).await;
    let carried = message(store, sending).await.medium.unwrap();
    assert_eq!((carried.state, carried.medium), (MediumState::Ready, Some(medium.clone())));
    let all = MediaPast { used: at(1_000), unused: at(1_000) };
    assert_eq!(removed(store, all).await, [], "it waits");
    assert_eq!(claim(store, 3).await, [sending]);
    assert_eq!(removed(store, all).await, [], "it is being sent");
    record(store, sending, 4, sent("p")).await;
    assert_eq!(removed(store, MediaPast { used: at(2), unused: at(1_000) }).await, [], "it was used");
    assert_eq!(removed(store, all).await, [medium.id]);
    let left = message(store, sending).await.medium.unwrap();
    assert_eq!((left.state, left.medium), (MediumState::Expired, None));
}

pub(crate) async fn a_file_of_another_account_or_one_that_is_gone_is_not_sent(store: &dyn Store) {
    let c = begin(store).await;
    let other = store.save_account(authorized(INSTANCE, "other"), at(0)).await.unwrap().id;
    let foreign = store.keep_medium(file(other, "a", 1)).await.unwrap();
    for id in [foreign.id, MediumId::generate()] {
        match store.enqueue(picture(c, id, 2)).await.unwrap() {
            Enqueued::Denied(reasons) => assert_eq!(reasons[0].code, ReasonCode::MEDIA_GONE),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(used(store, c).await, 0, "it takes no place");
}

pub(crate) async fn a_key_belongs_to_one_file(store: &dyn Store) {
    let c = begin(store).await;
    let (a, b) = (keep(store, "a", 1).await.id, keep(store, "b", 1).await.id);
    let keyed = |medium| NewMessage { idempotency_key: Some("k".to_owned()), ..picture(c, medium, 2) };
    let first = queued(store, keyed(a)).await;
    assert!(
        matches!(store.enqueue(keyed(a)).await.unwrap(), Enqueued::Repeated(again) if again[0].id == first)
    );
    assert_eq!(store.enqueue(keyed(b)).await.unwrap(), Enqueued::KeyReused);
}

pub(crate) async fn a_message_sent_again_carries_the_same_file(store: &dyn Store) {
    let c = begin(store).await;
    let medium = keep(store, "a", 1).await;
    let first = queued(store, picture(c, medium.id, 2)).await;
    claim(store, 3).await;
    record(store, first, 4, failed()).await;
    let Retried::Queued(again) = store.retry(first, at(5), Box::new(allow)).await.unwrap() else {
        panic!("not queued");
    };
    assert_eq!(again.medium.unwrap().medium, Some(medium.clone()));
    claim(store, 6).await;
    record(store, again.id, 7, failed()).await;
    store.medium_lost(medium.id).await.unwrap();
    match store.retry(again.id, at(8), Box::new(allow)).await.unwrap() {
        Retried::Denied(reasons) => assert_eq!(reasons[0].code, ReasonCode::MEDIA_GONE),
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn what_a_platform_calls_a_file_holds_for_a_while_or_until_it_refuses(store: &dyn Store) {
    let c = begin(store).await;
    let medium = keep(store, "a", 1).await.id;
    assert_eq!(store.uploaded_as(medium, at(2)).await.unwrap(), None);
    store.keep_upload(medium, "u1".to_owned(), at(10)).await.unwrap();
    assert_eq!(store.uploaded_as(medium, at(9)).await.unwrap().as_deref(), Some("u1"));
    assert_eq!(store.uploaded_as(medium, at(10)).await.unwrap(), None);
    store.keep_upload(medium, "u2".to_owned(), at(20)).await.unwrap();
    let refused = queued(store, picture(c, medium, 11)).await;
    claim(store, 12).await;
    assert_eq!(store.uploaded_as(medium, at(12)).await.unwrap().as_deref(), Some("u2"));
    record(store, refused, 13, failed()).await;
    assert_eq!(store.uploaded_as(medium, at(14)).await.unwrap(), None);
}

pub(crate) async fn a_restart_during_an_upload_leaves_no_doubt(store: &dyn Store) {
    let c = begin(store).await;
    let medium = keep(store, "a", 1).await.id;
    let id = queued(store, picture(c, medium, 2)).await;
    claim(store, 3).await;
    // Another message has brought the platform the file; this one's connector was not asked to send.
    store.keep_upload(medium, "u".to_owned(), at(100)).await.unwrap();
    assert_eq!(store.recover(at(4)).await.unwrap(), 0);
    assert_eq!(status(store, id).await, Status::Queued);
    assert_eq!(claim(store, 5).await, [id]);
    store.hand_over(id).await.unwrap();
    assert_eq!(store.recover(at(6)).await.unwrap(), 1);
    assert_eq!(status(store, id).await, Status::Uncertain);
}

pub(crate) async fn what_was_tried_again_is_in_no_doubt_before_it_is_handed_over_again(store: &dyn Store) {
    let c = begin(store).await;
    let medium = keep(store, "a", 1).await.id;
    let id = queued(store, picture(c, medium, 2)).await;
    claim(store, 3).await;
    store.hand_over(id).await.unwrap();
    record(store, id, 4, retry(5)).await;
    assert_eq!(claim(store, 5).await, [id]);
    assert_eq!(store.recover(at(6)).await.unwrap(), 0);
    assert_eq!(status(store, id).await, Status::Queued);
}

pub(crate) async fn a_forgotten_conversation_takes_its_files_along_but_for_shared_ones(store: &dyn Store) {
    let c = begin(store).await;
    let d = open(store, "d").await;
    let (own, shared) = (keep(store, "a", 1).await.id, keep(store, "b", 1).await.id);
    for (conversation, medium) in [(c, own), (c, shared), (d, shared)] {
        queued(store, picture(conversation, medium, 2)).await;
    }
    assert_eq!(store.forget_media_of(c).await.unwrap(), 1);
    assert_eq!(removed(store, NEVER).await, [own]);
    assert!(store.medium(shared).await.unwrap().is_some());
}

pub(crate) async fn an_erased_contact_takes_their_files_along_but_for_those_of_others(store: &dyn Store) {
    let c = begin(store).await;
    let d = open(store, "d").await;
    let (own, shared) = (keep(store, "a", 1).await.id, keep(store, "b", 1).await.id);
    for (conversation, medium) in [(c, own), (c, shared), (d, shared)] {
        queued(store, picture(conversation, medium, 2)).await;
    }
    let contact = conversation(store, c).await.contact.id;
    assert!(matches!(store.erase_contact(contact, at(3)).await.unwrap(), Erased::Gone(_)));
    assert_eq!(removed(store, NEVER).await, [own]);
    store.media_removed(vec![own]).await.unwrap();
    assert!(store.medium(shared).await.unwrap().is_some());
}

pub(crate) async fn rows_and_files_can_be_compared(store: &dyn Store) {
    let (a, b) = (keep(store, "a", 1).await, keep(store, "b", 1).await);
    assert_eq!(store.media_after(None, 1).await.unwrap().as_slice(), std::slice::from_ref(&a));
    assert_eq!(store.media_after(Some(a.id), 10).await.unwrap().as_slice(), std::slice::from_ref(&b));
    let stranger = MediumId::generate();
    assert_eq!(store.media_without_row(vec![a.id, stranger, b.id]).await.unwrap(), [stranger]);
    store.medium_lost(a.id).await.unwrap();
    assert_eq!(store.medium(a.id).await.unwrap(), None);
    assert_eq!(removed(store, NEVER).await, [a.id]);
}
