//! Answers to comments in private: one for each comment, and where its message comes into the inbox.

use connector_api::{
    Comment as ChannelComment, CommentAction, Contact, Content, EchoOrigin, Event, EventKind, Timestamp,
    capabilities::{Reason, ReasonCode},
};
use jackfield::{
    model::{
        AccountId, Comment, CommentAnswer, CommentId, Direction, InboxEventKind, MessageId, Origin, Scope,
        Signal, Status,
    },
    store::{
        AnswerBegun, AnswerOutcome, ConversationFilter, Decision, Erased, NewAnswer, Past, Sought, Store,
        Waiting,
    },
};

use super::{fixture::*, past::NOTHING};

const TEXT: &str = "Nine.";

/// Somebody comments at second 1: the contact of that conversation, or nobody knows who.
async fn commented(store: &dyn Store, id: &str, conversation: Option<&str>) -> CommentId {
    let comment = ChannelComment::new(id, CommentAction::Written).answerable();
    let contact = conversation.map(|conversation| Contact::new(format!("contact of {conversation}")));
    let kind = EventKind::Commented { contact, comment };
    deliver(store, 1, Event::new(ACCOUNT, format!("commented {id}"), at(1), kind)).await;
    let account = connect(store).await.id;
    let all = store.comments(account, None, 100).await.unwrap().items;
    all.iter().find(|comment| comment.platform_id == id).unwrap().id
}

fn new(comment: CommentId, text: &str, key: Option<&str>, seconds: i64) -> NewAnswer {
    NewAnswer {
        comment,
        message: MessageId::generate(),
        content: Content::text(text),
        asked: asked(text),
        idempotency_key: key.map(str::to_owned),
        now: at(seconds),
        check: Box::new(|_, _| Ok(())),
    }
}

/// The answer is being sent since second 10.
async fn begun(store: &dyn Store, comment: CommentId) -> MessageId {
    let new = new(comment, TEXT, None, 10);
    let message = new.message;
    assert_eq!(store.begin_answer(new).await.unwrap(), AnswerBegun::Sending);
    message
}

async fn came_back(store: &dyn Store, comment: CommentId, outcome: AnswerOutcome) {
    store.record_answer(comment, outcome, at(11)).await.unwrap();
}

fn accepted(conversation: Option<&str>) -> AnswerOutcome {
    AnswerOutcome::Sent { platform_id: "m1".to_owned(), conversation: conversation.map(str::to_owned) }
}

async fn comment(store: &dyn Store, id: CommentId) -> Comment {
    store.comment(id).await.unwrap().unwrap()
}

async fn answer(store: &dyn Store, id: CommentId) -> CommentAnswer {
    comment(store, id).await.answer.unwrap()
}

/// The message of the answer, in the inbox.
async fn placed(store: &dyn Store, id: CommentId) -> jackfield::model::Message {
    message(store, answer(store, id).await.message.unwrap()).await
}

fn echo(conversation: &str, id: &str, text: &str) -> Event {
    echoed_in(conversation, id, text, 12, EchoOrigin::Api)
}

/// How many conversations there are.
async fn conversations(store: &dyn Store) -> usize {
    let all =
        store.conversations(&jackfield::model::Scope::Everything, ConversationFilter::default(), None, 100);
    all.await.unwrap().items.len()
}

pub(crate) async fn of_two_answers_at_once_one_wins(store: &dyn Store) {
    connect(store).await;
    let id = commented(store, "1", Some("c")).await;
    let (one, other) = tokio::join!(
        store.begin_answer(new(id, TEXT, None, 10)),
        store.begin_answer(new(id, "Ten.", Some("k"), 10))
    );
    let both = [one.unwrap(), other.unwrap()];
    assert!(both.contains(&AnswerBegun::Sending), "{both:?}");
    let denied = both.iter().find_map(|begun| match begun {
        AnswerBegun::Denied(reasons) => Some(reasons[0].code.to_string()),
        _ => None,
    });
    assert_eq!(denied.as_deref(), Some("comment.answered"));
}

