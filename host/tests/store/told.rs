//! What channels tell beside messages: reactions, comments, what they do not hand on.

use connector_api::{
    Comment, CommentAction, Contact, Event, EventKind, Reaction,
    capabilities::{Reason, ReasonCode},
};
use jackfield::{
    model::{CommentState, EventDetail, InboxEventKind},
    store::{Erased, ExportFilter, Record, Store},
};

use super::fixture::*;

/// A sign of a person on a message of the conversation `c`.
fn reacted(who: &str, message: &str, reaction: &Reaction, seconds: i64) -> Event {
    let kind = EventKind::MessageReacted {
        conversation: "c".to_owned(),
        contact: Contact::new(who),
        message: message.to_owned(),
        reaction: reaction.clone(),
    };
    Event::new(ACCOUNT, format!("{who} {message} {reaction:?} {seconds}"), at(seconds), kind)
}

fn sign(emoji: &str) -> Reaction {
    Reaction::new(Some(emoji.to_owned()), None)
}

/// What stands on the first message of the conversation.
async fn signs(store: &dyn Store) -> Vec<String> {
    let c = open(store, "c").await;
    let message = thread(store, c).await.remove(0);
    message.reactions.into_iter().map(|reaction| reaction.emoji.unwrap_or_default()).collect()
}

async fn told(store: &dyn Store, kind: InboxEventKind) -> usize {
    events(store).await.iter().filter(|event| event.kind == kind).count()
}

pub(crate) async fn what_people_put_on_a_message_is_shown_until_they_take_it_back(store: &dyn Store) {
    begin(store).await;
    for (who, reaction, seconds) in [
        ("ana", sign("👍"), 1),
        ("ana", sign("❤"), 2),
        ("ben", sign("👍"), 3),
        ("ana", sign("👍").removed(true), 4),
    ] {
        deliver(store, seconds, reacted(who, "hello", &reaction, seconds)).await;
    }
    assert_eq!(signs(store).await, ["❤", "👍"]);
    assert_eq!(told(store, InboxEventKind::MessageReacted).await, 4);
    let last = events(store).await.pop().unwrap();
    let detail = EventDetail::Reaction { message_platform_id: "hello".to_owned(), removed: true };
    assert_eq!((last.detail, last.message.is_some(), last.contact.is_some()), (Some(detail), true, true));
}

pub(crate) async fn reactions_are_by_the_platforms_time_whatever_arrives_first(store: &dyn Store) {
    begin(store).await;
    deliver(store, 9, reacted("ana", "hello", &sign("👍").removed(true), 5)).await;
    deliver(store, 9, reacted("ana", "hello", &sign("👍"), 4)).await;
    assert!(signs(store).await.is_empty(), "put on before it was taken back");
    deliver(store, 9, reacted("ana", "hello", &sign("👍"), 6)).await;
    deliver(store, 9, reacted("ana", "hello", &sign("👍"), 7)).await;
    assert_eq!(signs(store).await, ["👍"]);
    assert_eq!(told(store, InboxEventKind::MessageReacted).await, 1);
    // On a message that is not known yet.
    deliver(store, 9, reacted("ana", "later", &sign("❤"), 8)).await;
    deliver(store, 10, received("c", "later", 7)).await;
    let c = open(store, "c").await;
    assert_eq!(thread(store, c).await[1].reactions.len(), 1);
}

pub(crate) async fn a_reaction_is_no_message_and_opens_no_window(store: &dyn Store) {
    let c = begin(store).await;
    let before = conversation(store, c).await;
    deliver(store, 50, reacted("ana", "hello", &sign("👍"), 50)).await;
    assert_eq!(conversation(store, c).await, before);
    assert_eq!(thread(store, c).await.len(), 1);
}

pub(crate) async fn a_reaction_that_names_no_sign_takes_all_of_that_person_back(store: &dyn Store) {
    begin(store).await;
    for (who, emoji) in [("ana", "👍"), ("ana", "❤"), ("ben", "👍")] {
        deliver(store, 1, reacted(who, "hello", &sign(emoji), 1)).await;
    }
    deliver(store, 2, reacted("ana", "hello", &Reaction::new(None, None).removed(true), 2)).await;
    assert_eq!(signs(store).await, ["👍"]);
}

fn commented(id: &str, action: CommentAction, text: Option<&str>, seconds: i64) -> Event {
    let comment = Comment::new(id, action).with_text(text.map(str::to_owned));
    let comment = comment.under(Some("post".to_owned()), None).answerable();
    let kind = EventKind::Commented { contact: Some(Contact::new("contact of c")), comment };
    Event::new(ACCOUNT, format!("{id} {action:?} {seconds}"), at(seconds), kind)
}

pub(crate) async fn a_comment_is_kept_once_with_what_became_of_it(store: &dyn Store) {
    let account = connect(store).await.id;
    let id = "7325612345678901234";
    deliver(store, 1, commented(id, CommentAction::Written, Some("How much?"), 1)).await;
    let mut again = commented(id, CommentAction::Written, Some("How much?"), 1);
    again.dedup_key = "another key".to_owned();
    deliver(store, 2, again).await;
    let comments = store.comments(account, None, 10).await.unwrap().items;
    let [comment] = &comments[..] else { panic!("{comments:?}") };
    assert_eq!((comment.platform_id.as_str(), comment.text.as_deref()), (id, Some("How much?")));
    assert!(comment.answerable && comment.contact.is_some());
    assert_eq!(told(store, InboxEventKind::CommentChanged).await, 1);
    deliver(store, 3, commented(id, CommentAction::Hidden, None, 3)).await;
    let hidden = store.comment(comment.id).await.unwrap().unwrap();
    assert_eq!((hidden.state, hidden.text.as_deref()), (CommentState::Hidden, Some("How much?")));
    deliver(store, 4, commented(id, CommentAction::Removed, None, 4)).await;
    let removed = store.comment(comment.id).await.unwrap().unwrap();
    assert_eq!((removed.state, removed.text, removed.changed_at), (CommentState::Removed, None, at(4)));
    assert_eq!(told(store, InboxEventKind::CommentChanged).await, 3);
}

