//! The ledger: tables for both profiles, and the law that disorder never widens.

use proptest::prelude::*;

use super::*;
use crate::document::Counts;

const HOUR: i64 = 3600;
const LENGTH: i64 = 48 * HOUR;

fn strict() -> Window {
    Window {
        length_seconds: Limit::At(LENGTH as u64),
        restarts: Restart::EachInbound,
        quota: Quota { max: Limit::At(10), refills_on_restart: true, ..Quota::default() },
        ..Window::default()
    }
}

fn guide() -> Window {
    let quota = Quota { max_later: Limit::Unbounded, ..strict().quota };
    Window { quota, after_close: Limit::At(3), ..strict() }
}

fn at(hour: i64) -> Timestamp {
    Timestamp::from_seconds(1_767_225_600).plus_seconds(hour * HOUR)
}

fn after(inbound: &[i64]) -> WindowLedger {
    inbound.iter().fold(WindowLedger::default(), |ledger, hour| ledger.inbound(at(*hour)))
}

#[test]
fn the_window_is_closed_exactly_at_its_length() {
    let closes_at = at(48);
    let last = Timestamp::from_millis(closes_at.as_millis() - 1);
    let open = WindowState::Open { closes_at: Some(closes_at), left: Some(10) };
    assert_eq!(after(&[0]).state(&strict(), last), open);
    assert_eq!(after(&[0]).state(&strict(), closes_at), WindowState::Closed { closed_at: closes_at });
}

#[test]
fn each_profile_leaves_what_it_says() {
    let (strict, guide) = (strict(), guide());
    type Row<'a> = (&'a Window, &'a [i64], u32, i64, Option<u32>);
    let table: &[Row<'_>] = &[
        (&strict, &[], 0, 0, Some(0)),
        (&strict, &[0], 0, 0, Some(10)),
        (&strict, &[0], 10, 1, Some(0)),
        (&strict, &[0, 1], 9, 2, Some(1)),
        (&strict, &[0, 1], 0, 49, Some(0)),
        (&guide, &[0], 0, 0, Some(10)),
        (&guide, &[0], 10, 1, Some(0)),
        (&guide, &[0, 1], 0, 2, None),
        (&guide, &[0, 1], 500, 2, None),
        (&guide, &[0], 10, 48, Some(3)),
        (&guide, &[0, 1], 500, 49, Some(3)),
    ];
    for (window, inbound, sent, now, expected) in table {
        let start = *inbound.last().unwrap_or(&0);
        let ledger = after(inbound).taken(window, *sent, at(start));
        assert_eq!(ledger.state(window, at(*now)).left(), *expected, "{inbound:?} {sent} sent, now {now}");
    }
}

#[test]
fn under_the_guide_three_messages_follow_the_close_and_the_customer_resets_them() {
    let mut ledger = after(&[0]);
    for left in [2, 1] {
        ledger = ledger.taken(&guide(), 1, at(50));
        let trailing = WindowState::Trailing { closed_at: at(48), left: Some(left) };
        assert_eq!(ledger.state(&guide(), at(51)), trailing);
    }
    ledger = ledger.taken(&guide(), 1, at(52));
    assert_eq!(ledger.state(&guide(), at(53)), WindowState::Closed { closed_at: at(48) });
    assert_eq!(ledger.inbound(at(54)).state(&guide(), at(54)).left(), None);
    assert_eq!(ledger.inbound(at(54)).state(&guide(), at(200)).left(), Some(3));
}

#[test]
fn a_window_without_end_or_quota_is_open_and_one_without_figures_is_unknown() {
    let day = |max| Window {
        length_seconds: Limit::At(86_400),
        quota: Quota { max, ..strict().quota },
        ..strict()
    };
    let open = |hour| WindowState::Open { closes_at: Some(at(hour)), left: None };
    assert_eq!(
        after(&[0]).taken(&day(Limit::Unbounded), 900, at(1)).state(&day(Limit::Unbounded), at(23)),
        open(24)
    );
    assert_eq!(after(&[0]).state(&day(Limit::Unknown), at(1)), WindowState::Unknown);
    let endless = Window { length_seconds: Limit::Unbounded, ..strict() };
    let state = after(&[0]).state(&endless, at(9_999));
    assert_eq!(state, WindowState::Open { closes_at: None, left: Some(10) });
    let vague = Window { length_seconds: Limit::Unknown, ..strict() };
    assert_eq!(after(&[0]).state(&vague, at(1)), WindowState::Unknown);
}

