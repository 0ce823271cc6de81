//! What failed is sent again, or given up.

use connector_api::capabilities::{Reason, WindowLedger};
use futures_util::future::join_all;
use jackfield::{
    model::{ConversationId, MessageId, Scope, Signal, Status},
    store::{NewMessage, Planner, Retried, Sought, Store},
};

use super::fixture::*;

async fn retry_at(store: &dyn Store, id: MessageId, seconds: i64) -> Retried {
    store.retry(id, at(seconds), Box::new(allow)).await.unwrap()
}

/// A message that the platform refused.
async fn refused(store: &dyn Store, conversation: ConversationId) -> MessageId {
    let id = begin_send(store, conversation, "text", 1).await;
    record(store, id, 2, failed()).await;
    id
}

pub(crate) async fn a_retry_is_a_new_message_that_has_the_turn_of_the_failed_one(store: &dyn Store) {
    let c = begin(store).await;
    let first = refused(store, c).await;
    let behind = say(store, c, "behind", 3).await;
    assert_eq!(used(store, c).await, 1, "the failed one gave its place back");
    let Retried::Queued(again) = retry_at(store, first, 4).await else { panic!("not queued") };
    assert_eq!((again.status, again.dispatch.retry_of), (Status::Queued, Some(first)));
    assert_eq!(again.content, message(store, first).await.content);
    assert_eq!(used(store, c).await, 2);
    let old = message(store, first).await;
    assert_eq!((old.status, old.dispatch.retried_as), (Status::Failed, Some(again.id)));
    assert_eq!(conversation(store, c).await.held_by, None, "it holds the line no more");
    assert_eq!(claim(store, 5).await, [again.id], "nothing overtakes it");
    record(store, again.id, 6, sent("p")).await;
    assert_eq!(claim(store, 7).await, [behind]);
}

pub(crate) async fn what_is_sent_again_is_of_the_kind_that_was_accepted(store: &dyn Store) {
    let c = begin(store).await;
    let plan: Planner = Box::new(|ledger| {
        let mut plan = text_plan("text", Box::new(allow))(ledger)?;
        plan.messages[0].sent_as = Some("buttons".to_owned());
        Ok(plan)
    });
    let id = queued(store, NewMessage { plan, ..new_message(c, "text", 1) }).await;
    assert_eq!(claim(store, 1).await, [id]);
    record(store, id, 2, failed()).await;
    let Retried::Queued(again) = retry_at(store, id, 3).await else { panic!("not queued") };
    for message in [message(store, id).await, again] {
        assert_eq!(message.sent_as.as_deref(), Some("buttons"));
    }
}

pub(crate) async fn a_second_press_is_the_same_message(store: &dyn Store) {
    let c = begin(store).await;
    let first = refused(store, c).await;
    let pressed = join_all((0..8).map(|_| retry_at(store, first, 4))).await;
    let queued = pressed.iter().filter(|retried| matches!(retried, Retried::Queued(_))).count();
    assert_eq!(queued, 1);
    assert_eq!(outbound(store, c).await.len(), 2);
    let never = |_: WindowLedger| panic!("a repetition asks for no verdict");
    let Retried::Repeated(again) = store.retry(first, at(9), Box::new(never)).await.unwrap() else {
        panic!("not repeated")
    };
    assert_eq!(again.dispatch.retry_of, Some(first));
    assert_eq!(used(store, c).await, 1);
}

pub(crate) async fn a_retry_that_cannot_be_sent_says_why_and_changes_nothing(store: &dyn Store) {
    let c = begin(store).await;
    let first = refused(store, c).await;
    let denied = store.retry(first, at(4), quota(0)).await.unwrap();
    assert_eq!(denied, Retried::Denied(vec![reason()]));
    assert_eq!(conversation(store, c).await.held_by, Some(first));
    assert_eq!((outbound(store, c).await.len(), used(store, c).await), (1, 0));

    store.resume(c).await.unwrap();
    let holder = refused(store, c).await;
    let Retried::Denied(reasons) = retry_at(store, first, 5).await else { panic!("not denied") };
    let codes: Vec<_> = reasons.iter().map(|reason: &Reason| reason.code.as_str()).collect();
    assert_eq!(codes, ["conversation.held"]);
    assert!(matches!(retry_at(store, holder, 6).await, Retried::Queued(_)));
    assert!(matches!(retry_at(store, first, 7).await, Retried::Queued(_)));
}

pub(crate) async fn only_what_failed_here_is_sent_again(store: &dyn Store) {
    let c = begin(store).await;
    let inbound = thread(store, c).await[0].id;
    assert_eq!(retry_at(store, inbound, 1).await, Retried::NotFailed(Status::Received));
    assert_eq!(retry_at(store, MessageId::generate(), 1).await, Retried::UnknownMessage);
    let id = say(store, c, "text", 1).await;
    assert_eq!(retry_at(store, id, 1).await, Retried::NotFailed(Status::Queued));
    claim(store, 2).await;
    assert_eq!(retry_at(store, id, 2).await, Retried::NotFailed(Status::Sending));
    record(store, id, 3, uncertain()).await;
    assert_eq!(retry_at(store, id, 3).await, Retried::NotFailed(Status::Uncertain));
}

