//! Fair turns: who goes first, and that nobody waits for ever.

use std::collections::BTreeMap;

use jackfield::{
    model::{ConversationId, MessageId, Priority, Scope},
    store::{ConversationFilter, Decision, NewMessage, Outcome, Store},
};

use super::fixture::*;

/// The contact of a conversation of another account wrote at second 0.
async fn open_at(store: &dyn Store, account: &str, conversation: &str) -> ConversationId {
    store.save_account(authorized(INSTANCE, account), at(0)).await.unwrap();
    let mut event = received(conversation, "hello", 0);
    event.account = account.to_owned();
    deliver(store, 0, event).await;
    let all = store
        .conversations(&Scope::Everything, ConversationFilter::default(), None, 10_000)
        .await
        .unwrap()
        .items;
    all.iter().find(|c| c.platform_id == conversation).unwrap().id
}

async fn put(store: &dyn Store, new: NewMessage) -> MessageId {
    match store.enqueue(new).await.unwrap() {
        jackfield::store::Enqueued::Queued(messages) => messages[0].id,
        other => panic!("{other:?}"),
    }
}

async fn say_bulk(store: &dyn Store, conversation: ConversationId) -> MessageId {
    put(store, NewMessage { priority: Priority::Bulk, ..new_message(conversation, "news", 1) }).await
}

async fn say_bulk_until(store: &dyn Store, conversation: ConversationId, end: i64) -> MessageId {
    let new = NewMessage { plan: text_plan("soon", until(end)), ..new_message(conversation, "soon", 1) };
    put(store, NewMessage { priority: Priority::Bulk, ..new }).await
}

/// So many claims, one after the other.
async fn turns(store: &dyn Store, seconds: i64, count: usize) -> Vec<MessageId> {
    let mut claimed = Vec::new();
    for _ in 0..count {
        let next = store.claim(INSTANCE, at(seconds), 1).await.unwrap();
        claimed.extend(next.into_iter().map(|claimed| claimed.message));
    }
    claimed
}

/// One message in each of so many conversations of an account.
async fn fill(store: &dyn Store, account: &str, count: usize, priority: Priority) -> Vec<MessageId> {
    let mut queued = Vec::new();
    for number in 0..count {
        let conversation = open_at(store, account, &format!("{account} {number}")).await;
        queued.push(put(store, NewMessage { priority, ..new_message(conversation, "text", 1) }).await);
    }
    queued
}

pub(crate) async fn what_somebody_waits_for_goes_before_what_nobody_does(store: &dyn Store) {
    let bulk = fill(store, "a", 3, Priority::Bulk).await;
    let c = open_at(store, "a", "c").await;
    let reply = say(store, c, "reply", 2).await;
    assert_eq!(turns(store, 3, 4).await, [reply, bulk[0], bulk[1], bulk[2]]);
}

pub(crate) async fn every_tenth_turn_is_of_what_nobody_waits_for(store: &dyn Store) {
    let bulk = fill(store, "a", 3, Priority::Bulk).await;
    fill(store, "a2", 40, Priority::Interactive).await;
    let taken = turns(store, 2, 30).await;
    let at_turns: Vec<_> =
        bulk.iter().map(|id| taken.iter().position(|taken| taken == id).unwrap() + 1).collect();
    assert_eq!(at_turns, [10, 20, 30]);
}

pub(crate) async fn accounts_take_turns(store: &dyn Store) {
    let many = fill(store, "many", 6, Priority::Interactive).await;
    assert_eq!(turns(store, 2, 2).await, many[..2]);
    let few = fill(store, "few", 2, Priority::Interactive).await;
    let one = fill(store, "one", 1, Priority::Interactive).await;
    let next = turns(store, 2, 5).await;
    assert!(next[..2].contains(&few[0]) && next[..2].contains(&one[0]), "new ones wait for one turn at most");
    assert_eq!(next[2..], [many[2], few[1], many[3]]);
    assert_eq!(turns(store, 2, 9).await, many[4..]);
}

pub(crate) async fn a_conversation_full_of_bulk_does_not_hold_up_another_account(store: &dyn Store) {
    let full = open_at(store, "full", "full").await;
    for _ in 0..5 {
        say_bulk(store, full).await;
    }
    fill(store, "full", 20, Priority::Bulk).await;
    let other = open_at(store, "other", "other").await;
    let news = say_bulk(store, other).await;
    assert!(turns(store, 2, 2).await.contains(&news));
}

pub(crate) async fn an_awaited_reply_takes_along_what_stands_before_it(store: &dyn Store) {
    let others = fill(store, "a", 3, Priority::Bulk).await;
    let c = open_at(store, "a", "c").await;
    let news = say_bulk(store, c).await;
    let reply = say(store, c, "reply", 2).await;
    assert_eq!(turns(store, 3, 1).await, [news]);
    record(store, news, 3, sent("p")).await;
    assert_eq!(turns(store, 3, 2).await, [reply, others[0]]);
}