pub(crate) async fn a_comment_is_answered_again_only_where_nothing_was_sent(store: &dyn Store) {
    connect(store).await;
    let id = commented(store, "1", Some("c")).await;
    let again = || async { store.begin_answer(new(id, TEXT, None, 20)).await.unwrap() };
    begun(store, id).await;
    came_back(store, id, AnswerOutcome::NotSent(reason())).await;
    assert_eq!(answer(store, id).await.status, Status::Failed);
    assert_eq!(again().await, AnswerBegun::Sending);
    came_back(store, id, AnswerOutcome::Uncertain(reason())).await;
    assert!(matches!(again().await, AnswerBegun::Denied(_)), "it may have been sent");
    assert!(store.decide_answer(id, Decision::WasSent, at(30)).await.unwrap());
    assert!(matches!(again().await, AnswerBegun::Denied(_)));
    assert!(!store.decide_answer(id, Decision::WasNotSent, at(31)).await.unwrap(), "it is decided");
}

pub(crate) async fn what_the_check_denies_is_not_written_down(store: &dyn Store) {
    begin(store).await;
    let id = commented(store, "1", Some("c")).await;
    let last: std::sync::Arc<std::sync::Mutex<Option<Timestamp>>> = std::sync::Arc::default();
    let seen = std::sync::Arc::clone(&last);
    let check = Box::new(move |_: &Comment, last| {
        *seen.lock().unwrap() = last;
        Err(vec![reason()])
    });
    let begun = store.begin_answer(NewAnswer { check, ..new(id, TEXT, None, 10) }).await.unwrap();
    assert_eq!(begun, AnswerBegun::Denied(vec![reason()]));
    assert_eq!(*last.lock().unwrap(), Some(at(0)), "when the contact of c wrote");
    assert_eq!(comment(store, id).await.answer, None);
}

/// To the same person: it may have reached them, or is about to.
pub(crate) async fn an_answer_in_no_conversation_yet_was_an_exchange_unless_it_failed(store: &dyn Store) {
    connect(store).await;
    for (name, outcome, exchanged) in [
        ("sending", None, Some(at(10))),
        ("uncertain", Some(AnswerOutcome::Uncertain(reason())), Some(at(10))),
        ("sent", Some(accepted(None)), Some(at(10))),
        ("failed", Some(AnswerOutcome::NotSent(reason())), None),
    ] {
        let first = commented(store, &format!("{name} 1"), Some(name)).await;
        let second = commented(store, &format!("{name} 2"), Some(name)).await;
        begun(store, first).await;
        if let Some(outcome) = outcome {
            came_back(store, first, outcome).await;
        }
        let check = Box::new(move |_: &Comment, last: Option<Timestamp>| {
            assert_eq!(last, exchanged, "{name}");
            Ok(())
        });
        let asked = NewAnswer { check, ..new(second, TEXT, None, 20) };
        assert_eq!(store.begin_answer(asked).await.unwrap(), AnswerBegun::Sending, "{name}");
    }
}

pub(crate) async fn an_answer_counts_in_a_window_that_opened_before_it_came_back(store: &dyn Store) {
    let c = begin(store).await;
    let comment = commented(store, "1", Some("c")).await;
    begun(store, comment).await;
    came_back(store, comment, accepted(Some("c"))).await;
    deliver(store, 12, received("c", "meanwhile", 11)).await;
    assert_eq!(conversation(store, c).await.ledger.used, 1);
}