pub(crate) async fn what_waits_can_be_given_up_and_nothing_else(store: &dyn Store) {
    let c = begin(store).await;
    let sending = begin_send(store, c, "on its way", 1).await;
    let (one, other) = (say(store, c, "one", 1).await, say(store, c, "other", 1).await);
    assert_eq!(store.discard_message(one, at(2)).await.unwrap(), Some(Status::Failed));
    assert_eq!(store.discard_message(sending, at(2)).await.unwrap(), Some(Status::Sending));
    assert_eq!(store.discard_message(MessageId::generate(), at(2)).await.unwrap(), None);
    assert_eq!((status(store, sending).await, used(store, c).await), (Status::Sending, 2));
    assert_eq!(conversation(store, c).await.held_by, None);
    let given_up = message(store, one).await;
    let last = given_up.history.last().unwrap();
    assert_eq!((last.status, last.signal, last.at), (Status::Failed, Signal::Person, at(2)));
    assert_eq!(given_up.reason.unwrap().code.as_str(), "message.discarded");

    record(store, sending, 3, failed()).await;
    assert_eq!(conversation(store, c).await.held_by, Some(sending));
    let elsewhere = open(store, "d").await;
    let elsewhere = say(store, elsewhere, "elsewhere", 3).await;
    assert_eq!(store.discard(c, at(4)).await.unwrap(), [other]);
    assert_eq!((used(store, c).await, conversation(store, c).await.held_by), (0, None));
    assert!(store.discard(c, at(5)).await.unwrap().is_empty());
    assert_eq!(claim(store, 6).await, [elsewhere]);
}

pub(crate) async fn a_scheduled_message_waits_for_its_time_and_nobody_waits_for_it(store: &dyn Store) {
    let c = begin(store).await;
    let scheduled = NewMessage { send_at: Some(at(50)), ..new_message(c, "at fifty", 1) };
    let scheduled = queued(store, scheduled).await;
    let now = say(store, c, "now", 2).await;
    assert_eq!(used(store, c).await, 2, "it has its place");
    assert_eq!(store.next_retry(INSTANCE, at(3)).await.unwrap(), Some(at(50)));
    assert_eq!(claim(store, 3).await, [now]);
    record(store, now, 4, sent("p1")).await;
    assert!(claim(store, 49).await.is_empty());
    let later = say(store, c, "later", 49).await;
    assert_eq!(claim(store, 50).await, [scheduled], "once due it stands where it was put in line");
    record(store, scheduled, 51, retry(70)).await;
    assert!(claim(store, 60).await.is_empty(), "a retry holds the line as any other");
    assert_eq!(claim(store, 70).await, [scheduled]);
    record(store, scheduled, 71, sent("p2")).await;
    assert_eq!(claim(store, 72).await, [later]);
}

pub(crate) async fn what_needs_a_person_is_found(store: &dyn Store) {
    let c = begin(store).await;
    let account = conversation(store, c).await.account;
    let mut refused_ones = Vec::new();
    for _ in 0..5 {
        refused_ones.push(refused(store, c).await);
        store.resume(c).await.unwrap();
    }
    let waits = say(store, c, "waits", 9).await;
    let find = |status, account, instance: Option<&str>| {
        let sought = Sought { status, account, instance: instance.map(str::to_owned) };
        async move {
            let (mut found, mut after) = (Vec::new(), None);
            loop {
                let page = store.sought(&Scope::Everything, sought.clone(), after, 2).await.unwrap();
                found.extend(page.items.into_iter().map(|message| message.id));
                after = page.next;
                if after.is_none() {
                    return found;
                }
            }
        }
    };
    refused_ones.reverse();
    assert_eq!(find(Status::Failed, None, None).await, refused_ones, "the newest first");
    assert_eq!(find(Status::Failed, Some(account), Some(INSTANCE)).await, refused_ones);
    assert_eq!(find(Status::Queued, None, Some(INSTANCE)).await, [waits]);
    assert!(find(Status::Queued, None, Some("other")).await.is_empty());
    let nobody = jackfield::model::AccountId::generate();
    assert!(find(Status::Queued, Some(nobody), None).await.is_empty());
    assert!(find(Status::Received, None, None).await.is_empty(), "only what goes out");
    let sought = Sought { status: Status::Queued, account: None, instance: None };
    let elsewhere = Scope::Accounts([nobody].into());
    assert!(store.sought(&elsewhere, sought, None, 2).await.unwrap().items.is_empty(), "it is out of scope");
}
