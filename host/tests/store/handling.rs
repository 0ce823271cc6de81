//! What colleagues do with conversations.

use std::{collections::BTreeSet, time::Duration};

use jackfield::{
    model::{ConversationId, ConversationState, Handling, InboxEventKind, Note, NoteId, StateName},
    store::{ConversationFilter, Handled, HandlingChange, Store},
};

use super::fixture::*;

fn labels(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

async fn change(store: &dyn Store, id: ConversationId, change: HandlingChange) -> Handling {
    match store.handle(id, change, at(5)).await.unwrap() {
        Handled::Changed(conversation) => conversation.handling,
        other => panic!("{other:?}"),
    }
}

async fn set(store: &dyn Store, id: ConversationId, state: ConversationState) -> Handling {
    change(store, id, HandlingChange { state: Some(state), ..HandlingChange::default() }).await
}

/// How often that was told of the conversation.
async fn told(store: &dyn Store, id: ConversationId, kind: InboxEventKind) -> usize {
    let events = events(store).await;
    events.iter().filter(|event| event.kind == kind && event.conversation == Some(id)).count()
}

pub(crate) async fn what_colleagues_decide_is_kept_and_told_once(store: &dyn Store) {
    let c = begin(store).await;
    let before = conversation(store, c).await.handling;
    assert_eq!((before.state, before.assignee.as_deref()), (ConversationState::Open, None));
    let wanted = HandlingChange {
        expected: Some(before.revision),
        assignee: Some(Some("kim".to_owned())),
        labels: Some(labels(&["refund", "vip"])),
        state: Some(ConversationState::Closed),
    };
    let after = change(store, c, wanted.clone()).await;
    assert_eq!(conversation(store, c).await.handling, after);
    assert!(after.revision > before.revision);
    assert_eq!((after.assignee.as_deref(), after.labels.len()), (Some("kim"), 2));
    // The same again changes nothing, and what is not named stays.
    let again = HandlingChange { expected: None, ..wanted };
    assert_eq!(change(store, c, again).await, after);
    assert_eq!(told(store, c, InboxEventKind::ConversationUpdated).await, 1);
    let nobody = HandlingChange { assignee: Some(None), ..HandlingChange::default() };
    let last = change(store, c, nobody).await;
    assert_eq!((last.assignee, last.labels), (None, labels(&["refund", "vip"])));
    let unknown = store.handle(ConversationId::generate(), HandlingChange::default(), at(5)).await.unwrap();
    assert_eq!(unknown, Handled::UnknownConversation);
}

pub(crate) async fn of_two_colleagues_at_once_one_wins(store: &dyn Store) {
    let c = begin(store).await;
    let expected = Some(conversation(store, c).await.handling.revision);
    let take = |who: &str| {
        let assignee = Some(Some(who.to_owned()));
        store.handle(c, HandlingChange { expected, assignee, ..HandlingChange::default() }, at(1))
    };
    let (one, other) = tokio::join!(take("kim"), take("lee"));
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_ne!(one == Handled::Outdated, other == Handled::Outdated, "{one:?} {other:?}");
}

pub(crate) async fn the_contact_opens_what_is_closed_or_snoozed(store: &dyn Store) {
    let c = begin(store).await;
    for (n, state) in
        [ConversationState::Closed, ConversationState::Snoozed { until: at(900) }].into_iter().enumerate()
    {
        let closed = set(store, c, state).await;
        deliver(store, 6, read(0)).await;
        assert_eq!(conversation(store, c).await.handling, closed, "a read mark opens nothing");
        deliver(store, 7, received("c", &format!("again {n}"), 6)).await;
        let open = conversation(store, c).await.handling;
        assert_eq!(open.state, ConversationState::Open);
        assert!(open.revision > closed.revision, "who decided for the closed one has to look again");
    }
    assert_eq!(told(store, c, InboxEventKind::ConversationUpdated).await, 4);
}

pub(crate) async fn a_snoozed_conversation_opens_at_its_time(store: &dyn Store) {
    let (early, late) = (begin(store).await, open(store, "d").await);
    let next_due = |seconds| store.next_due(at(seconds), Duration::ZERO);
    let woken = async |seconds| store.fall_due(at(seconds), Duration::ZERO, 10).await.unwrap().woken;
    assert_eq!(next_due(0).await.unwrap(), None);
    set(store, early, ConversationState::Snoozed { until: at(10) }).await;
    set(store, late, ConversationState::Snoozed { until: at(20) }).await;
    assert_eq!(next_due(0).await.unwrap(), Some(at(10)));
    assert_eq!(woken(9).await, 0);
    assert_eq!(woken(10).await, 1);
    assert_eq!(conversation(store, early).await.handling.state, ConversationState::Open);
    assert_eq!(told(store, early, InboxEventKind::ConversationUpdated).await, 2);
    assert_eq!(next_due(10).await.unwrap(), Some(at(20)));
    assert_eq!(conversation(store, late).await.handling.state, ConversationState::Snoozed { until: at(20) });
}

pub(crate) async fn what_is_read_is_told_once(store: &dyn Store) {
    let c = begin(store).await;
    assert_eq!(conversation(store, c).await.unread, 1);
    assert!(store.mark_read(c, at(1)).await.unwrap());
    assert!(!store.mark_read(c, at(2)).await.unwrap());
    assert_eq!(conversation(store, c).await.unread, 0);
    assert_eq!(told(store, c, InboxEventKind::ConversationUpdated).await, 1);
}

pub(crate) async fn filters_hold_together_and_page_rightly(store: &dyn Store) {
    let account = connect(store).await.id;
    for n in 0..12_i64 {
        let name = format!("c{n}");
        let c = open(store, &name).await;
        let wanted = HandlingChange {
            assignee: (n % 2 == 0).then(|| Some("kim".to_owned())),
            labels: (n % 3 == 0).then(|| labels(&["vip", "more"])),
            state: (n % 4 == 0).then_some(ConversationState::Closed),
            ..HandlingChange::default()
        };
        change(store, c, wanted).await;
        if n % 6 == 0 {
            deliver(store, 1, referred(&name, "flyer", 1)).await;
            store.mark_read(c, at(9)).await.unwrap();
        }
    }
    let all = ConversationFilter::default;
    let some = |text: &str| Some(text.to_owned());
    let cases = [
        ("all", all(), 12),
        ("account", ConversationFilter { account: Some(account), ..all() }, 12),
        ("another instance", ConversationFilter { instance: some("other"), ..all() }, 0),
        ("closed", ConversationFilter { state: Some(StateName::Closed), ..all() }, 3),
        ("kim's", ConversationFilter { assignee: Some(some("kim")), ..all() }, 6),
        ("nobody's", ConversationFilter { assignee: Some(None), ..all() }, 6),
        ("label", ConversationFilter { label: some("vip"), ..all() }, 4),
        ("unread", ConversationFilter { unread: Some(true), ..all() }, 10),
        ("read", ConversationFilter { unread: Some(false), ..all() }, 2),
        ("referred", ConversationFilter { referral: Some(None), ..all() }, 2),
        ("by link", ConversationFilter { referral: Some(some("short_link")), ..all() }, 2),
        ("by ad", ConversationFilter { referral: Some(some("ad")), ..all() }, 0),
        ("both", ConversationFilter { assignee: Some(some("kim")), label: some("vip"), ..all() }, 2),
    ];
    for (name, filter, expected) in cases {
        let (mut found, mut after) = (BTreeSet::new(), None);
        loop {
            let page = store
                .conversations(&jackfield::model::Scope::Everything, filter.clone(), after, 2)
                .await
                .unwrap();
            for conversation in page.items {
                assert!(found.insert(conversation.id), "{name}: one came twice");
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found.len(), expected, "{name}");
    }
}

pub(crate) async fn notes_come_in_pages_newest_first(store: &dyn Store) {
    let c = begin(store).await;
    let note = |text: &str, seconds| Note {
        id: NoteId::generate(),
        conversation: c,
        author: "kim".to_owned(),
        text: text.to_owned(),
        created_at: at(seconds),
    };
    for (text, seconds) in [("first", 1), ("second", 2), ("third", 2)] {
        assert!(store.add_note(note(text, seconds)).await.unwrap());
    }
    let stranger = Note { conversation: ConversationId::generate(), ..note("lost", 1) };
    assert!(!store.add_note(stranger).await.unwrap());
    let page = store.notes(c, None, 2).await.unwrap();
    let rest = store.notes(c, page.next, 2).await.unwrap();
    let texts: Vec<_> = page.items.iter().chain(&rest.items).map(|note| note.text.as_str()).collect();
    assert_eq!((texts, rest.next), (vec!["third", "second", "first"], None));
    assert_eq!(told(store, c, InboxEventKind::NoteCreated).await, 3);
    assert_eq!(thread(store, c).await.len(), 1, "a note is no message");
}
