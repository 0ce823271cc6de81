//! Reading back what platforms remember: page by page, once, in the platform's order, and announced to nobody.

use connector_api::{
    Contact, ContactProfile, EchoOrigin, Event, EventPage, ListedConversation, ListedReferral, Referral,
};
use jackfield::{
    model::{AccountId, ContactId, Conversation, HistoryState, InboxEventKind, Scope},
    store::{ConversationFilter, Erased, HistoryBounds, HistoryStep, Store},
};

use super::fixture::*;

const ALL: HistoryBounds = HistoryBounds { oldest: None, conversations: 100, messages: 100 };

async fn next(store: &dyn Store, seconds: i64) -> Option<HistoryStep> {
    store.next_page(INSTANCE, at(seconds)).await.unwrap()
}

/// The page that is next is this one.
async fn reads(store: &dyn Store, seconds: i64, page: EventPage) -> HistoryStep {
    reads_within(store, seconds, page, ALL).await
}

async fn reads_within(
    store: &dyn Store,
    seconds: i64,
    page: EventPage,
    bounds: HistoryBounds,
) -> HistoryStep {
    let step = next(store, seconds).await.unwrap();
    store.keep_page(step.clone(), page, bounds, at(seconds)).await.unwrap();
    step
}

fn listed(ids: &[&str], cursor: Option<&str>) -> EventPage {
    let listed = ids.iter().map(|id| ListedConversation::new(*id, Some(at(0)), Vec::new())).collect();
    EventPage::new(Vec::new(), cursor.map(str::to_owned)).with_conversations(listed)
}

fn page(events: Vec<Event>, cursor: Option<&str>) -> EventPage {
    EventPage::new(events, cursor.map(str::to_owned))
}

async fn all(store: &dyn Store) -> Vec<Conversation> {
    let filter = ConversationFilter::default();
    store.conversations(&Scope::Everything, filter, None, 1_000).await.unwrap().items
}

async fn known(store: &dyn Store, platform_id: &str) -> Option<Conversation> {
    all(store).await.into_iter().find(|conversation| conversation.platform_id == platform_id)
}

async fn ids(store: &dyn Store, platform_id: &str) -> Vec<String> {
    let conversation = known(store, platform_id).await.unwrap();
    thread(store, conversation.id).await.into_iter().filter_map(|message| message.platform_id).collect()
}

async fn state(store: &dyn Store, account: AccountId) -> (HistoryState, u32, u32, u32) {
    let import = store.history(account).await.unwrap().unwrap();
    (import.state, import.found, import.conversations, import.messages)
}

async fn erase(store: &dyn Store, contact: ContactId, seconds: i64) {
    assert!(matches!(store.erase_contact(contact, at(seconds)).await.unwrap(), Erased::Gone(_)));
}

pub(crate) async fn the_list_is_read_first_and_then_each_conversation_to_its_end(store: &dyn Store) {
    let account = connect(store).await.id;
    assert_eq!(state(store, account).await, (HistoryState::Running, 0, 0, 0));
    assert_eq!(store.next_page("other", at(1)).await.unwrap(), None);
    let first = reads(store, 1, listed(&["c"], Some("more"))).await;
    assert_eq!((first.account, first.conversation, first.cursor), (account, None, None));
    let second = reads(store, 1, listed(&["c", "d"], None)).await;
    assert_eq!((second.conversation, second.cursor.as_deref()), (None, Some("more")));
    let third = reads(store, 1, page(vec![received("c", "2", -1)], Some("older"))).await;
    assert_eq!((third.conversation.as_deref(), third.cursor), (Some("c"), None));
    let fourth = reads(store, 1, page(vec![received("c", "1", -2)], None)).await;
    assert_eq!((fourth.conversation.as_deref(), fourth.cursor.as_deref()), (Some("c"), Some("older")));
    let fifth = reads(store, 1, page(vec![received("d", "1", -3)], None)).await;
    assert_eq!(fifth.conversation.as_deref(), Some("d"));
    assert_eq!(next(store, 2).await, None);
    assert_eq!(state(store, account).await, (HistoryState::Done, 2, 2, 3));
    let told = events(store).await.pop().unwrap();
    assert_eq!((told.kind, told.account), (InboxEventKind::HistoryImported, Some(account)));
}

