//! What a change does, as a table.

use serde_json::json;

use super::*;

fn document(extra: &Value) -> CapabilityDocument {
    let mut base = json!({
        "schema": "connector.capabilities/v1",
        "connector": {"id": "sample", "name": "Sample", "version": "1.0.0"},
        "content": [{"direction": "outbound", "kind": "text", "support": "native",
                     "limits": {"text": {"max": 100, "unit": "utf16"}}}],
        "windows": [{"length_seconds": 3600, "restarts": "each_inbound", "quota": {"max": 5}}],
        "regions": [{"feature": "media", "subject": "either", "mode": "block", "set": ["EU"]}],
        "rates": [{"scope": "app", "max": 10, "per_seconds": 1}],
    });
    for (name, value) in extra.as_object().unwrap() {
        base[name] = value.clone();
    }
    serde_json::from_value(base).unwrap()
}

#[test]
fn each_change_is_named_with_what_it_does() {
    let text = |max: Value| {
        json!([{"direction": "outbound", "kind": "text", "support": "native",
                                    "limits": {"text": {"max": max, "unit": "utf16"}}}])
    };
    let window =
        |max: Value| json!([{"length_seconds": 3600, "restarts": "each_inbound", "quota": {"max": max}}]);
    let region = |set: Value| json!([{"feature": "media", "subject": "either", "mode": "block", "set": set}]);
    let rate = |max: u32| json!([{"scope": "app", "max": max, "per_seconds": 1}]);
    let table = [
        ("content", text(json!(50)), vec!["outbound.text.text narrowed"]),
        ("content", text(json!("unbounded")), vec!["outbound.text.text widened"]),
        ("content", text(json!(null)), vec!["outbound.text.text other"]),
        ("content", json!([]), vec!["outbound.text narrowed"]),
        ("windows", window(json!(4)), vec!["window.quota narrowed", "window.quota_later narrowed"]),
        ("windows", window(json!("unbounded")), vec!["window.quota widened", "window.quota_later widened"]),
        ("windows", json!([]), vec!["windows widened"]),
        ("regions", region(json!(["EU", "JP"])), vec!["region.media.either.block narrowed"]),
        ("regions", region(json!(["EU", "DE"])), vec![]),
        ("regions", region(json!([])), vec!["region.media.either.block widened"]),
        ("rates", rate(5), vec!["rate.app.1s narrowed"]),
        ("rates", json!([]), vec!["rate.app.1s widened"]),
        ("broadcast", json!({"support": "native"}), vec!["broadcast widened"]),
        ("operations", json!({"typing": {"support": "native"}}), vec!["operation.typing widened"]),
        ("docs_url", json!("https://a.example"), vec![]),
    ];
    for (name, value, expected) in table {
        let changes = diff(&document(&json!({})), &document(&json!({name: value})));
        let found: Vec<String> =
            changes.iter().map(|change| format!("{} {}", change.rule, word(&change.effect))).collect();
        assert_eq!(found, expected, "{name} {value}");
    }
}

#[test]
fn the_way_back_has_the_opposite_effect() {
    let narrow = document(&json!({"content": [], "rates": [{"scope": "app", "max": 1, "per_seconds": 1}]}));
    let there = diff(&document(&json!({})), &narrow);
    let back = diff(&narrow, &document(&json!({})));
    assert!(there.iter().all(|change| change.effect == Effect::Narrowed), "{there:?}");
    assert!(back.iter().all(|change| change.effect == Effect::Widened), "{back:?}");
    assert_eq!(there.len(), back.len());
}
