//! Verdicts as a table: what is tried, and every reason against it.

use super::*;
use crate::document::{CapabilityDocument, SCHEMA};

const HOUR: i64 = 3600;

fn document() -> CapabilityDocument {
    serde_json::from_value(serde_json::json!({
        "schema": SCHEMA,
        "connector": {"id": "sample", "name": "Sample", "version": "1.0.0"},
        "content": [
            {"direction": "outbound", "kind": "text", "support": "native",
             "limits": {"text": {"max": 5, "unit": "utf16"}}},
            {"direction": "outbound", "kind": "video", "support": "unsupported"},
        ],
        "initiation": [{"who": "customer", "via": "direct_message"},
                       {"who": "business", "via": "comment", "opt_in": true}],
        "windows": [{"length_seconds": 48 * HOUR, "restarts": "each_inbound",
                     "quota": {"max": 2, "refills_on_restart": true, "counts": {}}}],
        "broadcast": {"support": "unsupported"},
    }))
    .unwrap()
}

/// The codes against `action` at so many hours after the customer's message, with so many replies sent.
fn codes(action: Action<'_>, hours: Option<i64>, used: u32) -> Vec<String> {
    let start = Timestamp::from_seconds(1_767_225_600);
    let ledger = WindowLedger { last_inbound_at: hours.map(|_| start), used, ..WindowLedger::default() };
    let now = start.plus_seconds(hours.unwrap_or_default() * HOUR);
    match check(&document(), &Context { now, ledger }, action) {
        Verdict::Allowed { .. } => Vec::new(),
        Verdict::Denied { reasons } => reasons.iter().map(|r| r.code.to_string()).collect(),
    }
}

#[test]
fn every_reason_is_named_and_permanent_ones_come_first() {
    use Action::{Broadcast, SendKind, SendText, StartConversation};
    let table: &[(Action<'_>, Option<i64>, u32, &[&str])] = &[
        (SendText("12345"), Some(47), 1, &[]),
        (SendText("123456"), Some(1), 0, &["content.text_too_long"]),
        (SendText("1234👋"), Some(1), 0, &["content.text_too_long"]),
        (SendText("123👋"), Some(1), 0, &[]),
        (SendText(" \n"), Some(1), 0, &["content.text_empty"]),
        (SendText("hi"), Some(48), 0, &["window.closed"]),
        (SendText("hi"), Some(1), 2, &["window.quota_exhausted"]),
        (SendText("hi"), None, 0, &["initiation.user_must_start"]),
        (SendText("123456"), Some(48), 0, &["content.text_too_long", "window.closed"]),
        (SendKind("video"), Some(1), 0, &["content.kind_unsupported"]),
        (SendKind("hologram"), Some(1), 0, &["content.kind_unsupported"]),
        (StartConversation, None, 0, &["initiation.user_must_start"]),
        (Broadcast, None, 0, &["broadcast.unsupported"]),
    ];
    for (action, hours, used, expected) in table {
        assert_eq!(codes(*action, *hours, *used), *expected, "{action:?} after {hours:?} h, {used} used");
    }
}

#[test]
fn what_is_allowed_says_what_it_costs_and_when_it_ends() {
    let start = Timestamp::from_seconds(0);
    let context = Context { now: start, ledger: WindowLedger::default().inbound(start) };
    let verdict = check(&document(), &context, Action::SendText("hi"));
    insta::assert_json_snapshot!(verdict, @r#"
    {
      "verdict": "allowed",
      "costs": 1,
      "left_after": 1,
      "expires_at": 172800000
    }
    "#);
}

#[test]
fn a_document_of_a_later_time_is_read_and_its_unknown_parts_stay_unknown() {
    let document: CapabilityDocument = serde_json::from_value(serde_json::json!({
        "schema": SCHEMA,
        "connector": {"id": "later", "name": "Later", "version": "9.0.0", "homepage": "x"},
        "content": [{"direction": "sideways", "kind": "scent", "support": "telepathic"}],
        "holograms": {"max": 3},
    }))
    .unwrap();
    assert_eq!(document.support(Direction::Outbound, "text"), Support::Unknown);
    assert_eq!(document.content[0].support, Support::Unknown);
    assert!(!document.business_may_start());
}
