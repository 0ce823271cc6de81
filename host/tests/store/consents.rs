//! Consents that end soon.

use std::time::Duration;

use connector_api::Timestamp;
use jackfield::{
    model::{Account, AccountId, InboxEventKind},
    store::{AuthorizedAccount, SealedCredentials, Store},
};

use super::fixture::*;

const DAY: i64 = 86_400;

fn ending(seconds: Option<i64>) -> SealedCredentials {
    SealedCredentials { refresh_expires_at: seconds.map(at), ..credentials(b"sealed") }
}

async fn consented(store: &dyn Store, seconds: Option<i64>, now: i64) -> AccountId {
    let account = AuthorizedAccount { credentials: ending(seconds), ..authorized(INSTANCE, ACCOUNT) };
    store.save_account(account, at(now)).await.unwrap().id
}

/// The next renewal brings this end.
async fn renewed(store: &dyn Store, account: AccountId, seconds: i64) {
    let version = store.credentials(account).await.unwrap().unwrap().version;
    assert!(store.finish_refresh(account, version, ending(Some(seconds))).await.unwrap());
}

async fn due(store: &dyn Store, now: i64) -> u32 {
    store.fall_due(at(now), Duration::ZERO, 100).await.unwrap().ending
}

async fn next(store: &dyn Store, now: i64) -> Option<Timestamp> {
    store.next_due(at(now), Duration::ZERO).await.unwrap()
}

async fn account(store: &dyn Store, id: AccountId) -> Account {
    store.account(id).await.unwrap().unwrap()
}

pub(crate) async fn the_end_of_a_consent_is_told_once_thirty_days_before(store: &dyn Store) {
    let id = consented(store, Some(365 * DAY), 0).await;
    assert_eq!(next(store, 0).await, Some(at(335 * DAY)));
    assert_eq!(due(store, 335 * DAY - 1).await, 0);
    assert!(!account(store, id).await.consent_ending);
    assert_eq!((due(store, 335 * DAY).await, due(store, 335 * DAY + 1).await), (1, 0));
    assert_eq!(next(store, 335 * DAY + 1).await, None);
    let told = events(store).await.into_iter().find(|e| e.kind == InboxEventKind::AccountConsentEnding);
    assert_eq!(told.map(|event| (event.account, event.at)), Some((Some(id), at(335 * DAY))));
    assert!(account(store, id).await.consent_ending);
}

pub(crate) async fn a_renewal_that_moves_an_end_a_little_brings_no_other_warning(store: &dyn Store) {
    let id = consented(store, Some(20 * DAY), 0).await;
    assert_eq!(due(store, 0).await, 1);
    for day in 1..=20 {
        renewed(store, id, (20 + day) * DAY).await;
        assert_eq!(due(store, day * DAY).await, 0, "day {day}");
    }
    assert!(account(store, id).await.consent_ending);
    renewed(store, id, 400 * DAY).await;
    assert!(!account(store, id).await.consent_ending, "that is another end");
    assert_eq!((due(store, 369 * DAY).await, due(store, 370 * DAY).await), (0, 1));
}

pub(crate) async fn a_consent_given_again_has_an_end_of_its_own(store: &dyn Store) {
    let id = consented(store, Some(20 * DAY), 0).await;
    assert_eq!(due(store, 0).await, 1);
    assert_eq!(consented(store, Some(21 * DAY), DAY).await, id);
    assert!(!account(store, id).await.consent_ending);
    assert_eq!(due(store, DAY).await, 1);
}

pub(crate) async fn nobody_is_warned_of_what_has_no_end_is_over_or_was_taken_out(store: &dyn Store) {
    let id = consented(store, None, 0).await;
    assert_eq!((next(store, 0).await, due(store, 0).await), (None, 0));
    consented(store, Some(10), 0).await;
    assert_eq!((next(store, 10).await, due(store, 10).await), (None, 0), "it is over");
    store.needs_attention(id, reason(), at(1), at(1)).await.unwrap();
    assert_eq!((next(store, 1).await, due(store, 1).await), (None, 0), "people know already");
    consented(store, Some(20 * DAY), 1).await;
    assert!(store.remove_account(id, at(2)).await.unwrap());
    assert_eq!((next(store, 2).await, due(store, 2).await), (None, 0), "it was taken out");
    assert!(!account(store, id).await.consent_ending);
}
