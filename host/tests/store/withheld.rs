//! Messages that a platform announces without handing them on: found where only one conversation can hold them.

use connector_api::{
    Event, EventKind, EventPage, ListedConversation,
    capabilities::{AccountLayer, Reason, ReasonCode},
};
use jackfield::{
    model::{AccountId, InboxEventKind},
    store::{ConversationFilter, DueWithheld, Store},
};

use super::fixture::*;

/// An account that wants to have them found.
async fn opted_in(store: &dyn Store) -> AccountId {
    let account = connect(store).await.id;
    let layer = AccountLayer { opt_ins: ["history.withheld".to_owned()].into(), ..AccountLayer::default() };
    assert!(store.set_account_layer(account, layer).await.unwrap());
    account
}

/// The platform announces a message of that second.
async fn announced(store: &dyn Store, seconds: i64) {
    let reason = Reason::permanent(ReasonCode::REGION_PEER_BLOCKED, "Not handed on.");
    let kind = EventKind::MessageWithheld { reason };
    deliver(store, seconds, Event::new(ACCOUNT, format!("withheld {seconds}"), at(seconds), kind)).await;
}

async fn due(store: &dyn Store, seconds: i64) -> Option<DueWithheld> {
    store.due_withheld(INSTANCE, at(seconds)).await.unwrap()
}

fn listed(id: &str, seconds: i64) -> ListedConversation {
    ListedConversation::new(id, Some(at(seconds)), Vec::new())
}

/// How many were announced, found and given up.
async fn counts(store: &dyn Store, account: AccountId) -> (u64, u64, u64) {
    let withheld = store.account(account).await.unwrap().unwrap().withheld.unwrap();
    (withheld.count, withheld.found, withheld.given_up)
}

async fn told(store: &dyn Store) -> usize {
    events(store).await.iter().filter(|event| event.kind == InboxEventKind::MessageCreated).count()
}

pub(crate) async fn what_is_announced_is_looked_for_only_where_the_account_wants_it(store: &dyn Store) {
    let account = connect(store).await.id;
    announced(store, 1_000).await;
    assert_eq!(due(store, 2_000).await, None);
    opted_in(store).await;
    assert_eq!(due(store, 2_000).await, None, "what was before is not looked for");
    announced(store, 3_000).await;
    announced(store, 3_001).await;
    assert_eq!(due(store, 3_000).await, None, "lists may be late");
    assert_eq!(store.next_errand(INSTANCE, at(3_000)).await.unwrap(), Some(at(3_002)));
    let expected = DueWithheld { account, since: at(3_000), wanted: 2, attempts: 0 };
    assert_eq!(due(store, 3_002).await, Some(expected));
}

pub(crate) async fn only_conversations_with_something_unknown_may_hold_what_was_announced(store: &dyn Store) {
    opted_in(store).await;
    open(store, "known").await;
    deliver(store, 1_001, received("known", "newest", 1_001)).await;
    announced(store, 1_000).await;
    let due = due(store, 2_000).await.unwrap();
    let may_hold = |all: Vec<ListedConversation>| async { store.may_hold_withheld(due, all).await.unwrap() };
    assert_eq!(may_hold(vec![listed("known", 1_001), listed("old", 900)]).await, Vec::<String>::new());
    let all = vec![listed("known", 1_002), listed("new", 1_000), listed("new", 1_000)];
    assert_eq!(may_hold(all).await, ["known", "new"]);
    assert_eq!(may_hold(vec![ListedConversation::new("timeless", None, Vec::new())]).await, ["timeless"]);
}

pub(crate) async fn what_is_found_is_new_and_what_was_before_it_is_read_back(store: &dyn Store) {
    let account = opted_in(store).await;
    announced(store, 1_000).await;
    let due = due(store, 2_000).await.unwrap();
    let page = EventPage::new(vec![received("e", "before", 10), received("e", "found", 1_000)], None);
    let find = |page: EventPage| store.find_withheld(due, "e".to_owned(), page, at(2_000));
    assert_eq!(find(page.clone()).await.unwrap(), 1);
    assert_eq!((counts(store, account).await, told(store).await), ((1, 1, 0), 1));
    let all =
        store.conversations(&jackfield::model::Scope::Everything, ConversationFilter::default(), None, 9);
    let all = all.await.unwrap().items;
    assert_eq!((all.len(), all[0].unread), (1, 1), "one is new");
    assert_eq!(thread(store, all[0].id).await.len(), 2);
    assert_eq!(all[0].ledger.last_inbound_at, Some(at(1_000)));
    assert_eq!(store.due_withheld(INSTANCE, at(9_000)).await.unwrap(), None);
    assert_eq!(find(page).await.unwrap(), 0, "it is known");
    assert_eq!(told(store).await, 1);
}

pub(crate) async fn where_nothing_is_new_nothing_is_taken_in(store: &dyn Store) {
    let account = opted_in(store).await;
    announced(store, 1_000).await;
    let due = due(store, 2_000).await.unwrap();
    let page = EventPage::new(vec![received("e", "before", 10)], None);
    assert_eq!(store.find_withheld(due, "e".to_owned(), page, at(2_000)).await.unwrap(), 0);
    let all =
        store.conversations(&jackfield::model::Scope::Everything, ConversationFilter::default(), None, 9);
    assert!(all.await.unwrap().items.is_empty());
    assert_eq!(counts(store, account).await, (1, 0, 0));
}

pub(crate) async fn what_is_missed_is_looked_for_again_and_given_up_in_the_end(store: &dyn Store) {
    let account = opted_in(store).await;
    announced(store, 1_000).await;
    store.miss_withheld(due(store, 2_000).await.unwrap(), Some(at(3_000))).await.unwrap();
    assert_eq!(due(store, 2_999).await, None);
    let again = due(store, 3_000).await.unwrap();
    assert_eq!(again.attempts, 1);
    // Announced while it is looked for.
    announced(store, 2_500).await;
    store.miss_withheld(again, None).await.unwrap();
    assert_eq!(counts(store, account).await, (2, 0, 1));
    assert_eq!(due(store, 9_000).await.unwrap().wanted, 1);
    store.miss_withheld(due(store, 9_000).await.unwrap(), None).await.unwrap();
    assert_eq!((due(store, 9_000).await, counts(store, account).await), (None, (2, 0, 2)));
}

pub(crate) async fn what_was_erased_since_it_was_announced_is_not_found(store: &dyn Store) {
    let account = opted_in(store).await;
    let c = open(store, "c").await;
    announced(store, 1_000).await;
    let contact = conversation(store, c).await.contact.id;
    store.erase_contact(contact, at(1_500)).await.unwrap();
    let due = due(store, 2_000).await.unwrap();
    let find = |seconds| {
        let page = EventPage::new(vec![received("c", "found", seconds)], None);
        store.find_withheld(due, "c".to_owned(), page, at(2_000))
    };
    assert_eq!(find(1_000).await.unwrap(), 0);
    assert_eq!(find(1_501).await.unwrap(), 1, "written after it");
    assert_eq!(counts(store, account).await, (1, 1, 0));
}
