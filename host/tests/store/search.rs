//! Finding messages, notes and names.

use connector_api::{Contact, Event, EventKind};
use jackfield::{
    model::{Found, Hit, Note, NoteId, Scope},
    store::{SearchQuery, Store},
};

use super::fixture::*;

async fn find(store: &dyn Store, text: &str) -> Vec<Hit> {
    let query = SearchQuery { text: text.to_owned(), scope: Scope::Everything };
    store.search(query, None, 100).await.unwrap().items
}

pub(crate) async fn messages_notes_and_names_are_found_by_their_words(store: &dyn Store) {
    let account = connect(store).await.id;
    deliver(store, 0, said("Ana Lopez", "m", "Où est ma commande n° 4711-B? Straße", 0)).await;
    let c = open(store, "d").await;
    say(store, c, "Your order is on its way", 1).await;
    let note = Note {
        id: NoteId::generate(),
        conversation: c,
        author: "kim".to_owned(),
        text: "wants a refund".to_owned(),
        created_at: at(1),
    };
    store.add_note(note.clone()).await.unwrap();
    let cases = [
        ("commande", 1),
        ("COMMANDE ou", 1),
        ("command", 1),
        ("ommande", 0),
        ("4711-b", 1),
        ("\"ma commande\"", 1),
        ("\"commande ma\"", 0),
        ("commande order", 0),
        ("lopez", 1),
        ("lópez", 1),
        ("refund", 1),
        ("way", 1),
        ("AND OR NOT NEAR(", 0),
        ("words:hello", 0),
        ("!!! commande ???", 1),
        ("!!!", 0),
    ];
    for (text, expected) in cases {
        assert_eq!(find(store, text).await.len(), expected, "{text}");
    }
    let hit = find(store, "refund").await.remove(0);
    assert_eq!((hit.found, hit.conversation, hit.account), (Found::Note(note.id), Some(c), account));
    let hit = find(store, "lopez").await.remove(0);
    assert_eq!((hit.found, hit.conversation), (Found::Contact, None));
    let elsewhere = SearchQuery {
        text: "commande".to_owned(),
        scope: Scope::Accounts([jackfield::model::AccountId::generate()].into()),
    };
    assert!(store.search(elsewhere, None, 10).await.unwrap().items.is_empty());
}

pub(crate) async fn scripts_without_spaces_are_found_by_any_part(store: &dyn Store) {
    connect(store).await;
    deliver(store, 0, said("李小龍", "zh", "我的订单什么时候发货？", 0)).await;
    deliver(store, 0, said("李小龍", "ja", "注文番号を教えてください。", 0)).await;
    deliver(store, 0, said("李小龍", "th", "สินค้าของฉันอยู่ที่ไหน", 0)).await;
    deliver(store, 0, said("李小龍", "ko", "주문한 상품이 학교에서 왔어요", 0)).await;
    let cases = [
        ("订单", 1),
        ("单什", 1),
        ("货", 1),
        ("单订", 0),
        ("订单 发货", 1),
        ("番号", 1),
        ("ください", 1),
        ("ของฉัน", 1),
        ("학교", 1),
        ("小龍", 1),
    ];
    for (text, expected) in cases {
        assert_eq!(find(store, text).await.len(), expected, "{text}");
    }
}

pub(crate) async fn an_old_name_is_not_found(store: &dyn Store) {
    connect(store).await;
    deliver(store, 0, said("Arthur", "m", "hello", 0)).await;
    deliver(store, 1, said("Tricia", "n", "hello", 1)).await;
    assert_eq!((find(store, "arthur").await.len(), find(store, "tricia").await.len()), (0, 1));
    // What is not told any more stays.
    let kind = EventKind::MessageReceived {
        conversation: "c".to_owned(),
        contact: Contact::new("contact of c").with_handle(Some("trillian".to_owned())),
        message: connector_api::ChannelMessage::new("o", at(2), connector_api::Content::text("hello")),
    };
    deliver(store, 2, Event::new(ACCOUNT, "o", at(2), kind)).await;
    assert_eq!((find(store, "trillian").await.len(), find(store, "tricia").await.len()), (1, 1));
}

pub(crate) async fn pages_of_hits_lose_and_repeat_nothing(store: &dyn Store) {
    begin(store).await;
    for n in 0..7 {
        deliver(store, 10, said("Ana", &format!("m{n}"), &format!("needle {n}"), n)).await;
    }
    let query = SearchQuery { text: "needle".to_owned(), scope: Scope::Everything };
    for limit in [1, 2, 3, 6, 7, 8] {
        let (mut texts, mut after) = (Vec::new(), None);
        loop {
            let page = store.search(query.clone(), after, limit).await.unwrap();
            assert!(page.items.len() <= limit as usize && texts.len() < 100);
            texts.extend(page.items.into_iter().map(|hit| hit.at));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(texts, (0..7).rev().map(at).collect::<Vec<_>>(), "{limit}");
    }
}

pub(crate) async fn snippets_show_what_was_written(store: &dyn Store) {
    connect(store).await;
    deliver(store, 0, said("Ana", "m", "<b>Wo</b> ist 我的订单 \"nun\"?", 0)).await;
    for (text, hit) in [("订单", "订单"), ("wo", "Wo"), ("nun", "nun")] {
        let snippet = find(store, text).await.remove(0).snippet;
        let whole: String = snippet.iter().map(|part| part.text.as_str()).collect();
        assert_eq!(whole, "<b>Wo</b> ist 我的订单 \"nun\"?");
        let hits: Vec<_> = snippet.iter().filter(|part| part.hit).map(|part| part.text.as_str()).collect();
        assert_eq!(hits, [hit]);
    }
}
