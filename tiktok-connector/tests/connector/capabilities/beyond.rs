//! What there is beside conversations, and what an instance is set up with.

use connector_api::capabilities::{
    document::{Limit, Support, TextUnit},
    settings,
};
use serde_json::{Value, json};

use super::*;
use crate::{APP_SECRET, start};

/// Each setting as the document has it, without its words for people.
fn settings_table() -> Value {
    json!({
        "app_id": { "type": "string", "minLength": 1 },
        "app_secret": { "type": "string", "minLength": 1, "writeOnly": true },
        "api_base": {
            "type": "string", "format": "uri", "default": "https://business-api.tiktok.com/open_api/v1.3",
        },
        "authorize_url": {
            "type": "string", "format": "uri", "default": "https://www.tiktok.com/v2/auth/authorize",
        },
        "scopes": {
            "type": "array", "items": { "type": "string", "minLength": 1 }, "minItems": 1,
            "default": [
                "user.info.basic", "user.info.username", "message.list.read", "message.list.send",
                "message.list.manage",
            ],
        },
        "signature_tolerance_seconds": {
            "type": "integer", "minimum": 1, "maximum": 259_200, "default": 300,
        },
        "stale_signatures": { "type": "string", "enum": ["accept", "reject"], "default": "accept" },
        "request_timeout_seconds": { "type": "integer", "minimum": 1, "maximum": 300, "default": 30 },
    })
}

fn properties(document: &CapabilityDocument) -> Value {
    let mut properties = document.settings.clone().unwrap_or_default()["properties"].take();
    for setting in properties.as_object_mut().into_iter().flat_map(|all| all.values_mut()) {
        if let Some(words) = setting.as_object_mut() {
            words.retain(|word, _| word != "title" && word != "description");
        }
    }
    properties
}

checks! {
    fn tiktok_sends_three_kinds_of_messages_by_itself(document) {
        let told: Vec<_> = document
            .automatic_messages
            .iter()
            .map(|rule| {
                let may = (rule.can_be_deleted, rule.can_be_sorted, rule.reviewed);
                let title = rule.title.map(|title| (title.max, title.unit));
                (&*rule.kind, rule.max, title, (rule.text.max, rule.text.unit), may)
            })
            .collect();
        let most = |characters| (Limit::At(characters), TextUnit::Utf16);
        let may = |deleted, sorted| (Some(deleted), Some(sorted), Some(true));
        holds!(told, [
            ("welcome_message", Limit::At(1), None, most(250), may(false, false)),
            ("suggested_question", Limit::At(3), Some(most(80)), most(200), may(true, false)),
            ("chat_prompt", Limit::At(6), Some(most(18)), most(150), may(true, true)),
        ]);
    }

    fn a_comment_is_answered_once_within_48_hours_in_three_countries(document) {
        let rule = &document.comment_answers;
        holds!((rule.support, rule.kinds.join(" ")), (Support::Native, "text".to_owned()));
        holds!((rule.max_age_seconds, rule.max_count), (Limit::At(48 * 3600), Limit::At(1)));
        holds!(rule.quiet_seconds, Some(24 * 3600));
        holds!(rule.account_regions.join(" "), "ID TH VN");
    }

    fn an_instance_is_set_up_with_an_app_and_its_secret(document) {
        let schema = document.settings.clone().unwrap_or_default();
        holds!(schema["type"].as_str(), Some("object"));
        holds!(schema["required"].clone(), json!(["app_id", "app_secret"]));
        holds!(schema["additionalProperties"].clone(), json!(false));
        holds!(properties(document), settings_table());
        holds!(settings::secrets(&schema), ["app_secret"]);
    }
}

#[test]
fn the_connector_takes_what_the_schema_allows_and_refuses_what_it_refuses() {
    let schema = TIKTOK.settings.clone().expect("a schema");
    let check = |more: &Value| {
        let mut all = json!({ "app_id": "1", "app_secret": APP_SECRET });
        if let (Value::Object(all), Value::Object(more)) = (&mut all, more.clone()) {
            all.extend(more);
        }
        settings::check(&schema, all.as_object().expect("an object")).is_empty()
    };
    for (name, setting) in settings_table().as_object().expect("an object") {
        if let Some(default) = setting.get("default") {
            let given = json!({ name: default });
            assert!(check(&given) && start(given).is_ok(), "{name}");
        }
        for word in setting.get("enum").and_then(Value::as_array).into_iter().flatten() {
            let given = json!({ name: word });
            assert!(check(&given) && start(given).is_ok(), "{name} {word}");
        }
        for (bound, step) in [("minimum", -1), ("maximum", 1)] {
            if let Some(most) = setting.get(bound).and_then(Value::as_i64) {
                let (given, beyond) = (json!({ name: most }), json!({ name: most + step }));
                assert!(check(&given) && start(given).is_ok(), "{name} {most}");
                assert!(!check(&beyond) && start(beyond).is_err(), "{name} beyond {most}");
            }
        }
    }
    for wrong in [
        json!({ "app_id": "" }),
        json!({ "app_secret": "" }),
        json!({ "app_secret": 7 }),
        json!({ "app_sceret": "x" }),
        json!({ "stale_signatures": "maybe" }),
        json!({ "scopes": [] }),
        json!({ "scopes": [""] }),
        json!({ "request_timeout_seconds": "30" }),
    ] {
        assert!(!check(&wrong) && start(wrong.clone()).is_err(), "{wrong}");
    }
}

#[test]
fn the_defaults_of_the_schema_are_those_of_the_connector() {
    let defaults = settings_table();
    let mut given = json!({ "app_id": "1", "app_secret": APP_SECRET });
    let read = |settings: &Value| {
        let settings: tiktok_connector::Settings =
            serde_json::from_value(settings.clone()).expect("settings");
        format!("{settings:?}")
    };
    let without = read(&given);
    for (name, setting) in defaults.as_object().expect("an object") {
        if let Some(default) = setting.get("default") {
            given[name] = default.clone();
        }
    }
    assert_eq!(read(&given), without);
}
