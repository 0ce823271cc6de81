//! The people who write: how they came, and how they are erased.

use std::collections::BTreeSet;

use connector_api::{Contact, Content, Event, EventKind};
use jackfield::{
    model::{ContactId, InboxEventKind, Note, NoteId, Scope, Status},
    store::{ConversationFilter, Erased, SearchQuery, Store},
};

use super::fixture::*;

async fn hits(store: &dyn Store, text: &str) -> usize {
    let query = SearchQuery { text: text.to_owned(), scope: Scope::Everything };
    store.search(query, None, 100).await.unwrap().items.len()
}

pub(crate) async fn pages_of_contacts_lose_and_repeat_nothing(store: &dyn Store) {
    connect(store).await;
    for n in 0..7 {
        deliver(store, n / 3, received(&format!("c{n}"), "m", 0)).await;
    }
    for limit in [1, 2, 3, 6, 7, 8] {
        let (mut found, mut after) = (BTreeSet::new(), None);
        loop {
            let page = store.contacts(&Scope::Everything, after, limit).await.unwrap();
            for contact in page.items {
                assert_eq!(store.contact(contact.id).await.unwrap().as_ref(), Some(&contact));
                assert!(found.insert(contact.id), "{limit}: one came twice");
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found.len(), 7, "{limit}");
    }
    assert_eq!(store.contact(ContactId::generate()).await.unwrap(), None);
    let nobodys = Scope::Accounts([].into());
    assert!(store.contacts(&nobodys, None, 9).await.unwrap().items.is_empty());
}

pub(crate) async fn the_first_referral_is_kept_in_whatever_order_they_arrive(store: &dyn Store) {
    connect(store).await;
    for (name, order) in [("c", [3, 1, 2]), ("d", [1, 2, 3]), ("e", [2, 3, 1])] {
        for seconds in order {
            deliver(store, 5, referred(name, &format!("r{seconds}"), seconds)).await;
        }
        let c = open(store, name).await;
        let found = conversation(store, c).await;
        for first in [found.referral.unwrap(), found.contact.referral.unwrap()] {
            assert_eq!((first.at, first.referral.reference.as_deref()), (at(1), Some("r1")), "{name}");
        }
        let all = store.referrals(c, 10).await.unwrap();
        let times: Vec<_> = all.iter().map(|referral| referral.referred.at).collect();
        assert_eq!(times, [at(1), at(2), at(3)], "{name}");
    }
}

pub(crate) async fn a_referral_before_the_first_message_begins_the_conversation(store: &dyn Store) {
    connect(store).await;
    deliver(store, 0, referred("c", "flyer", 0)).await;
    let found = store
        .conversations(&Scope::Everything, ConversationFilter::default(), None, 2)
        .await
        .unwrap()
        .items
        .remove(0);
    assert_eq!((found.unread, found.ledger.last_inbound_at), (0, None), "it opens no reply window");
    deliver(store, 1, received("c", "hello", 1)).await;
    let after = conversation(store, found.id).await;
    assert_eq!((after.contact.id, after.unread), (found.contact.id, 1));
    assert_eq!(after.referral, found.referral);
}

pub(crate) async fn a_referral_that_comes_again_is_told_once(store: &dyn Store) {
    connect(store).await;
    let told = |key: &str| Event::new(ACCOUNT, key, at(0), referred("c", "flyer", 0).kind);
    // The same under two keys, as by a webhook and by a list.
    for key in ["one", "one", "other"] {
        deliver(store, 0, told(key)).await;
    }
    let kind = InboxEventKind::ConversationReferred;
    assert_eq!(events(store).await.iter().filter(|event| event.kind == kind).count(), 1);
}

pub(crate) async fn an_erased_contact_leaves_nothing_and_may_come_back(store: &dyn Store) {
    let c = begin(store).await;
    deliver(store, 1, said("Zaphod", "m", "the improbable text", 1)).await;
    deliver(store, 1, referred("c", "flyer", 1)).await;
    say(store, c, "an answer that waits", 2).await;
    let note = Note {
        id: NoteId::generate(),
        conversation: c,
        author: "kim".to_owned(),
        text: "an improbable note".to_owned(),
        created_at: at(2),
    };
    assert!(store.add_note(note).await.unwrap());
    assert_eq!((hits(store, "improbable").await, hits(store, "zaphod").await), (2, 1));
    let contact = conversation(store, c).await.contact.id;
    let Erased::Gone(erasure) = store.erase_contact(contact, at(3)).await.unwrap() else {
        panic!("not erased");
    };
    assert_eq!((erasure.conversations, erasure.messages, erasure.notes), (1, 3, 1));
    assert!(erasure.payloads >= 2, "{erasure:?}");
    assert_eq!(store.conversation(c).await.unwrap(), None);
    assert_eq!(store.contact(contact).await.unwrap(), None);
    assert!(thread(store, c).await.is_empty());
    assert!(store.referrals(c, 9).await.unwrap().is_empty());
    assert!(store.payloads(at(-100), None, 0, 100).await.unwrap().is_empty());
    assert!(claim(store, 4).await.is_empty(), "what waited is not sent");
    for text in ["improbable", "zaphod", "answer", "hello"] {
        assert_eq!(hits(store, text).await, 0, "{text}");
    }
    let last = events(store).await.pop().unwrap();
    assert_eq!((last.kind, last.contact), (InboxEventKind::ContactErased, Some(contact)));
    assert_eq!(store.erase_contact(contact, at(4)).await.unwrap(), Erased::UnknownContact);

    // What was delivered before stays away; what is written now comes from somebody new.
    assert_eq!(deliver(store, 5, received("c", "hello", 0)).await.duplicates, 1);
    deliver(store, 5, received("c", "back", 5)).await;
    let back = store
        .conversations(&Scope::Everything, ConversationFilter::default(), None, 9)
        .await
        .unwrap()
        .items
        .remove(0);
    assert!(back.id != c && back.contact.id != contact);
    assert_eq!((back.contact.display_name, thread(store, back.id).await.len()), (None, 1));
}

pub(crate) async fn a_contact_is_not_erased_while_a_message_to_them_is_being_sent(store: &dyn Store) {
    let c = begin(store).await;
    let contact = conversation(store, c).await.contact.id;
    let message = begin_send(store, c, "answer", 1).await;
    assert_eq!(store.erase_contact(contact, at(2)).await.unwrap(), Erased::Sending);
    assert_eq!(status(store, message).await, Status::Sending);
    record(store, message, 3, uncertain()).await;
    assert!(matches!(store.erase_contact(contact, at(4)).await.unwrap(), Erased::Gone(_)));
}

pub(crate) async fn erasing_one_contact_leaves_the_others(store: &dyn Store) {
    let (c, d) = (begin(store).await, open(store, "d").await);
    let named = |name: &str| {
        let kind = EventKind::MessageReceived {
            conversation: name.to_owned(),
            contact: Contact::new(format!("contact of {name}")),
            message: connector_api::ChannelMessage::new("both", at(1), Content::text("shared words")),
        };
        Event::new(ACCOUNT, format!("both {name}"), at(1), kind)
    };
    store.ingest(arrival(1, vec![named("c"), named("d")])).await.unwrap();
    let contact = conversation(store, c).await.contact.id;
    let before = thread(store, d).await;
    store.erase_contact(contact, at(2)).await.unwrap();
    assert_eq!(thread(store, d).await, before);
    assert_eq!(hits(store, "shared").await, 1);
    // The body that told of both is gone: it cannot be kept without the one.
    let kept = store.payloads(at(-100), None, 0, 100).await.unwrap();
    let tells = |name: &str| {
        kept.iter().any(|kept| String::from_utf8_lossy(&kept.body).contains(&format!("contact of {name}")))
    };
    assert!(tells("d") && !tells("c"));
}
