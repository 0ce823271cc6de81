//! Sending is held up, and goes on.

use std::time::Duration;

use connector_api::{ReasonCode, capabilities::Reason};
use jackfield::{
    model::{AccountId, ConversationId, InboxEventKind, Pausable, Pause},
    store::{Due, Outcome, Store},
};

use super::fixture::*;

fn by_person(seconds: i64) -> Pause {
    let reason = Reason::passing(ReasonCode::SENDING_PAUSED, "We are away.");
    Pause { since: at(seconds), until: None, reason, by: Some("ana's key".to_owned()) }
}

fn refused() -> Outcome {
    Outcome::Failed { reason: Reason::permanent(ReasonCode::WINDOW_REFUSED, "The rules say no.") }
}

async fn kinds(store: &dyn Store, after: usize) -> Vec<InboxEventKind> {
    events(store).await.into_iter().skip(after).map(|event| event.kind).collect()
}

pub(crate) async fn while_it_is_paused_messages_wait_and_nothing_is_claimed(store: &dyn Store) {
    use InboxEventKind as Kind;
    let c = begin(store).await;
    let account = conversation(store, c).await.account;
    let table = [
        (Pausable::Conversation(c), Kind::ConversationPaused, Kind::ConversationUnpaused),
        (Pausable::Account(account), Kind::AccountPaused, Kind::AccountUnpaused),
        (Pausable::Instance(INSTANCE.to_owned()), Kind::InstancePaused, Kind::InstanceUnpaused),
    ];
    for (what, paused, unpaused) in table {
        let told = events(store).await.len();
        assert!(store.pause(what.clone(), by_person(5)).await.unwrap(), "{what:?}");
        assert!(store.pause(what.clone(), by_person(6)).await.unwrap(), "{what:?}");
        assert_eq!(kinds(store, told).await, [paused], "{what:?}: told once");
        let stored = match &what {
            Pausable::Conversation(id) => conversation(store, *id).await.paused,
            Pausable::Account(id) => store.account(*id).await.unwrap().unwrap().paused,
            Pausable::Instance(name) => store.instance_pause(name).await.unwrap(),
        };
        assert_eq!(stored, Some(by_person(6)), "{what:?}");
        let id = say(store, c, "text", 7).await;
        assert!(!store.ready(INSTANCE, at(8)).await.unwrap(), "{what:?}");
        assert!(claim(store, 8).await.is_empty(), "{what:?}");
        assert!(store.unpause(what.clone(), at(9)).await.unwrap(), "{what:?}");
        assert!(!store.unpause(what.clone(), at(9)).await.unwrap(), "{what:?}");
        assert_eq!(kinds(store, told).await.last(), Some(&unpaused), "{what:?}");
        assert_eq!(claim(store, 10).await, [id], "{what:?}");
        record(store, id, 11, sent(&format!("{what:?}"))).await;
    }
}

pub(crate) async fn what_is_not_there_cannot_be_paused(store: &dyn Store) {
    for what in [Pausable::Conversation(ConversationId::generate()), Pausable::Account(AccountId::generate())]
    {
        assert!(!store.pause(what.clone(), by_person(1)).await.unwrap());
        assert!(!store.unpause(what, at(2)).await.unwrap());
    }
    assert!(!store.unpause(Pausable::Instance("nowhere".to_owned()), at(2)).await.unwrap());
}

pub(crate) async fn a_pause_of_one_holds_up_nobody_else(store: &dyn Store) {
    let c = begin(store).await;
    let d = open(store, "d").await;
    store.pause(Pausable::Conversation(c), by_person(1)).await.unwrap();
    store.pause(Pausable::Instance("other".to_owned()), by_person(1)).await.unwrap();
    say(store, c, "waits", 2).await;
    let goes = say(store, d, "goes", 2).await;
    assert_eq!(claim(store, 3).await, [goes]);
}

/// Refused by the platform's rules at that second.
async fn refuse(store: &dyn Store, conversation: &str, seconds: i64) {
    let c = open(store, conversation).await;
    let id = begin_send(store, c, "text", seconds).await;
    record(store, id, seconds, refused()).await;
    store.resume(c).await.unwrap();
}

async fn paused(store: &dyn Store) -> Option<Pause> {
    store.accounts().await.unwrap().remove(0).paused
}

pub(crate) async fn refusals_in_several_conversations_at_once_pause_the_account_for_a_day(store: &dyn Store) {
    let account = connect(store).await.id;
    for seconds in [10, 20, 30] {
        refuse(store, "the same one", seconds).await;
    }
    refuse(store, "long ago", 10).await;
    refuse(store, "another", 700).await;
    assert_eq!(paused(store).await, None, "not at once, or not several");
    let told = events(store).await.len();
    refuse(store, "a second", 710).await;
    assert_eq!(paused(store).await, None);
    refuse(store, "a third", 720).await;
    let pause = paused(store).await.unwrap();
    assert_eq!((pause.since, pause.until, &pause.by), (at(720), Some(at(720 + 86_400)), &None));
    assert_eq!(pause.reason.code.as_str(), "rate.daily_cap");
    assert!(!pause.reason.certain);
    assert!(kinds(store, told).await.contains(&InboxEventKind::AccountPaused));

    let lead = Duration::ZERO;
    assert_eq!(store.next_due(at(721), lead).await.unwrap(), pause.until);
    let day = 720 + 86_400;
    assert_eq!(store.fall_due(at(day - 1), lead, 9).await.unwrap(), Due::default());
    assert_eq!(store.fall_due(at(day), lead, 9).await.unwrap().unpaused, 1);
    assert_eq!(paused(store).await, None);
    refuse(store, "the next day", day + 1).await;
    assert_eq!(paused(store).await, None, "it begins anew");
    assert_eq!(account, store.accounts().await.unwrap()[0].id);
}

pub(crate) async fn a_person_ends_the_hosts_pause_and_the_host_leaves_a_persons_alone(store: &dyn Store) {
    let account = Pausable::Account(connect(store).await.id);
    for conversation in ["a", "b", "c"] {
        refuse(store, conversation, 10).await;
    }
    assert!(paused(store).await.is_some());
    assert!(store.unpause(account.clone(), at(11)).await.unwrap());
    refuse(store, "d", 12).await;
    assert_eq!(paused(store).await, None, "what was before does not count");
    let waiting = [open(store, "e").await, open(store, "f").await];
    let mut in_flight = Vec::new();
    for c in waiting {
        in_flight.push(begin_send(store, c, "text", 13).await);
    }
    store.pause(account, by_person(14)).await.unwrap();
    for id in in_flight {
        record(store, id, 15, refused()).await;
    }
    assert_eq!(paused(store).await, Some(by_person(14)));
    assert_eq!(store.fall_due(at(999_999), Duration::ZERO, 9).await.unwrap().unpaused, 0);
}
