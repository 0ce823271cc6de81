//! The reply window: refilled by the contact, never widened by the order of things.

use connector_api::{
    EchoOrigin, Timestamp,
    capabilities::{Permit, Reserved, WindowLedger},
};
use jackfield::{
    model::ConversationId,
    store::{Decision, NewMessage, Outcome, Store},
};

use super::fixture::*;

async fn ledger(store: &dyn Store, id: ConversationId) -> WindowLedger {
    conversation(store, id).await.ledger
}

/// When the contact last wrote, and the places used since.
async fn place(store: &dyn Store, id: ConversationId) -> (Option<Timestamp>, u32) {
    let ledger = ledger(store, id).await;
    (ledger.last_inbound_at, ledger.used)
}

pub(crate) async fn each_later_message_of_the_contact_refills_the_quota(store: &dyn Store) {
    let c = begin(store).await;
    assert_eq!(place(store, c).await, (Some(at(0)), 0));
    for n in 1..=3 {
        send(store, c, &format!("p{n}"), n).await;
        assert_eq!(used(store, c).await, u32::try_from(n).unwrap());
    }
    deliver(store, 10, received("c", "again", 9)).await;
    let whole = WindowLedger {
        last_inbound_at: Some(at(9)),
        used: 0,
        first_inbound_at: Some(at(0)),
        wrote_again: true,
        used_after_close: 0,
        total: 3,
        last_sent_at: Some(at(0)),
    };
    assert_eq!(ledger(store, c).await, whole, "all of it is remembered");
}

pub(crate) async fn late_and_future_times_never_widen_the_window(store: &dyn Store) {
    // Seconds of (arrival, platform's time), and the window's beginning and places used after two sends at 100.
    type Case = (&'static str, &'static [(i64, i64)], i64, u32);
    connect(store).await;
    let cases: [Case; 7] = [
        ("older", &[(101, 50)], 100, 2),
        ("equal", &[(101, 100)], 100, 2),
        ("newer", &[(102, 102)], 102, 0),
        ("future is now", &[(110, 9_999)], 110, 0),
        ("future twice at one moment", &[(110, 9_999), (110, 8_888)], 110, 0),
        ("out of order", &[(130, 120), (131, 110)], 120, 0),
        ("before the epoch", &[(130, -1_800_000_000)], 100, 2),
    ];
    for (name, arrivals, opened, places) in cases {
        let c = open(store, name).await;
        deliver(store, 100, received(name, "first", 100)).await;
        send(store, c, "p1", 100).await;
        send(store, c, "p2", 100).await;
        // The echoes tell that both were sent at the very beginning of the window.
        deliver(store, 101, echoed_in(name, "p1", "answer", 100, EchoOrigin::Api)).await;
        deliver(store, 101, echoed_in(name, "p2", "answer", 100, EchoOrigin::Api)).await;
        for (n, (arrives, sent_at)) in arrivals.iter().enumerate() {
            deliver(store, *arrives, received(name, &format!("m{n}"), *sent_at)).await;
        }
        assert_eq!(place(store, c).await, (Some(at(opened)), places), "{name}");
    }
}

pub(crate) async fn replies_that_wait_are_carried_into_the_new_window(store: &dyn Store) {
    connect(store).await;
    let cases: [(&str, Option<Option<Outcome>>, u32); 7] = [
        ("queued", None, 1),
        ("sending", Some(None), 1),
        ("retry", Some(Some(retry(900))), 1),
        ("uncertain", Some(Some(uncertain())), 1),
        ("sent", Some(Some(sent("p"))), 0),
        ("failed", Some(Some(failed())), 0),
        ("sending after all", Some(None), 1),
    ];
    for (name, outcome, carried) in cases {
        let c = open(store, name).await;
        let id = say(store, c, "answer", 1).await;
        if let Some(outcome) = outcome {
            assert!(claim(store, 2).await.contains(&id));
            if let Some(outcome) = outcome {
                record(store, id, 3, outcome).await;
            }
        }
        deliver(store, 10, received(name, "again", 9)).await;
        assert_eq!(used(store, c).await, carried, "{name}");
        say(store, c, "next", 11).await;
        assert_eq!(used(store, c).await, carried + 1, "{name}");
    }
}