pub(crate) async fn a_message_whose_window_closes_soon_goes_first(store: &dyn Store) {
    let replies = fill(store, "a", 3, Priority::Interactive).await;
    let (c, d) = (open_at(store, "a", "c").await, open_at(store, "a", "d").await);
    let later = say_bulk_until(store, c, 10_000).await;
    let sooner = say_bulk_until(store, d, 9_999).await;
    assert_eq!(turns(store, 9_000, 1).await, [replies[0]], "there is time for both");
    assert_eq!(turns(store, 9_500, 2).await, [sooner, later], "the one that closes first");
}

pub(crate) async fn windows_that_close_leave_every_fourth_turn_to_who_waits(store: &dyn Store) {
    for number in 0..20 {
        let conversation = open_at(store, "a", &format!("closing {number}")).await;
        say_bulk_until(store, conversation, 100).await;
    }
    let replies = fill(store, "a", 2, Priority::Interactive).await;
    let taken = turns(store, 2, 8).await;
    assert_eq!([taken[3], taken[7]], replies[..]);
}

pub(crate) async fn a_window_that_opens_anew_takes_the_haste_away(store: &dyn Store) {
    let replies = fill(store, "a", 2, Priority::Interactive).await;
    store.use_windows(INSTANCE, &windows(1_000)).await.unwrap();
    let c = begin(store).await;
    let news = say_bulk_until(store, c, 1_000).await;
    deliver(store, 500, received("c", "more", 500)).await;
    assert_eq!(turns(store, 590, 1).await, [replies[0]], "it closes at 1500 now");
    assert_eq!(turns(store, 601, 1).await, [news]);
}

pub(crate) async fn an_account_that_is_connected_again_has_no_turns_to_make_up(store: &dyn Store) {
    let one = fill(store, "one", 6, Priority::Interactive).await;
    let two = fill(store, "two", 6, Priority::Interactive).await;
    let account =
        store.accounts(&Scope::Everything).await.unwrap().iter().find(|a| a.platform_id == "two").unwrap().id;
    store.needs_attention(account, reason(), at(2), at(2)).await.unwrap();
    assert_eq!(turns(store, 3, 3).await, one[..3]);
    store.save_account(authorized(INSTANCE, "two"), at(4)).await.unwrap();
    assert_eq!(turns(store, 5, 4).await, [two[0], one[3], two[1], one[4]]);
}

/// What one conversation should be like.
#[derive(Debug, Default)]
struct Model {
    queued: Vec<(MessageId, i64)>,
    sending: Option<MessageId>,
    doubtful: Option<MessageId>,
    is_held: bool,
}

impl Model {
    fn next(&self, now: i64) -> Option<MessageId> {
        let free = self.sending.is_none() && self.doubtful.is_none() && !self.is_held;
        self.queued.first().filter(|(_, not_before)| free && *not_before <= now).map(|(id, _)| *id)
    }
}

pub(crate) async fn whatever_happens_exactly_those_go_whose_turn_it_is(store: &dyn Store) {
    let mut models = BTreeMap::new();
    for number in 0..4 {
        let conversation = open_at(store, &format!("a{}", number % 2), &format!("c{number}")).await;
        models.insert(conversation, Model::default());
    }
    let conversations: Vec<_> = models.keys().copied().collect();
    let mut random = 7_u64;
    for now in 1..400 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (choice, which) = ((random >> 33) % 8, (random >> 40) as usize % conversations.len());
        let model = models.get_mut(&conversations[which]).unwrap();
        match (choice, model.sending, model.doubtful) {
            (0 | 1, ..) => model.queued.push((say(store, conversations[which], "text", now).await, 0)),
            (2, Some(id), _) => {
                record(store, id, now, sent(&format!("p{now}"))).await;
                model.sending = None;
            }
            (3, Some(id), _) => {
                record(store, id, now, retry(now + 5)).await;
                (model.sending, _) = (None, model.queued.insert(0, (id, now + 5)));
            }
            (4, Some(id), _) => {
                let outcome = if now % 2 == 0 { failed() } else { uncertain() };
                let fails = matches!(outcome, Outcome::Failed { .. });
                record(store, id, now, outcome).await;
                (model.sending, model.is_held) = (None, fails);
                model.doubtful = (!fails).then_some(id);
            }
            (5, _, Some(id)) => {
                store.decide(id, Decision::WasNotSent, at(now)).await.unwrap();
                (model.doubtful, model.is_held) = (None, true);
            }
            (6, ..) => {
                assert_eq!(store.resume(conversations[which]).await.unwrap(), model.is_held);
                model.is_held = false;
            }
            _ => {
                let may: Vec<_> = models.values().filter_map(|model| model.next(now)).collect();
                let went = turns(store, now, 1).await;
                assert_eq!(went.len(), may.len().min(1), "{now}: {models:?}");
                for model in models.values_mut() {
                    if let Some(id) = model.next(now).filter(|id| went.contains(id)) {
                        model.sending = Some(id);
                        model.queued.remove(0);
                    }
                }
                assert!(went.iter().all(|id| may.contains(id)), "{now}: {went:?} of {may:?}");
            }
        }
        let expected = models.values().any(|model| model.next(now).is_some());
        assert_eq!(store.ready(INSTANCE, at(now)).await.unwrap(), expected, "{now}: {models:?}");
    }
}
