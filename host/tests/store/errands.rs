//! Profiles and read marks: what is due, in which order, tried again later, and given up.

use connector_api::{AccountProfile, Contact, ContactProfile};
use jackfield::{
    model::{ContactId, ConversationId, Scope},
    store::{DueContact, DueReadMark, Store},
};

use super::fixture::*;

async fn contact_of(store: &dyn Store, conversation: ConversationId) -> ContactId {
    super::fixture::conversation(store, conversation).await.contact.id
}

async fn due_contact(store: &dyn Store, seconds: i64) -> Option<DueContact> {
    store.due_contact(INSTANCE, at(seconds)).await.unwrap()
}

async fn due_mark(store: &dyn Store, seconds: i64) -> Option<DueReadMark> {
    store.due_read_mark(INSTANCE, at(seconds)).await.unwrap()
}

/// Nothing is due of the accounts themselves, so that what is left is of contacts and conversations.
async fn without_accounts(store: &dyn Store) {
    while let Some(due) = store.due_account(INSTANCE, at(0)).await.unwrap() {
        store.postpone_account(due.account, None).await.unwrap();
    }
}

pub(crate) async fn a_new_contact_is_asked_about_in_their_newest_conversation(store: &dyn Store) {
    let c = begin(store).await;
    let due = due_contact(store, 0).await.unwrap();
    assert_eq!(due.contact, contact_of(store, c).await);
    assert_eq!((due.conversation_platform_id.as_str(), due.picture_url, due.attempts), ("c", None, 0));
    assert_eq!(store.due_contact("other", at(0)).await.unwrap(), None, "each instance does its own");
    store.needs_attention(due.account, reason(), at(1), at(1)).await.unwrap();
    assert_eq!(due_contact(store, 2).await, None, "nobody can be asked for an account without a right to it");
}

pub(crate) async fn what_is_due_first_comes_first_and_nothing_before_its_time(store: &dyn Store) {
    begin(store).await;
    without_accounts(store).await;
    let mut contacts = Vec::new();
    for (conversation, later) in [("d", 30), ("e", 10), ("f", 20)] {
        let contact = contact_of(store, open(store, conversation).await).await;
        contacts.push((later, contact));
    }
    let first = due_contact(store, 0).await.unwrap();
    store.postpone_contact(first.contact, None).await.unwrap();
    for (later, contact) in &contacts {
        store.postpone_contact(*contact, Some(at(*later))).await.unwrap();
    }
    contacts.sort_unstable_by_key(|(later, _)| *later);
    assert_eq!(due_contact(store, 9).await, None);
    for (later, contact) in contacts {
        assert_eq!(store.next_errand(INSTANCE, at(later - 1)).await.unwrap(), Some(at(later)));
        let due = due_contact(store, 99).await.unwrap();
        assert_eq!((due.contact, due.attempts), (contact, 1), "{later}");
        store.postpone_contact(contact, None).await.unwrap();
    }
    assert_eq!(
        (due_contact(store, 99).await, store.next_errand(INSTANCE, at(0)).await.unwrap()),
        (None, None)
    );
}

pub(crate) async fn each_try_at_a_contact_is_counted_until_somebody_gives_up(store: &dyn Store) {
    begin(store).await;
    for tries in 0..4 {
        let due = due_contact(store, i64::from(tries) * 10).await.unwrap();
        assert_eq!(due.attempts, tries);
        store.postpone_contact(due.contact, Some(at(i64::from(tries + 1) * 10))).await.unwrap();
        assert_eq!(due_contact(store, i64::from(tries) * 10 + 9).await, None, "{tries}: before its time");
    }
    let due = due_contact(store, 40).await.unwrap();
    store.postpone_contact(due.contact, None).await.unwrap();
    assert_eq!(due_contact(store, 1_000_000).await, None);
    // Another message of theirs makes nothing due again.
    deliver(store, 50, received("c", "more", 50)).await;
    assert_eq!(due_contact(store, 1_000_000).await, None);
}

pub(crate) async fn what_is_told_of_a_contact_is_kept_and_what_is_not_told_stays(store: &dyn Store) {
    let c = begin(store).await;
    let due = due_contact(store, 0).await.unwrap();
    let told = ContactProfile::new(Contact::new("contact of c").with_display_name(Some("Ana".to_owned())))
        .with_picture_url("https://x.example/ana")
        .with_follows(Some(true));
    store.keep_contact_profile(due.contact, told, None, Some(at(50))).await.unwrap();
    let due = due_contact(store, 50).await.unwrap();
    assert_eq!((due.picture_url.as_deref(), due.attempts), (Some("https://x.example/ana"), 1));
    let nothing = ContactProfile::new(Contact::new(""));
    store.keep_contact_profile(due.contact, nothing, None, None).await.unwrap();
    assert_eq!(due_contact(store, 1_000).await, None);
    let contact = conversation(store, c).await.contact;
    assert_eq!((contact.display_name.as_deref(), contact.follows), (Some("Ana"), Some(true)));
    assert_eq!(contact.platform_id, "contact of c");
}

pub(crate) async fn a_channel_that_tells_nothing_of_people_is_asked_no_more(store: &dyn Store) {
    begin(store).await;
    open(store, "d").await;
    store.drop_due_contacts("other").await.unwrap();
    assert!(due_contact(store, 0).await.is_some());
    store.drop_due_contacts(INSTANCE).await.unwrap();
    assert_eq!(due_contact(store, 0).await, None);
    let e = open(store, "e").await;
    let due = due_contact(store, 0).await.unwrap();
    assert_eq!(due.contact, contact_of(store, e).await, "another connector may tell of who comes later");
}