pub(crate) async fn what_is_read_back_is_in_the_platforms_order_and_announced_to_nobody(store: &dyn Store) {
    connect(store).await;
    reads(store, 1, listed(&["c"], None)).await;
    let before = events(store).await.len();
    let newest = vec![received("c", "3", -10), echoed("2", "answer", -20, EchoOrigin::App)];
    reads(store, 1, page(newest, Some("older"))).await;
    reads(store, 1, page(vec![received("c", "1", -30), read(-15)], None)).await;
    assert_eq!(ids(store, "c").await, ["1", "2", "3"]);
    let c = known(store, "c").await.unwrap();
    assert_eq!((c.unread, c.last_message_at), (0, at(-10)));
    assert_eq!(c.ledger.last_inbound_at, Some(at(-10)), "its window is as old as its messages");
    let created: Vec<_> = thread(store, c.id).await.iter().map(|message| message.sent_at).collect();
    assert_eq!(created, [at(-30), at(-20), at(-10)]);
    let told: Vec<_> = events(store).await[before..].iter().map(|event| event.kind).collect();
    let new = [InboxEventKind::MessageCreated, InboxEventKind::ConversationReferred];
    assert!(!told.iter().any(|kind| new.contains(kind)), "{told:?}");
}

pub(crate) async fn what_webhooks_brought_is_not_there_twice_whichever_comes_first(store: &dyn Store) {
    begin(store).await;
    reads(store, 1, listed(&["c"], None)).await;
    // The webhook was first: `hello`. The page is first: `later`.
    reads(store, 1, page(vec![received("c", "later", 0), received("c", "hello", 0)], Some("older"))).await;
    let before = events(store).await.len();
    assert_eq!(deliver(store, 2, received("c", "later", 0)).await.duplicates, 1);
    assert_eq!(ids(store, "c").await, ["hello", "later"]);
    assert_eq!(events(store).await.len(), before);
    // One message under two keys is one message.
    let mut again = received("c", "hello", 0);
    again.dedup_key = "hello, as a page calls it".to_owned();
    reads(store, 3, page(vec![again], None)).await;
    assert_eq!(ids(store, "c").await, ["hello", "later"]);
    assert_eq!(known(store, "c").await.unwrap().unread, 1, "only what was delivered is unread");
}

pub(crate) async fn a_page_that_is_read_twice_changes_nothing_the_second_time(store: &dyn Store) {
    let account = connect(store).await.id;
    reads(store, 1, listed(&["c", "d"], None)).await;
    let both =
        || page(vec![received("c", "2", -1), echoed("1", "answer", -2, EchoOrigin::Api)], Some("older"));
    let step = reads(store, 1, both()).await;
    let before = (ids(store, "c").await, events(store).await.len(), known(store, "c").await);
    store.keep_page(step, both(), ALL, at(2)).await.unwrap();
    assert_eq!((ids(store, "c").await, events(store).await.len(), known(store, "c").await), before);
    let on = next(store, 2).await.unwrap();
    assert_eq!((on.conversation.as_deref(), on.cursor.as_deref()), (Some("c"), Some("older")));
    reads(store, 2, page(Vec::new(), None)).await;
    reads(store, 2, page(vec![received("d", "1", -1)], None)).await;
    assert_eq!(next(store, 2).await, None);
    assert_eq!(state(store, account).await.0, HistoryState::Done);
}

pub(crate) async fn a_cursor_that_does_not_move_is_the_end(store: &dyn Store) {
    let account = connect(store).await.id;
    reads(store, 1, listed(&["c"], Some("a"))).await;
    reads(store, 1, listed(&["d"], Some("a"))).await;
    for _ in 0..2 {
        reads(store, 1, page(Vec::new(), Some("x"))).await;
        reads(store, 1, page(Vec::new(), Some("x"))).await;
    }
    assert_eq!(next(store, 1).await, None);
    assert_eq!(state(store, account).await, (HistoryState::Done, 2, 2, 0));
}

