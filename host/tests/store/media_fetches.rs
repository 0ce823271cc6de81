//! Media that arrived and are still to be fetched.

use connector_api::{ChannelMessage, Contact, Content, Event, EventKind, Medium};
use jackfield::{
    model::{ConversationId, InboxEventKind, MediumState, MessageId},
    store::{FetchOutcome, MediaFetch, MediaPast, Store},
};

use super::{fixture::*, media::keep};

fn brought(id: &str, seconds: i64, medium: Medium) -> Event {
    let kind = EventKind::MessageReceived {
        conversation: "c".to_owned(),
        contact: Contact::new("contact"),
        message: ChannelMessage::new(id, at(seconds), Content::Media(medium)),
    };
    Event::new(ACCOUNT, format!("brought {id}"), at(seconds), kind)
}

/// A picture has arrived.
async fn arrived(store: &dyn Store) -> (ConversationId, MessageId) {
    let c = begin(store).await;
    deliver(store, 1, brought("m", 1, Medium::by_id("image", "p"))).await;
    (c, thread(store, c).await[1].id)
}

async fn due(store: &dyn Store, seconds: i64) -> Vec<MediaFetch> {
    store.media_due(INSTANCE, at(seconds), 10).await.unwrap()
}

async fn come(store: &dyn Store, id: MessageId, seconds: i64, outcome: FetchOutcome) {
    store.record_fetch(id, outcome, at(seconds)).await.unwrap();
}

async fn state(store: &dyn Store, id: MessageId) -> MediumState {
    message(store, id).await.medium.unwrap().state
}

pub(crate) async fn a_medium_is_to_be_fetched_from_the_commit_of_its_message_on(store: &dyn Store) {
    let (_, id) = arrived(store).await;
    let due = due(store, 1).await;
    let [fetch] = &due[..] else { panic!("{due:?}") };
    assert_eq!((fetch.message, fetch.message_platform_id.as_str()), (id, "m"));
    assert_eq!((fetch.conversation_platform_id.as_str(), fetch.attempts), ("c", 0));
    assert_eq!(fetch.medium, Medium::by_id("image", "p"));
    assert_eq!(state(store, id).await, MediumState::Pending);
    assert_eq!(store.media_due("other", at(1), 10).await.unwrap(), []);
}

pub(crate) async fn a_medium_that_nobody_can_get_is_not_waited_for(store: &dyn Store) {
    let c = begin(store).await;
    deliver(store, 1, brought("m", 1, Medium::of_kind("image"))).await;
    assert_eq!(due(store, 1).await, []);
    assert_eq!(thread(store, c).await[1].medium, None);
}

pub(crate) async fn a_fetched_medium_is_in_its_message_and_told_once(store: &dyn Store) {
    let (_, id) = arrived(store).await;
    let medium = keep(store, "a", 2).await;
    for seconds in [3, 4] {
        come(store, id, seconds, FetchOutcome::Ready(medium.id)).await;
    }
    let now = message(store, id).await.medium.unwrap();
    assert_eq!((now.state, now.medium), (MediumState::Ready, Some(medium.clone())));
    assert_eq!(due(store, 1_000).await, []);
    let told = events(store).await.into_iter().filter(|event| event.kind == InboxEventKind::MessageMedia);
    assert_eq!(told.map(|event| event.message).collect::<Vec<_>>(), [Some(id)]);
    assert!(!store.fetch_again(id, at(5)).await.unwrap(), "it is here");
    let unused = MediaPast { unused: at(1_000), used: at(0) };
    assert_eq!(store.expire_media(unused, 10).await.unwrap(), [], "it is used");
}

pub(crate) async fn what_failed_is_tried_again_at_its_time_and_costs_the_message_nothing(store: &dyn Store) {
    let (c, id) = arrived(store).await;
    come(store, id, 2, FetchOutcome::Retry { not_before: at(10), reason: reason() }).await;
    assert_eq!(due(store, 9).await, []);
    assert_eq!(store.next_media_fetch(INSTANCE, at(9)).await.unwrap(), Some(at(10)));
    assert_eq!(due(store, 10).await[0].attempts, 1);
    assert_eq!(message(store, id).await.medium.unwrap().reason, Some(reason()));
    come(store, id, 11, FetchOutcome::Failed { reason: reason() }).await;
    assert_eq!(due(store, 1_000).await, []);
    assert_eq!(store.next_media_fetch(INSTANCE, at(0)).await.unwrap(), None);
    assert_eq!(state(store, id).await, MediumState::Failed);
    assert_eq!(events(store).await.last().unwrap().kind, InboxEventKind::MessageMedia);
    assert_eq!(thread(store, c).await.len(), 2);
}

pub(crate) async fn somebody_may_want_it_tried_again(store: &dyn Store) {
    let (c, id) = arrived(store).await;
    come(store, id, 2, FetchOutcome::Failed { reason: reason() }).await;
    assert!(store.fetch_again(id, at(20)).await.unwrap());
    let again = due(store, 20).await;
    assert_eq!((again[0].message, again[0].attempts, again[0].began_at), (id, 0, at(20)));
    let text = thread(store, c).await[0].id;
    assert!(!store.fetch_again(text, at(20)).await.unwrap(), "a text has no medium");
    assert!(!store.fetch_again(MessageId::generate(), at(20)).await.unwrap());
}

pub(crate) async fn a_file_that_was_removed_meanwhile_is_fetched_once_more(store: &dyn Store) {
    let (_, id) = arrived(store).await;
    let medium = keep(store, "a", 2).await.id;
    store.medium_lost(medium).await.unwrap();
    come(store, id, 3, FetchOutcome::Ready(medium)).await;
    assert_eq!(due(store, 3).await[0].message, id);
}

pub(crate) async fn an_expired_medium_can_be_fetched_again(store: &dyn Store) {
    let (_, id) = arrived(store).await;
    let medium = keep(store, "a", 2).await.id;
    come(store, id, 3, FetchOutcome::Ready(medium)).await;
    store.medium_lost(medium).await.unwrap();
    assert_eq!(state(store, id).await, MediumState::Expired);
    assert!(store.fetch_again(id, at(4)).await.unwrap());
    assert_eq!(due(store, 4).await[0].message, id);
}
