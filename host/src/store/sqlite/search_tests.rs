use proptest::prelude::*;

use super::*;
use crate::model::{AccountId, Scope};

fn empty() -> (SqliteStore, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (SqliteStore::open(&folder.path().join("store.db")).unwrap(), folder)
}

/// Whatever a person types is words and never an error of the index.
#[test]
fn no_text_is_an_error() {
    let (_store, folder) = empty();
    let db = super::super::connect(&folder.path().join("store.db")).unwrap();
    let typed = prop_oneof![
        any::<String>(),
        "[\"*^:(){}+ ,\\-'a-c我\u{0}\u{2}]{0,40}",
        "((AND|OR|NOT|NEAR|words|[\"(){}:*^+-]|[a-z我]+) ?){0,12}",
    ];
    proptest!(|(text in typed, account in any::<bool>())| {
        let query = SearchQuery { text: text.clone(), scope: Scope::Everything.narrowed(account.then(AccountId::generate)) };
        let found = find(&db, &query, None, 10);
        prop_assert!(found.is_ok(), "{text:?}: {found:?}");
    });
}

proptest! {
    #[test]
    fn a_text_is_read_back_as_it_was_written(text in "[a-z ,我们ค้\u{301}]{0,40}") {
        let back: String = words::snippet(&words::words(&text)).into_iter().map(|part| part.text).collect();
        prop_assert_eq!(back, text);
    }
}