pub(crate) async fn no_more_is_read_than_is_wanted(store: &dyn Store) {
    let account = connect(store).await.id;
    let bounds = HistoryBounds { oldest: Some(at(-100)), conversations: 2, messages: 3 };
    let old = ListedConversation::new("old", Some(at(-101)), Vec::new());
    let undated = ListedConversation::new("undated", None, Vec::new());
    let mut list = listed(&["c", "d", "e"], Some("more"));
    list.conversations.insert(0, old);
    list.conversations.insert(1, undated);
    reads_within(store, 1, list, bounds).await;
    let many = |conversation: &str| {
        let events = (0..3).map(|n| received(conversation, &format!("{n}"), -n)).collect();
        page(events, Some("more"))
    };
    for conversation in ["undated", "c"] {
        let step = reads_within(store, 1, many(conversation), bounds).await;
        assert_eq!(step.conversation.as_deref(), Some(conversation));
    }
    assert_eq!(next(store, 1).await, None);
    assert_eq!(state(store, account).await, (HistoryState::Done, 2, 2, 6));
}

pub(crate) async fn a_page_that_fails_is_tried_again_at_its_time_until_somebody_gives_up(store: &dyn Store) {
    let account = connect(store).await.id;
    for tries in 0..3 {
        let step = next(store, i64::from(tries) * 10).await.unwrap();
        assert_eq!(step.attempts, tries);
        let later = at(i64::from(tries + 1) * 10);
        store.page_failed(step, reason(), Some(later), at(0)).await.unwrap();
        assert_eq!(next(store, i64::from(tries) * 10 + 9).await, None);
        assert_eq!(store.next_page_at(INSTANCE, at(0)).await.unwrap(), Some(later));
        assert_eq!(store.history(account).await.unwrap().unwrap().reason, Some(reason()));
    }
    reads(store, 30, listed(&["c"], None)).await;
    let step = next(store, 30).await.unwrap();
    assert_eq!(step.attempts, 0, "a page that was read forgives the tries");
    assert_eq!(store.history(account).await.unwrap().unwrap().reason, None);
    store.page_failed(step, reason(), None, at(31)).await.unwrap();
    let import = store.history(account).await.unwrap().unwrap();
    assert_eq!(
        (import.state, import.reason, import.ended_at),
        (HistoryState::Failed, Some(reason()), Some(at(31)))
    );
    assert_eq!((next(store, 99).await, store.next_page_at(INSTANCE, at(0)).await.unwrap()), (None, None));
    assert_eq!(events(store).await.pop().unwrap().kind, InboxEventKind::HistoryImported);
}

pub(crate) async fn an_account_has_one_import_that_begins_anew_only_after_its_end(store: &dyn Store) {
    let account = connect(store).await.id;
    reads(store, 1, listed(&["c"], None)).await;
    let again = store.begin_history(account, at(5)).await.unwrap();
    assert_eq!((again.began_at, again.found), (at(0), 1), "one that runs goes on");
    reads(store, 5, page(vec![received("c", "1", -1)], None)).await;
    assert_eq!(next(store, 5).await, None);
    let anew = store.begin_history(account, at(6)).await.unwrap();
    assert_eq!((anew.state, anew.began_at, anew.found), (HistoryState::Running, at(6), 0));
    reads(store, 6, listed(&["c"], None)).await;
    reads(store, 6, page(vec![received("c", "1", -1), received("c", "0", -2)], None)).await;
    assert_eq!(ids(store, "c").await, ["0", "1"]);
    store.begin_history(account, at(7)).await.unwrap();
    store.no_history(account).await.unwrap();
    assert_eq!((next(store, 7).await, state_of_none(store, account).await), (None, true));
}

async fn state_of_none(store: &dyn Store, account: AccountId) -> bool {
    store.history(account).await.unwrap().is_none()
}

pub(crate) async fn accounts_that_cannot_be_acted_for_are_read_later(store: &dyn Store) {
    let account = connect(store).await.id;
    store.needs_attention(account, reason(), at(1), at(1)).await.unwrap();
    assert_eq!(next(store, 1).await, None);
    connect(store).await;
    assert!(next(store, 1).await.is_some());
}