pub(crate) async fn answers_are_found_by_how_far_they_are_and_counted_while_nobody_knows(store: &dyn Store) {
    connect(store).await;
    let mut all = Vec::new();
    for (number, outcome) in [
        None,
        Some(AnswerOutcome::Uncertain(reason())),
        Some(AnswerOutcome::Uncertain(reason())),
        Some(AnswerOutcome::NotSent(reason())),
        Some(accepted(Some("e"))),
    ]
    .into_iter()
    .enumerate()
    {
        let id = commented(store, &number.to_string(), None).await;
        store.begin_answer(new(id, TEXT, None, 10 + number as i64)).await.unwrap();
        if let Some(outcome) = outcome {
            came_back(store, id, outcome).await;
        }
        all.push(id);
    }
    commented(store, "not answered", None).await;
    let account = comment(store, all[0]).await.account;
    let find = |scope: Scope, status, account, instance: Option<&str>| {
        let sought = Sought { status, account, instance: instance.map(str::to_owned) };
        async move {
            let (mut found, mut after) = (Vec::new(), None);
            loop {
                let page = store.answered(&scope, sought.clone(), after, 1).await.unwrap();
                found.extend(page.items.into_iter().map(|comment| comment.id));
                after = page.next;
                if after.is_none() {
                    return found;
                }
            }
        }
    };
    let everywhere = |status| find(Scope::Everything, status, None, None);
    assert_eq!(everywhere(Status::Sending).await, [all[0]]);
    assert_eq!(everywhere(Status::Uncertain).await, [all[2], all[1]], "the newest first");
    assert_eq!(everywhere(Status::Failed).await, [all[3]]);
    assert!(everywhere(Status::Queued).await.is_empty());
    let here = (Scope::Accounts([account].into()), Some(account), Some(INSTANCE));
    assert_eq!(find(here.0, Status::Failed, here.1, here.2).await, [all[3]]);
    let nobody = AccountId::generate();
    assert!(find(Scope::Accounts([nobody].into()), Status::Failed, None, None).await.is_empty());
    assert!(find(Scope::Everything, Status::Failed, Some(nobody), None).await.is_empty());
    assert!(find(Scope::Everything, Status::Failed, None, Some("other")).await.is_empty());
    let waiting = store.unprocessed().await.unwrap();
    assert_eq!(waiting.sending, Waiting { count: 1, oldest: Some(at(10)) });
    assert_eq!(waiting.uncertain, Waiting { count: 2, oldest: Some(at(11)) });
    store.decide_answer(all[1], Decision::WasNotSent, at(30)).await.unwrap();
    assert_eq!(everywhere(Status::Failed).await, [all[3], all[1]]);
    assert_eq!(store.unprocessed().await.unwrap().uncertain.count, 1);
}

pub(crate) async fn an_answer_in_the_inbox_is_found_by_the_status_of_its_message(store: &dyn Store) {
    connect(store).await;
    let id = commented(store, "1", Some("c")).await;
    begun(store, id).await;
    came_back(store, id, accepted(Some("c"))).await;
    deliver(store, 12, echo("c", "m1", TEXT)).await;
    for (status, count) in [(Status::Sent, 0), (Status::Delivered, 1)] {
        let sought = Sought { status, account: None, instance: None };
        assert_eq!(store.answered(&Scope::Everything, sought, None, 9).await.unwrap().items.len(), count);
    }
}

pub(crate) async fn a_repeated_key_is_the_same_answer_until_it_certainly_was_not_sent(store: &dyn Store) {
    connect(store).await;
    let id = commented(store, "1", Some("c")).await;
    let ask = |text: &'static str, key| async move { store.begin_answer(new(id, text, Some(key), 10)).await };
    assert_eq!(ask(TEXT, "k").await.unwrap(), AnswerBegun::Sending);
    assert_eq!(ask(TEXT, "k").await.unwrap(), AnswerBegun::Repeated);
    assert_eq!(ask("Ten.", "k").await.unwrap(), AnswerBegun::KeyReused);
    came_back(store, id, AnswerOutcome::NotSent(reason())).await;
    assert_eq!(ask(TEXT, "k").await.unwrap(), AnswerBegun::Sending, "a passing refusal is no answer");
    let refused = Reason::permanent(ReasonCode::WINDOW_REFUSED, "Refused.");
    came_back(store, id, AnswerOutcome::NotSent(refused)).await;
    assert_eq!(ask(TEXT, "k").await.unwrap(), AnswerBegun::Repeated);
    store.forget(Past { idempotency_keys: at(100), ..NOTHING }).await.unwrap();
    assert_eq!(ask(TEXT, "k").await.unwrap(), AnswerBegun::Sending, "the key is forgotten");
}