pub(crate) async fn a_contact_who_was_erased_is_no_errand(store: &dyn Store) {
    let c = begin(store).await;
    store.want_read_mark(c, at(1)).await.unwrap();
    let (due, mark) = (due_contact(store, 1).await.unwrap(), due_mark(store, 1).await.unwrap());
    store.erase_contact(due.contact, at(2)).await.unwrap();
    // What was asked before comes back after it.
    let told = ContactProfile::new(Contact::new("contact of c").with_display_name(Some("Ana".to_owned())));
    store.keep_contact_profile(due.contact, told, None, None).await.unwrap();
    store.settle_read_mark(mark, Some(at(3))).await.unwrap();
    assert_eq!((due_contact(store, 9).await, due_mark(store, 9).await), (None, None));
    assert!(store.contacts(&Scope::Everything, None, 9).await.unwrap().items.is_empty());
}

pub(crate) async fn an_account_is_asked_about_when_it_is_connected_and_again_in_time(store: &dyn Store) {
    let account = connect(store).await;
    let due = async |seconds| store.due_account(INSTANCE, at(seconds)).await.unwrap();
    assert_eq!(due(0).await.map(|due| (due.account, due.attempts)), Some((account.id, 0)));
    assert_eq!(store.due_account("other", at(0)).await.unwrap(), None);
    for tries in 1..3 {
        store.postpone_account(account.id, Some(at(10))).await.unwrap();
        assert_eq!((due(9).await, due(10).await.unwrap().attempts), (None, tries));
    }
    assert_eq!(store.next_errand(INSTANCE, at(0)).await.unwrap(), Some(at(10)));
    let told = AccountProfile::new(None, Some("The Shop".to_owned()))
        .with_profile_url(Some("https://x.example/@shop".to_owned()));
    store.keep_account_profile(account.id, told, None, Some(at(100))).await.unwrap();
    let kept = store.account(account.id).await.unwrap().unwrap();
    assert_eq!((kept.handle.as_deref(), kept.display_name.as_deref()), (Some("shop"), Some("The Shop")));
    assert_eq!(kept.profile_url.as_deref(), Some("https://x.example/@shop"));
    assert_eq!((due(99).await, due(100).await.unwrap().attempts), (None, 0), "a success forgives the tries");
    for tries in 1..3 {
        let told = AccountProfile::new(None, None).with_picture_url("https://x.example/1.jpg");
        store.keep_account_profile(account.id, told, None, Some(at(100))).await.unwrap();
        assert_eq!(due(100).await.unwrap().attempts, tries, "its picture could not be had");
    }
    connect(store).await;
    assert!(due(1).await.is_some(), "whoever consents again may have granted more");
}

pub(crate) async fn a_conversation_has_one_read_mark_however_often_somebody_reads(store: &dyn Store) {
    let c = begin(store).await;
    assert_eq!(due_mark(store, 9).await, None, "nobody has read yet");
    for seconds in [1, 2, 3] {
        store.want_read_mark(c, at(seconds)).await.unwrap();
    }
    let mark = due_mark(store, 3).await.unwrap();
    assert_eq!((mark.conversation, mark.due, mark.attempts), (c, at(3), 0));
    assert_eq!(store.due_read_mark("other", at(3)).await.unwrap(), None);
    store.settle_read_mark(mark, None).await.unwrap();
    assert_eq!(due_mark(store, 1_000).await, None);
}

pub(crate) async fn a_read_mark_that_failed_is_told_later_and_a_newer_one_stays(store: &dyn Store) {
    let c = begin(store).await;
    without_accounts(store).await;
    store.drop_due_contacts(INSTANCE).await.unwrap();
    store.want_read_mark(c, at(1)).await.unwrap();
    let mark = due_mark(store, 1).await.unwrap();
    store.settle_read_mark(mark.clone(), Some(at(20))).await.unwrap();
    assert_eq!(
        (due_mark(store, 19).await, store.next_errand(INSTANCE, at(1)).await.unwrap()),
        (None, Some(at(20)))
    );
    let again = due_mark(store, 20).await.unwrap();
    assert_eq!((again.due, again.attempts), (at(20), 1));
    // Somebody reads while the old mark is on its way.
    store.want_read_mark(c, at(21)).await.unwrap();
    store.settle_read_mark(again, None).await.unwrap();
    let newer = due_mark(store, 21).await.unwrap();
    assert_eq!((newer.due, newer.attempts), (at(21), 0), "it begins with all its tries");
}

pub(crate) async fn read_marks_go_in_the_order_in_which_they_were_wanted(store: &dyn Store) {
    let c = begin(store).await;
    let (d, e) = (open(store, "d").await, open(store, "e").await);
    for (seconds, conversation) in [(3, c), (1, d), (2, e)] {
        store.want_read_mark(conversation, at(seconds)).await.unwrap();
    }
    for conversation in [d, e, c] {
        let mark = due_mark(store, 9).await.unwrap();
        assert_eq!(mark.conversation, conversation);
        store.settle_read_mark(mark, None).await.unwrap();
    }
    assert_eq!(due_mark(store, 9).await, None);
}
