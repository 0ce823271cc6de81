//! Who changed what.

use jackfield::{
    model::{Actor, AuditEntry, AuditId, KeyId},
    store::{AuditFilter, Store},
};

use super::fixture::*;

pub(crate) fn entry(actor: Actor, seconds: i64) -> AuditEntry {
    let text = |text: &str| text.to_owned();
    let (action, target, outcome) = (text("POST /x/{id}"), text("/x/1"), text("done"));
    AuditEntry { id: AuditId::generate(), at: at(seconds), actor, action, target, outcome }
}

pub(crate) async fn what_somebody_did_is_found_by_who_and_since_when(store: &dyn Store) {
    let key = KeyId::generate();
    // A key may have any name, also that of somebody who is no key.
    let named_cli = Actor { key: Some(key), name: "cli".to_owned() };
    let mut all = Vec::new();
    for seconds in 0..6 {
        let actor = if seconds % 2 == 0 { named_cli.clone() } else { Actor::keyless("cli") };
        let entry = entry(actor, seconds);
        store.record_audit(entry.clone()).await.unwrap();
        all.insert(0, entry);
    }
    let only = |actor: Option<String>, since: i64| AuditFilter { actor, since: Some(at(since)) };
    let of = |keep: &dyn Fn(&AuditEntry) -> bool| all.iter().filter(|e| keep(e)).cloned().collect::<Vec<_>>();
    for (filter, expected) in [
        (AuditFilter::default(), all.clone()),
        (only(None, 4), of(&|entry| entry.at >= at(4))),
        (only(Some(key.to_string()), 0), of(&|entry| entry.actor.key.is_some())),
        (only(Some("cli".to_owned()), 2), of(&|entry| entry.actor.key.is_none() && entry.at >= at(2))),
        (only(Some("nobody".to_owned()), 0), vec![]),
    ] {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = store.audit(filter.clone(), after, 2).await.unwrap();
            found.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, expected, "{filter:?}");
    }
}