pub(crate) async fn an_answer_whose_conversation_is_named_is_in_the_inbox_at_once(store: &dyn Store) {
    connect(store).await;
    let id = commented(store, "1", Some("c")).await;
    let host_id = begun(store, id).await;
    assert_eq!((answer(store, id).await.status, conversations(store).await), (Status::Sending, 0));
    came_back(store, id, accepted(Some("c"))).await;
    let message = placed(store, id).await;
    assert_eq!((message.id, message.platform_id.as_deref()), (host_id, Some("m1")));
    assert_eq!((message.direction, message.origin), (Direction::Outbound, Origin::Host));
    assert_eq!(history(&message), [Status::Sending, Status::Sent]);
    let c = conversation(store, message.conversation).await;
    assert_eq!((c.platform_id.as_str(), c.contact.platform_id.as_str(), c.unread), ("c", "contact of c", 0));
    deliver(store, 12, echo("c", "m1", TEXT)).await;
    assert_eq!(answer(store, id).await.status, Status::Delivered);
    assert_eq!(thread(store, c.id).await.len(), 1, "the echo became a message");
    assert_eq!(answer(store, id).await.content, None, "what it says is in the message");
}

pub(crate) async fn an_answer_is_in_the_inbox_once_its_echo_names_the_conversation(store: &dyn Store) {
    connect(store).await;
    let id = commented(store, "1", Some("c")).await;
    begun(store, id).await;
    came_back(store, id, accepted(None)).await;
    let waits = answer(store, id).await;
    assert_eq!((waits.status, waits.message, conversations(store).await), (Status::Sent, None, 0));
    deliver(store, 12, echo("c", "m1", TEXT)).await;
    let message = placed(store, id).await;
    assert_eq!(history(&message), [Status::Sending, Status::Sent, Status::Delivered]);
    assert_eq!((message.sent_at, message.origin), (at(12), Origin::Host));
    assert_eq!(thread(store, message.conversation).await.len(), 1);
}

pub(crate) async fn an_echo_before_what_comes_back_waits_for_it(store: &dyn Store) {
    connect(store).await;
    for (number, known) in [("1", Some("c")), ("2", None)] {
        let id = commented(store, number, known).await;
        let (conversation, own) = (format!("c{number}"), format!("m{number}"));
        let conversation = if known.is_some() { "c" } else { &conversation };
        begun(store, id).await;
        deliver(store, 12, echo(conversation, &own, TEXT)).await;
        deliver(store, 12, echo(conversation, &format!("other {own}"), "Of another program.")).await;
        assert_eq!(answer(store, id).await.status, Status::Sending);
        came_back(store, id, AnswerOutcome::Sent { platform_id: own, conversation: None }).await;
        let message = placed(store, id).await;
        assert_eq!((message.status, message.origin), (Status::Delivered, Origin::Host));
        let thread = thread(store, message.conversation).await;
        let origins: Vec<_> = thread.iter().map(|message| message.origin).collect();
        assert_eq!((origins.len(), origins.contains(&Origin::Other)), (2, true), "{thread:?}");
    }
}

pub(crate) async fn an_uncertain_answer_is_settled_by_an_equal_echo_to_the_writer(store: &dyn Store) {
    begin(store).await;
    let id = commented(store, "1", Some("c")).await;
    begun(store, id).await;
    came_back(store, id, AnswerOutcome::Uncertain(reason())).await;
    deliver(store, 12, echo("c", "m0", "Something else.")).await;
    deliver(store, 12, echo("elsewhere", "m2", TEXT)).await;
    assert_eq!(answer(store, id).await.status, Status::Uncertain, "to somebody else");
    deliver(store, 12, echo("c", "m1", TEXT)).await;
    let message = placed(store, id).await;
    let expected = [Status::Sending, Status::Uncertain, Status::Sent, Status::Delivered];
    assert_eq!((history(&message), message.platform_id.as_deref()), (expected.to_vec(), Some("m1")));
}

