//! What an operator may set, and how a mistake is named.

use serde_json::{Value, json};

use crate::{APP_SECRET, start, tiktok_with};

#[test]
fn defaults_are_enough() {
    tiktok_with(json!({}));
    tiktok_with(json!({ "api_base": "http://127.0.0.1:1/open_api/v1.3/", "stale_signatures": "reject" }));
}

#[test]
fn mistakes_are_named() {
    let table: &[(Value, &str)] = &[
        (json!({ "app_secret": "" }), "app_secret is empty"),
        (json!({ "app_secret": " \t" }), "app_secret is empty"),
        (json!({ "app_id": "" }), "app_id is empty"),
        (json!({ "app_sceret": "x" }), "unknown field `app_sceret`"),
        (json!({ "stale_signatures": "maybe" }), "unknown variant `maybe`"),
        (json!({ "api_base": "tiktok" }), "api_base is not a URL"),
        (json!({ "api_base": "http://example.com" }), "api_base must begin with https://"),
        (json!({ "api_base": "https://a:b@example.com" }), "api_base must have no user"),
        (json!({ "authorize_url": "https://example.com/?a=b" }), "authorize_url must have no user, no query"),
        (json!({ "signature_tolerance_seconds": 0 }), "signature_tolerance_seconds must be from 1"),
        (json!({ "request_timeout_seconds": 301 }), "request_timeout_seconds must be from 1 to 300"),
        (json!({ "scopes": [] }), "scopes must be"),
        (json!({ "scopes": ["a,b"] }), "scopes must be"),
    ];
    for (more, expected) in table {
        let error = start(more.clone()).expect_err(expected);
        assert!(error.contains(expected), "{more}: {error}");
    }
}

#[test]
fn a_missing_secret_is_named() {
    let error = serde_json::from_value::<tiktok_connector::Settings>(json!({ "app_id": "1" }))
        .expect_err("no secret");
    assert!(error.to_string().contains("missing field `app_secret`"), "{error}");
}

#[test]
fn a_secret_of_the_wrong_type_is_not_quoted() {
    let error = start(json!({ "app_secret": 123_456_789 })).expect_err("a number");
    assert!(error.contains("app_secret must be a text"), "{error}");
    assert!(!error.contains("123456789"), "{error}");
}

#[test]
fn debug_shows_no_secret() {
    assert!(!format!("{:?}", tiktok_with(json!({}))).contains(APP_SECRET));
}
