//! A message takes its place and its turn in one step, or not at all.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use connector_api::{
    ChannelMessage, Contact, Content, Event, EventKind,
    capabilities::{Loss, ReasonCode},
};
use futures_util::future::join_all;
use jackfield::{
    model::{ConversationId, Direction, MediumId, MessageId, Origin, Scope, Signal, Status},
    store::{ConversationFilter, Enqueued, NewMessage, Plan, Retried, Store},
};

use super::fixture::*;

fn keyed(conversation: ConversationId, key: &str, text: &str) -> NewMessage {
    NewMessage { idempotency_key: Some(key.to_owned()), ..new_message(conversation, text, 1) }
}

pub(crate) async fn of_two_at_once_for_the_last_place_one_wins(store: &dyn Store) {
    let c = begin(store).await;
    for _ in 0..9 {
        say(store, c, "earlier", 1).await;
    }
    let last =
        |text| store.enqueue(NewMessage { plan: text_plan(text, quota(10)), ..new_message(c, text, 2) });
    let (one, other) = tokio::join!(last("one"), last("other"));
    let results = [one.unwrap(), other.unwrap()];
    assert_eq!(results.iter().filter(|r| matches!(r, Enqueued::Queued(_))).count(), 1);
    assert!(results.contains(&Enqueued::Denied(vec![reason()])));
    assert_eq!(used(store, c).await, 10);
    assert_eq!(outbound(store, c).await.len(), 10);
}

pub(crate) async fn what_is_denied_is_not_stored(store: &dyn Store) {
    let c = begin(store).await;
    let told = events(store).await.len();
    let denied = NewMessage { plan: text_plan("no", quota(0)), ..new_message(c, "no", 1) };
    assert_eq!(store.enqueue(denied).await.unwrap(), Enqueued::Denied(vec![reason()]));
    assert!(outbound(store, c).await.is_empty());
    assert!(claim(store, 2).await.is_empty());
    let after = conversation(store, c).await;
    assert_eq!((after.ledger.used, after.unread, after.last_message_at), (0, 1, at(0)));
    assert_eq!(events(store).await.len(), told);
}

pub(crate) async fn a_repeated_key_is_the_same_message(store: &dyn Store) {
    let c = begin(store).await;
    let Enqueued::Queued(first) = store.enqueue(keyed(c, "k", "hi")).await.unwrap() else {
        panic!("not queued");
    };
    let first = first[0].clone();
    assert_eq!(first, message(store, first.id).await);
    assert_eq!(
        (first.direction, first.origin, first.status),
        (Direction::Outbound, Origin::Host, Status::Queued)
    );
    assert_eq!((first.created_at, first.history[0].at), (at(1), at(1)));
    assert_eq!(first.history[0].signal, Signal::Host);
    claim(store, 2).await;
    record(store, first.id, 3, sent("p")).await;
    let never = |_| panic!("a repetition asks for no verdict");
    let again = NewMessage { plan: Box::new(never), now: at(9), ..keyed(c, "k", "hi") };
    let Enqueued::Repeated(repeated) = store.enqueue(again).await.unwrap() else { panic!("not repeated") };
    assert_eq!(repeated, [message(store, first.id).await]);
    assert_eq!(repeated[0].status, Status::Sent);
    assert_eq!(used(store, c).await, 1);
}

pub(crate) async fn repetitions_at_once_are_one_message(store: &dyn Store) {
    let c = begin(store).await;
    let results = join_all((0..8).map(|_| store.enqueue(keyed(c, "k", "hi")))).await;
    let results: Vec<_> = results.into_iter().map(Result::unwrap).collect();
    assert_eq!(results.iter().filter(|r| matches!(r, Enqueued::Queued(_))).count(), 1);
    assert_eq!(results.iter().filter(|r| matches!(r, Enqueued::Repeated(_))).count(), 7);
    assert_eq!((outbound(store, c).await.len(), used(store, c).await), (1, 1));
}