/// The contact wrote before our reply, but we hear of it after: the platform counts the reply in the new window.
pub(crate) async fn a_reply_sent_after_a_late_message_counts_in_its_window(store: &dyn Store) {
    let c = begin(store).await;
    send(store, c, "p1", 10).await;
    send(store, c, "p2", 30).await;
    deliver(store, 31, echoed("p3", "a colleague", 31, EchoOrigin::App)).await;
    deliver(store, 40, received("c", "late", 20)).await;
    assert_eq!(place(store, c).await, (Some(at(20)), 2));
}

/// It was queued before the contact wrote and came back after that: until its echo tells when it was sent, it may have been later.
pub(crate) async fn a_reply_counts_in_the_new_window_until_its_echo_says_otherwise(store: &dyn Store) {
    connect(store).await;
    for (name, echoed_at, places) in [("no echo", None, 1), ("before", Some(15), 0), ("after", Some(25), 1)] {
        let c = open(store, name).await;
        let id = begin_send(store, c, "answer", 10).await;
        record(store, id, 30, sent(name)).await;
        if let Some(seconds) = echoed_at {
            deliver(store, 31, echoed_in(name, name, "answer", seconds, EchoOrigin::Api)).await;
        }
        deliver(store, 40, received(name, "meanwhile", 20)).await;
        assert_eq!(place(store, c).await, (Some(at(20)), places), "{name}");
    }
}

pub(crate) async fn places_are_given_back_only_where_nothing_was_sent(store: &dyn Store) {
    connect(store).await;
    let cases = [
        ("sent", sent("p"), None, 1),
        ("retry", retry(900), None, 1),
        ("failed", failed(), None, 0),
        ("uncertain", uncertain(), None, 1),
        ("was sent", uncertain(), Some(Decision::WasSent), 1),
        ("was not sent", uncertain(), Some(Decision::WasNotSent), 0),
    ];
    for (name, outcome, decision, places) in cases {
        let c = open(store, name).await;
        let id = begin_send(store, c, "answer", 1).await;
        record(store, id, 2, outcome).await;
        if let Some(decision) = decision {
            store.decide(id, decision, at(3)).await.unwrap();
        }
        assert_eq!(used(store, c).await, places, "{name}");
    }
}

pub(crate) async fn a_place_of_an_earlier_window_is_not_given_to_the_next(store: &dyn Store) {
    let c = begin(store).await;
    let id = begin_send(store, c, "answer", 1).await;
    say(store, c, "second", 2).await;
    deliver(store, 5, received("c", "again", 4)).await;
    assert_eq!(used(store, c).await, 2, "both are carried");
    record(store, id, 6, failed()).await;
    assert_eq!(used(store, c).await, 1, "the carried place is given back");
    deliver(store, 7, received("c", "and again", 3)).await;
    assert_eq!(used(store, c).await, 1, "what is older changes nothing");
}

pub(crate) async fn a_message_without_a_place_gives_none_back(store: &dyn Store) {
    let c = begin(store).await;
    send(store, c, "p1", 1).await;
    let free = |ledger| {
        Ok(Reserved { ledger, permit: Permit { places: 0, reserved_under: None, expires_at: None } })
    };
    let new = NewMessage { plan: text_plan("free", Box::new(free)), ..new_message(c, "free", 2) };
    let message = queued(store, new).await;
    assert_eq!(used(store, c).await, 1);
    assert_eq!(claim(store, 3).await, [message]);
    record(store, message, 4, failed()).await;
    assert_eq!(used(store, c).await, 1);
}

pub(crate) async fn what_the_channel_does_not_count_takes_no_place(store: &dyn Store) {
    store.use_windows(INSTANCE, &windows(1_000)).await.unwrap();
    let c = begin(store).await;
    deliver(store, 3, echoed("auto", "we are closed", 2, EchoOrigin::Automatic)).await;
    assert_eq!(used(store, c).await, 0);
    deliver(store, 4, echoed("app", "hi", 3, EchoOrigin::App)).await;
    assert_eq!(used(store, c).await, 1, "what is not declared counts");
}

pub(crate) async fn messages_of_colleagues_take_places_too(store: &dyn Store) {
    let c = begin(store).await;
    deliver(store, 3, echoed("before", "old", -1, EchoOrigin::App)).await;
    assert_eq!(used(store, c).await, 0, "written before the window opened");
    for (n, origin) in [EchoOrigin::App, EchoOrigin::Api, EchoOrigin::Automatic].into_iter().enumerate() {
        deliver(store, 3, echoed(&format!("e{n}"), "hi", 2, origin)).await;
        deliver(store, 4, echoed(&format!("e{n}"), "hi", 2, origin)).await;
    }
    assert_eq!(used(store, c).await, 3);
}