pub(crate) async fn an_uncertain_answer_to_nobody_knows_whom_is_settled_in_a_new_conversation_alone(
    store: &dyn Store,
) {
    begin(store).await;
    let id = commented(store, "1", None).await;
    begun(store, id).await;
    came_back(store, id, AnswerOutcome::Uncertain(reason())).await;
    deliver(store, 12, echo("c", "m0", TEXT)).await;
    assert_eq!(answer(store, id).await.status, Status::Uncertain, "c is not new");
    deliver(store, 12, echo("new", "m1", TEXT)).await;
    assert_eq!(placed(store, id).await.platform_id.as_deref(), Some("m1"));
    // Of two that say the same nobody can say which.
    let both = [commented(store, "2", None).await, commented(store, "3", None).await];
    for id in both {
        begun(store, id).await;
        came_back(store, id, AnswerOutcome::Uncertain(reason())).await;
    }
    deliver(store, 12, echo("newer", "m2", TEXT)).await;
    for id in both {
        assert_eq!(answer(store, id).await.status, Status::Uncertain);
    }
}

pub(crate) async fn a_parked_echo_settles_an_answer_that_a_restart_cut_off(store: &dyn Store) {
    connect(store).await;
    let (cut_off, lost) = (commented(store, "1", Some("c")).await, commented(store, "2", Some("d")).await);
    begun(store, cut_off).await;
    begun(store, lost).await;
    deliver(store, 12, echo("c", "m1", TEXT)).await;
    assert_eq!(store.recover(at(20)).await.unwrap(), 2);
    assert_eq!(placed(store, cut_off).await.status, Status::Delivered);
    let lost = answer(store, lost).await;
    assert_eq!((lost.status, lost.reason.unwrap().code.as_str()), (Status::Uncertain, "outcome.unknown"));
}

pub(crate) async fn what_a_person_said_was_sent_is_the_message_of_a_late_echo(store: &dyn Store) {
    connect(store).await;
    let id = commented(store, "1", Some("c")).await;
    begun(store, id).await;
    came_back(store, id, AnswerOutcome::Uncertain(reason())).await;
    assert!(store.decide_answer(id, Decision::WasSent, at(20)).await.unwrap());
    assert_eq!(answer(store, id).await.status, Status::Sent);
    deliver(store, 30, echo("c", "m1", TEXT)).await;
    let message = placed(store, id).await;
    assert_eq!(message.history[1].signal, Signal::Person);
    assert_eq!((message.status, message.platform_id.as_deref()), (Status::Delivered, Some("m1")));
}

pub(crate) async fn each_step_of_an_answer_is_told_with_its_comment(store: &dyn Store) {
    connect(store).await;
    let id = commented(store, "1", Some("c")).await;
    let told = |all: Vec<jackfield::model::InboxEvent>| {
        all.iter().filter(|event| event.kind == InboxEventKind::CommentChanged).count()
    };
    begun(store, id).await;
    assert_eq!(told(events(store).await), 2);
    came_back(store, id, AnswerOutcome::Uncertain(reason())).await;
    assert_eq!(told(events(store).await), 3);
    deliver(store, 12, echo("c", "m1", TEXT)).await;
    let all = events(store).await;
    let created = all.iter().filter(|event| event.kind == InboxEventKind::MessageCreated).count();
    assert_eq!((told(all), created), (4, 1));
}

pub(crate) async fn an_erased_contact_takes_answers_along_but_not_while_one_is_sent(store: &dyn Store) {
    begin(store).await;
    let id = commented(store, "1", Some("c")).await;
    let contact = comment(store, id).await.contact.unwrap();
    begun(store, id).await;
    assert_eq!(store.erase_contact(contact, at(11)).await.unwrap(), Erased::Sending);
    came_back(store, id, AnswerOutcome::Uncertain(reason())).await;
    assert!(matches!(store.erase_contact(contact, at(12)).await.unwrap(), Erased::Gone(_)));
    assert_eq!(store.comment(id).await.unwrap(), None);
}