#[test]
fn a_window_that_never_restarts_counts_from_the_first_message() {
    let once = Window { restarts: Restart::Never, ..strict() };
    assert_eq!(after(&[0, 40]).state(&once, at(47)).left(), Some(10));
    assert_eq!(after(&[0, 40]).state(&once, at(48)), WindowState::Closed { closed_at: at(48) });
    assert_eq!(after(&[0]).taken(&once, 9, at(1)).inbound(at(2)).state(&once, at(3)).left(), Some(1));
}

#[test]
fn a_quota_that_does_not_refill_stays_used() {
    let kept = Window { quota: Quota { refills_on_restart: false, ..strict().quota }, ..strict() };
    let ledger = after(&[0]).taken(&kept, 7, at(1)).inbound(at(2));
    assert_eq!(ledger.state(&kept, at(3)).left(), Some(3));
}

#[test]
fn what_counts_is_declared_and_unknown_counts() {
    let counting = |app, automatic| {
        let counts = Counts { api: Some(true), app, automatic, signals: Some(false) };
        Window { quota: Quota { counts, ..strict().quota }, ..strict() }
    };
    let table = [
        (Writer::Api, None, None, 9),
        (Writer::App, None, None, 9),
        (Writer::App, Some(true), None, 9),
        (Writer::App, Some(false), None, 10),
        (Writer::Automatic, None, None, 9),
        (Writer::Automatic, None, Some(false), 10),
    ];
    for (by, app, automatic, left) in table {
        let window = counting(app, automatic);
        let state = after(&[0]).echo(&window, by, at(1)).state(&window, at(2));
        assert_eq!(state.left(), Some(left), "{by:?} {app:?} {automatic:?}");
    }
    let late = after(&[0, 5]).echo(&strict(), Writer::App, at(3));
    assert_eq!(late.state(&strict(), at(6)).left(), Some(10), "it belongs to the window before");
}

#[test]
fn a_place_of_an_earlier_window_is_not_given_to_the_next_one() {
    let reserved = after(&[0]).sent(at(0));
    let next = reserved.inbound(at(1)).sent(at(1));
    assert_eq!(next.released(Some(at(0))).used, 1);
    assert_eq!(next.released(next.last_inbound_at).used, 0);
}

#[derive(Debug, Clone, Copy)]
enum Event {
    Inbound,
    Sent,
    Echo,
}

fn carried_out(window: &Window, events: &[(i64, Event)]) -> WindowLedger {
    events.iter().fold(WindowLedger::default(), |ledger, (hour, event)| match event {
        Event::Inbound => ledger.inbound(at(*hour)),
        Event::Sent => ledger.taken(window, 1, at(*hour)),
        Event::Echo => ledger.echo(window, Writer::App, at(*hour)),
    })
}

fn windows() -> impl Strategy<Value = Window> {
    let never = Window { restarts: Restart::Never, ..guide() };
    let kept = Window { quota: Quota { refills_on_restart: false, ..guide().quota }, ..guide() };
    prop::sample::select(vec![strict(), guide(), never, kept])
}

fn events() -> impl Strategy<Value = Vec<(i64, Event)>> {
    let kind = prop::sample::select(vec![Event::Inbound, Event::Sent, Event::Echo]);
    prop::collection::vec((0_i64..120, kind), 1..16)
}

/// Room at a moment; without end is more than any number.
fn room(ledger: WindowLedger, window: &Window, now: i64) -> u64 {
    ledger.state(window, at(now)).left().map_or(u64::MAX, u64::from)
}

proptest! {
    #[test]
    fn disorder_and_repetition_never_widen(
        window in windows(),
        (told, repeated) in events().prop_flat_map(|told| {
            (Just(told.clone()).prop_shuffle(), prop::sample::subsequence(told.clone(), 0..=told.len()))
        }),
        now in 0_i64..240,
    ) {
        let mut in_order = told.clone();
        in_order.sort_by_key(|(hour, event)| (*hour, !matches!(event, Event::Inbound)));
        let happened = carried_out(&window, &in_order);
        let heard = carried_out(&window, &told);
        prop_assert!(room(heard, &window, now) <= room(happened, &window, now), "{heard:?} {happened:?}");
        let twice: Vec<_> = told.iter().chain(&repeated).copied().collect();
        let twice = carried_out(&window, &twice);
        prop_assert!(room(twice, &window, now) <= room(happened, &window, now), "{twice:?} {happened:?}");
    }

    #[test]
    fn what_is_taken_is_missing_afterwards(window in windows(), told in events(), now in 0_i64..240, places in 0_u32..12) {
        let before = carried_out(&window, &told);
        let after = before.taken(&window, places, at(now));
        let (had, has) = (room(before, &window, now), room(after, &window, now));
        if had == u64::MAX {
            prop_assert_eq!(has, had);
        } else {
            prop_assert_eq!(has, had.saturating_sub(u64::from(places)));
        }
    }
}