pub(crate) async fn a_page_tells_of_people_and_of_how_they_came(store: &dyn Store) {
    connect(store).await;
    let referral = Referral::new("ad").with_reference(Some("spring".to_owned()));
    let listed = ListedConversation::new("c", None, vec![ListedReferral::new(referral, Some(at(-50)))]);
    reads(store, 1, EventPage::default().with_conversations(vec![listed])).await;
    let ana = ContactProfile::new(Contact::new("contact of c").with_display_name(Some("Ana".to_owned())))
        .with_picture_url("https://x.example/ana");
    let nobody = ContactProfile::new(Contact::new("nobody"));
    let told = page(vec![received("c", "1", -10)], None).with_profiles(vec![ana, nobody]);
    reads(store, 1, told).await;
    let c = known(store, "c").await.unwrap();
    assert_eq!(c.contact.display_name.as_deref(), Some("Ana"));
    let first = c.referral.unwrap();
    assert_eq!((first.at, first.referral.reference.as_deref()), (at(-50), Some("spring")));
    assert_eq!(store.contacts(&Scope::Everything, None, 9).await.unwrap().items.len(), 1);
    let due = store.due_contact(INSTANCE, at(1)).await.unwrap().unwrap();
    assert_eq!(due.picture_url.as_deref(), Some("https://x.example/ana"));
}

pub(crate) async fn what_an_erased_contact_had_written_does_not_come_back(store: &dyn Store) {
    let c = begin(store).await;
    let account = conversation(store, c).await.account;
    let contact = conversation(store, c).await.contact.id;
    reads(store, 1, listed(&["c", "d"], None)).await;
    // The page is on its way while the contact is erased.
    let on_its_way = next(store, 1).await.unwrap();
    assert_eq!(on_its_way.conversation.as_deref(), Some("c"));
    erase(store, contact, 2).await;
    let old = || {
        let events = vec![
            received("c", "old", -1),
            echoed("answer", "answer", -1, EchoOrigin::App),
            referred("c", "flyer", -2),
        ];
        page(events, None)
    };
    store.keep_page(on_its_way, old(), ALL, at(3)).await.unwrap();
    assert!(known(store, "c").await.is_none());
    reads(store, 3, page(vec![received("d", "1", -1)], None)).await;
    assert_eq!(next(store, 3).await, None);
    // An import that lists the conversation again finds nothing to bring back.
    store.begin_history(account, at(4)).await.unwrap();
    let referral = ListedReferral::new(Referral::new("ad"), Some(at(-9)));
    let listed = ListedConversation::new("c", Some(at(-1)), vec![referral]);
    reads(store, 4, EventPage::default().with_conversations(vec![listed])).await;
    reads(store, 4, old()).await;
    assert_eq!(next(store, 4).await, None);
    assert_eq!(all(store).await.iter().map(|c| c.platform_id.as_str()).collect::<Vec<_>>(), ["d"]);
    assert_eq!(store.contacts(&Scope::Everything, None, 9).await.unwrap().items.len(), 1);
}

pub(crate) async fn whoever_was_erased_and_writes_again_begins_anew(store: &dyn Store) {
    let c = begin(store).await;
    let (account, contact) = (conversation(store, c).await.account, conversation(store, c).await.contact.id);
    erase(store, contact, 10).await;
    deliver(store, 20, received("c", "back", 20)).await;
    let referral = |seconds| ListedReferral::new(Referral::new("ad"), Some(at(seconds)));
    store.no_history(account).await.unwrap();
    store.begin_history(account, at(30)).await.unwrap();
    let listed = ListedConversation::new("c", Some(at(21)), vec![referral(-9)]);
    reads(store, 30, EventPage::default().with_conversations(vec![listed])).await;
    let pages = vec![received("c", "missed", 21), received("c", "back", 20), received("c", "old", 9)];
    reads(store, 30, page(pages, None)).await;
    assert_eq!(ids(store, "c").await, ["back", "missed"]);
    let back = known(store, "c").await.unwrap();
    assert!(back.contact.id != contact && back.referral.is_none(), "nothing of before");
}
