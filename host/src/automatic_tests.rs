use serde_json::{Value, json};

use super::*;

fn rule(more: &Value) -> AutomaticRule {
    let mut rule = json!({"kind": "prompt", "max": 2, "text": {"max": 5, "unit": "utf16"}});
    if let (Some(rule), Some(more)) = (rule.as_object_mut(), more.as_object()) {
        rule.extend(more.clone());
    }
    serde_json::from_value(rule).expect("a rule")
}

fn create(title: Option<&str>, text: &str) -> AutomaticAction {
    AutomaticAction::Create { text: AutomaticText::new(title.map(str::to_owned), text) }
}

fn codes(reasons: &[Reason]) -> Vec<&str> {
    reasons.iter().map(|reason| reason.code.as_str()).collect()
}

fn present(review: Review, ids: &[&str]) -> Vec<AutomaticMessage> {
    ids.iter().map(|id| AutomaticMessage::new(*id, AutomaticText::new(None, "x"), review)).collect()
}

#[test]
fn texts_and_titles_are_held_against_their_limits() {
    let titled = json!({"title": {"max": 3, "unit": "utf16"}});
    let table: &[(&Value, Option<&str>, &str, &[&str])] = &[
        (&json!({}), None, "12345", &[]),
        (&json!({}), None, "1234👋", &["content.text_too_long"]),
        (&json!({}), None, " ", &["content.text_empty"]),
        (&json!({}), None, "\0", &["content.text_empty"]),
        (&json!({}), None, "\u{1b} \n", &["content.text_empty"]),
        (&titled, Some("\u{7f}"), "1", &["content.text_empty"]),
        (&json!({}), Some("a"), "1", &["content.title_unsupported"]),
        (&titled, Some("abc"), "1", &[]),
        (&titled, None, "1", &["content.text_empty"]),
        (&titled, Some("abcd"), "123456", &["content.text_too_long", "content.text_too_long"]),
        (&json!({"text": {"max": "unknown"}}), None, "as long as it may be", &[]),
    ];
    for (more, title, text, expected) in table {
        assert_eq!(codes(&against(&rule(more), &create(*title, text))), *expected, "{more} {title:?} {text}");
    }
}

#[test]
fn what_is_not_declared_is_not_done() {
    let remove = AutomaticAction::Delete { id: "1".to_owned() };
    let sort = AutomaticAction::Sort { ids: Vec::new() };
    for (action, field) in [(&remove, "can_be_deleted"), (&sort, "can_be_sorted")] {
        let certain = |more: &Value| against(&rule(more), action).first().map(|reason| reason.certain);
        assert_eq!(certain(&json!({field: true})), None);
        assert_eq!(certain(&json!({field: false})), Some(true));
        assert_eq!(certain(&json!({})), Some(false), "nobody has said");
    }
    let document = serde_json::from_value(json!({"schema": "connector.capabilities/v1",
        "connector": {"id": "a", "name": "A", "version": "1"}}));
    let document: CapabilityDocument = document.expect("a document");
    assert_eq!(declared(&document, "prompt"), None);
    assert_eq!(not_declared(&document).code, ReasonCode::OPERATION_UNSUPPORTED);
    assert_eq!(not_declared(&document).text, "A has no automatic messages.");
    let both = [rule(&json!({})), rule(&json!({"kind": "greeting"}))];
    let document = CapabilityDocument { automatic_messages: both.into(), ..document };
    assert_eq!(
        not_declared(&document).text,
        "A has no automatic messages of that kind; it has prompt, greeting."
    );
}

#[test]
fn one_more_than_declared_is_refused() {
    let refused = |number: usize| {
        let there = present(Review::Approved, &["1", "2", "3"][..number]);
        against_present(&rule(&json!({})), &create(None, "x"), &there).map(|reason| reason.code)
    };
    assert_eq!([refused(1), refused(2)], [None, Some(ReasonCode::CONTENT_TOO_MANY)]);
}

#[test]
fn a_text_under_review_waits_for_its_verdict() {
    let reviewed = rule(&json!({"reviewed": true}));
    let update = AutomaticAction::Update { id: "1".to_owned(), text: AutomaticText::new(None, "x") };
    let found = |review| against_present(&reviewed, &update, &present(review, &["1"]));
    let refused = found(Review::Reviewing).expect("under review");
    assert_eq!((refused.code.as_str(), refused.permanent), ("content.under_review", false));
    assert_eq!(found(Review::Rejected), None);
    assert_eq!(against_present(&reviewed, &update, &present(Review::Reviewing, &["2"])), None);
}

#[test]
fn an_order_names_all_that_there_are_once() {
    let there = present(Review::Approved, &["1", "2"]);
    let are_all = |ids: &[&str]| are_all(&ids.iter().map(|&id| id.to_owned()).collect::<Vec<_>>(), &there);
    assert!(are_all(&["2", "1"]));
    for wrong in [&["1"][..], &["1", "1"], &["1", "2", "3"], &[]] {
        assert!(!are_all(wrong), "{wrong:?}");
    }
}
