//! Lists in pages.

use connector_api::Timestamp;
use jackfield::{
    model::{Account, AccountId, ConversationId, MessageId, Scope},
    store::{ConversationFilter, Store},
};

use super::fixture::*;

/// Times with many equal ones among them.
const TIMES: [i64; 12] = [5, 5, 5, 1, 9, 5, 1, 9, 9, 5, 5, 0];

fn newest_first<T: Ord + Copy>(rows: &[(Timestamp, T)]) -> bool {
    rows.windows(2).all(|pair| pair[0] > pair[1])
}

pub(crate) async fn pages_of_messages_lose_and_repeat_nothing(store: &dyn Store) {
    let c = begin(store).await;
    for (n, seconds) in TIMES.iter().enumerate() {
        deliver(store, 10, received("c", &format!("m{n}"), *seconds)).await;
    }
    for limit in [1, 2, 3, 5, 12, 13, 14, u32::MAX] {
        let (mut rows, mut after) = (Vec::new(), None);
        loop {
            let page = store.messages(c, after, limit).await.unwrap();
            assert!(page.items.len() <= limit as usize && !page.items.is_empty());
            assert!(rows.len() < 100, "the list has no end");
            rows.extend(page.items.iter().map(|m| (m.sent_at, m.id)));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(rows.len(), TIMES.len() + 1, "{limit}");
        assert!(newest_first(&rows), "{limit} {rows:?}");
    }
}

pub(crate) async fn pages_of_conversations_lose_and_repeat_nothing(store: &dyn Store) {
    connect(store).await;
    for (n, seconds) in TIMES.iter().enumerate() {
        deliver(store, 10, received(&format!("c{n}"), "m", *seconds)).await;
    }
    for limit in [1, 2, 3, 5, 11, 12, 13] {
        let (mut rows, mut after) = (Vec::new(), None);
        loop {
            let page = store
                .conversations(&Scope::Everything, ConversationFilter::default(), after, limit)
                .await
                .unwrap();
            assert!(page.items.len() <= limit as usize && !page.items.is_empty());
            assert!(rows.len() < 100, "the list has no end");
            rows.extend(page.items.iter().map(|c| (c.last_message_at, c.id)));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(rows.len(), TIMES.len(), "{limit}");
        assert!(newest_first(&rows), "{limit} {rows:?}");
    }
}

pub(crate) async fn lists_of_a_scope_hold_what_is_in_it_in_full_pages(store: &dyn Store) {
    let mine = connect(store).await;
    let others = store.save_account(authorized(INSTANCE, "other"), at(0)).await.unwrap();
    for n in 0..6 {
        deliver(store, 10, received(&format!("c{n}"), "m", 2 * n)).await;
        let mut event = received(&format!("o{n}"), "m", 2 * n + 1);
        "other".clone_into(&mut event.account);
        deliver(store, 10, event).await;
    }
    let only = |account: &Account| Scope::Accounts([account.id].into());
    for (scope, expected) in [
        (Scope::Everything, vec![&mine, &others]),
        (only(&mine), vec![&mine]),
        (only(&others), vec![&others]),
        (Scope::Accounts([].into()), vec![]),
    ] {
        assert!(store.accounts(&scope).await.unwrap().iter().eq(expected.iter().copied()), "{scope:?}");
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = store.conversations(&scope, ConversationFilter::default(), after, 2).await.unwrap();
            assert!(page.next.is_none() || page.items.len() == 2, "{scope:?}: a page that is not full");
            found.extend(page.items.iter().map(|conversation| conversation.account));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found.len(), 6 * expected.len(), "{scope:?}");
        assert!(found.iter().all(|account| scope.covers(*account)), "{scope:?}");
    }
}

pub(crate) async fn the_end_of_a_list_is_known(store: &dyn Store) {
    let empty =
        store.conversations(&Scope::Everything, ConversationFilter::default(), None, 5).await.unwrap();
    assert!(empty.items.is_empty() && empty.next.is_none());
    let c = begin(store).await;
    let exact = store.messages(c, None, 1).await.unwrap();
    assert_eq!((exact.items.len(), exact.next), (1, None));
    deliver(store, 1, received("c", "second", 1)).await;
    let first = store.messages(c, None, 1).await.unwrap();
    assert_eq!(first.items[0].platform_id.as_deref(), Some("second"));
    // What comes later is newer than the cursor and does not disturb it.
    deliver(store, 2, received("c", "third", 2)).await;
    let second = store.messages(c, first.next, 1).await.unwrap();
    assert_eq!(second.items[0].platform_id.as_deref(), Some("hello"));
    assert_eq!(second.next, None);
    let nothing = store.messages(c, None, 0).await.unwrap();
    assert!(nothing.items.is_empty() && nothing.next.is_none());
}

pub(crate) async fn what_is_not_there_is_none(store: &dyn Store) {
    assert_eq!(store.conversation(ConversationId::generate()).await.unwrap(), None);
    assert_eq!(store.message(MessageId::generate()).await.unwrap(), None);
    assert_eq!(store.account(AccountId::generate()).await.unwrap(), None);
    assert_eq!(store.credentials(AccountId::generate()).await.unwrap(), None);
    assert!(store.messages(ConversationId::generate(), None, 5).await.unwrap().items.is_empty());
    assert!(store.accounts(&Scope::Everything).await.unwrap().is_empty());
    assert!(claim(store, 0).await.is_empty());
    assert_eq!(store.recover(at(0)).await.unwrap(), 0);
}