pub(crate) async fn an_older_report_of_a_comment_changes_nothing(store: &dyn Store) {
    let account = connect(store).await.id;
    deliver(store, 9, commented("1", CommentAction::Removed, None, 5)).await;
    deliver(store, 9, commented("1", CommentAction::Written, Some("How much?"), 4)).await;
    let comment = store.comments(account, None, 10).await.unwrap().items.remove(0);
    assert_eq!((comment.state, comment.text, comment.at), (CommentState::Removed, None, at(4)));
}

pub(crate) async fn comments_come_in_pages_newest_first(store: &dyn Store) {
    let account = connect(store).await.id;
    for seconds in 0..5 {
        let id = seconds.to_string();
        deliver(store, 9, commented(&id, CommentAction::Written, Some("hi"), seconds)).await;
    }
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = store.comments(account, after, 2).await.unwrap();
        ids.extend(page.items.into_iter().map(|comment| comment.platform_id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(ids, ["4", "3", "2", "1", "0"]);
}

pub(crate) async fn what_is_not_handed_on_is_counted_once_with_its_reason(store: &dyn Store) {
    let account = connect(store).await.id;
    let withheld = |key: &str, seconds| {
        let text = "The platform hands on no messages of people in the EEA.";
        let reason = Reason::permanent(ReasonCode::REGION_PEER_BLOCKED, text);
        Event::new(ACCOUNT, key, at(seconds), EventKind::MessageWithheld { reason })
    };
    for (key, seconds) in [("a", 5), ("b", 3), ("a", 5)] {
        deliver(store, 9, withheld(key, seconds)).await;
    }
    store.replay(arrival(9, vec![withheld("a", 5)])).await.unwrap();
    let counted = store.account(account).await.unwrap().unwrap().withheld.unwrap();
    assert_eq!((counted.count, counted.last_at), (2, at(5)));
    assert_eq!(counted.reason.code, ReasonCode::REGION_PEER_BLOCKED);
    assert_eq!(told(store, InboxEventKind::MessageWithheld).await, 2);
}

pub(crate) async fn other_notices_are_counted_by_a_bounded_number_of_names(store: &dyn Store) {
    let account = connect(store).await.id;
    let notice = |name: String, seconds| {
        Event::new(ACCOUNT, format!("{name} {seconds}"), at(seconds), EventKind::Notice { name })
    };
    let before = events(store).await.len();
    for (name, seconds) in [("new_thing", 1), ("new_thing", 2), ("new_thing", 2)] {
        deliver(store, 9, notice(name.to_owned(), seconds)).await;
    }
    let names = (0..1_000).map(|n| notice(format!("{n}{}", "x".repeat(1_000)), 3)).collect();
    store.ingest(arrival(9, names)).await.unwrap();
    let notices = store.account(account).await.unwrap().unwrap().notices;
    assert_eq!((notices["new_thing"].count, notices["new_thing"].last_at), (2, at(2)));
    assert!(
        notices.len() < 70 && notices.keys().all(|name| name.chars().count() <= 100),
        "{}",
        notices.len()
    );
    assert_eq!(notices.values().map(|counted| counted.count).sum::<u64>(), 1_002);
    assert_eq!(events(store).await.len(), before);
}

pub(crate) async fn a_changed_automatic_message_is_told(store: &dyn Store) {
    connect(store).await;
    let (kind, id, change) = ("welcome_message".to_owned(), "7".to_owned(), "approved".to_owned());
    let changed =
        EventKind::AutomaticMessageChanged { kind: kind.clone(), id: id.clone(), change: change.clone() };
    deliver(store, 1, Event::new(ACCOUNT, "k", at(1), changed)).await;
    let last = events(store).await.pop().unwrap();
    assert_eq!(last.kind, InboxEventKind::AutomaticMessageChanged);
    assert_eq!(last.detail, Some(EventDetail::AutomaticMessage { kind, id, change }));
}

pub(crate) async fn an_erased_contact_takes_reactions_and_comments_along(store: &dyn Store) {
    let c = begin(store).await;
    let account = conversation(store, c).await.account;
    open(store, "d").await;
    deliver(store, 1, reacted("contact of c", "hello", &sign("👍"), 1)).await;
    deliver(store, 1, reacted("contact of d", "hello", &sign("❤"), 1)).await;
    deliver(store, 1, commented("1", CommentAction::Written, Some("How much?"), 1)).await;
    let exported = || async {
        let mut records = store.export(ExportFilter::default()).await.unwrap();
        let mut comments = 0;
        while let Some(record) = records.recv().await {
            comments += usize::from(matches!(record.unwrap(), Record::Comment(_)));
        }
        comments
    };
    assert_eq!(exported().await, 1);
    let d = open(store, "d").await;
    let other = conversation(store, d).await.contact.id;
    assert!(matches!(store.erase_contact(other, at(2)).await.unwrap(), Erased::Gone(_)));
    assert_eq!(thread(store, c).await[0].reactions.len(), 1, "the sign of somebody else is left");
    let contact = conversation(store, c).await.contact.id;
    assert!(matches!(store.erase_contact(contact, at(3)).await.unwrap(), Erased::Gone(_)));
    assert!(store.comments(account, None, 10).await.unwrap().items.is_empty());
    assert_eq!(exported().await, 0);
}