pub(crate) async fn a_key_for_other_content_is_refused(store: &dyn Store) {
    let c = begin(store).await;
    store.enqueue(keyed(c, "k", "hi")).await.unwrap();
    for text in ["hi ", "", "HI"] {
        assert_eq!(store.enqueue(keyed(c, "k", text)).await.unwrap(), Enqueued::KeyReused, "{text:?}");
    }
    assert_eq!(outbound(store, c).await.len(), 1);
}

pub(crate) async fn a_key_belongs_to_its_conversation(store: &dyn Store) {
    let c = begin(store).await;
    let d = open(store, "d").await;
    for (conversation, key) in [(c, "k"), (d, "k"), (c, "K"), (c, ""), (c, "k ")] {
        let result = store.enqueue(keyed(conversation, key, "hi")).await.unwrap();
        assert!(matches!(result, Enqueued::Queued(_)), "{key:?} {result:?}");
    }
}

pub(crate) async fn a_key_that_was_denied_may_come_again(store: &dyn Store) {
    let c = begin(store).await;
    let denied = NewMessage { plan: text_plan("no", quota(0)), ..keyed(c, "k", "hi") };
    assert!(matches!(store.enqueue(denied).await.unwrap(), Enqueued::Denied(_)));
    assert!(matches!(store.enqueue(keyed(c, "k", "other")).await.unwrap(), Enqueued::Queued(_)));
}

pub(crate) async fn an_unknown_conversation_is_said_so(store: &dyn Store) {
    connect(store).await;
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    let check = move |ledger| {
        count.fetch_add(1, Ordering::Relaxed);
        allow(ledger)
    };
    let new = NewMessage {
        plan: text_plan("hi", Box::new(check)),
        ..new_message(ConversationId::generate(), "hi", 1)
    };
    assert_eq!(store.enqueue(new).await.unwrap(), Enqueued::UnknownConversation);
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}

pub(crate) async fn an_answer_takes_the_conversation_up_and_nothing_is_unread(store: &dyn Store) {
    let c = begin(store).await;
    let d = open(store, "d").await;
    deliver(store, 5, received("d", "newer", 5)).await;
    assert_eq!(
        store.conversations(&Scope::Everything, ConversationFilter::default(), None, 1).await.unwrap().items
            [0]
        .id,
        d
    );
    say(store, c, "answer", 9).await;
    let first = store
        .conversations(&Scope::Everything, ConversationFilter::default(), None, 1)
        .await
        .unwrap()
        .items
        .remove(0);
    assert_eq!((first.id, first.unread, first.last_message_at), (c, 0, at(9)));
    say(store, c, "by a host whose clock is late", 3).await;
    assert_eq!(conversation(store, c).await.last_message_at, at(9));
    deliver(store, 20, received("c", "more", 20)).await;
    assert_eq!(conversation(store, c).await.unread, 1);
}

pub(crate) async fn a_panic_in_a_check_hurts_nobody_else(store: &dyn Store) {
    let c = begin(store).await;
    let bad = || NewMessage { plan: Box::new(|_| panic!("on purpose")), ..new_message(c, "bad", 1) };
    let good = |text| store.enqueue(new_message(c, text, 1));
    let (one, bad, other) = tokio::join!(good("one"), store.enqueue(bad()), good("other"));
    assert!(matches!(one.unwrap(), Enqueued::Queued(_)));
    assert!(bad.is_err());
    assert!(matches!(other.unwrap(), Enqueued::Queued(_)));
    assert_eq!((outbound(store, c).await.len(), used(store, c).await), (2, 2));
}

/// Three messages for one request, the first of which quotes.
fn three(conversation: ConversationId, quotes: Option<MessageId>) -> NewMessage {
    let contents = ["one", "two", "three"].map(|text| (Content::text(text), None)).to_vec();
    let of_three = plan(contents, Box::new(allow));
    let with_loss = move |ledger| {
        let loss = Loss { code: "split".to_owned(), text: "Three messages.".to_owned() };
        of_three(ledger).map(|plan| Plan { losses: vec![loss], ..plan })
    };
    NewMessage { plan: Box::new(with_loss), quotes, ..keyed(conversation, "k", "one two three") }
}

pub(crate) async fn a_plan_is_queued_whole_in_its_order_under_one_key(store: &dyn Store) {
    let c = begin(store).await;
    let Enqueued::Queued(queued) = store.enqueue(three(c, None)).await.unwrap() else { panic!("not queued") };
    let first = queued[0].id;
    let parts: Vec<_> = queued.iter().map(|message| message.dispatch.part_of).collect();
    assert_eq!(parts, [None, Some(first), Some(first)]);
    assert_eq!(queued.iter().map(|message| message.losses.len()).collect::<Vec<_>>(), [1, 0, 0]);
    let again = store.enqueue(three(c, None)).await.unwrap();
    assert_eq!(again, Enqueued::Repeated(queued.clone()));
    for (second, message) in (2..).zip(&queued) {
        assert_eq!(claim(store, second).await, [message.id], "in their order");
        record(store, message.id, second, sent(&message.id.to_string())).await;
    }
    assert_eq!(outbound(store, c).await.len(), 3);
}

pub(crate) async fn a_plan_that_is_denied_leaves_nothing_of_it(store: &dyn Store) {
    let c = begin(store).await;
    let contents = vec![(Content::text("one"), None), (Content::text("two"), Some(MediumId::generate()))];
    let new = NewMessage { plan: plan(contents, Box::new(allow)), ..new_message(c, "both", 1) };
    assert!(matches!(store.enqueue(new).await.unwrap(), Enqueued::Denied(_)), "there is no such file");
    assert_eq!((outbound(store, c).await.len(), used(store, c).await), (0, 0));
}

pub(crate) async fn what_is_quoted_goes_along_by_the_platforms_id(store: &dyn Store) {
    let c = begin(store).await;
    let hello = thread(store, c).await[0].id;
    let Enqueued::Queued(queued) = store.enqueue(three(c, Some(hello))).await.unwrap() else {
        panic!("not queued");
    };
    let quoted = queued[0].quotes.clone().unwrap();
    assert_eq!((quoted.platform_id.as_str(), quoted.message), ("hello", Some(hello)));
    assert_eq!(queued[1].quotes, None);
    let claimed = claims(store, 2).await;
    assert_eq!(claimed[0].quotes.as_deref(), Some("hello"));
    record(store, queued[0].id, 3, failed()).await;
    let again = store.retry(queued[0].id, at(4), Box::new(allow)).await.unwrap();
    let Retried::Queued(again) = again else { panic!("not queued") };
    assert_eq!(again.quotes, queued[0].quotes, "sent again, it quotes the same");
}

pub(crate) async fn only_what_the_platform_knows_in_the_conversation_can_be_quoted(store: &dyn Store) {
    let c = begin(store).await;
    let elsewhere = open(store, "d").await;
    let elsewhere = thread(store, elsewhere).await[0].id;
    let waits = say(store, c, "waits", 1).await;
    for quoted in [elsewhere, waits, MessageId::generate()] {
        match store.enqueue(three(c, Some(quoted))).await.unwrap() {
            Enqueued::Denied(reasons) => assert_eq!(reasons[0].code, ReasonCode::PLATFORM_NOT_FOUND),
            other => panic!("{other:?}"),
        }
    }
}

pub(crate) async fn what_a_message_quotes_and_answers_is_kept(store: &dyn Store) {
    let c = begin(store).await;
    let hello = thread(store, c).await[0].id;
    let answer = connector_api::CardAnswer::new(Some("hello".to_owned()), Some("b1".to_owned()));
    let told = ChannelMessage::new("m2", at(1), Content::text("Yes"))
        .quoting(Some("hello".to_owned()))
        .answering(Some(answer.clone()))
        .automatic(Some("welcome_message".to_owned()));
    let contact = Contact::new("contact of c");
    let kind = EventKind::MessageReceived { conversation: "c".to_owned(), contact, message: told };
    deliver(store, 1, Event::new(ACCOUNT, "m2", at(1), kind)).await;
    let message = thread(store, c).await.remove(1);
    assert_eq!(message.quotes.unwrap().message, Some(hello));
    assert_eq!((message.answers, message.automatic.as_deref()), (Some(answer), Some("welcome_message")));
}
