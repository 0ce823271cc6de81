#![allow(clippy::unwrap_used, reason = "these are tests")]

use std::collections::BTreeSet;

use serde::Deserialize;

use super::*;
use crate::rest::{bodies::PolicyBody, outgoing::OutgoingContent};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    name: Option<String>,
    #[serde(default)]
    parts: Vec<Part>,
    #[serde(default)]
    anything: Value,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    size: u8,
    kind: Option<Kind>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Big,
    Other { number: i64 },
}

fn detail(body: &str) -> String {
    let problem = read::<Body>(body.as_bytes()).unwrap_err();
    assert_eq!(problem.code(), "request.malformed");
    serde_json::to_value(problem).unwrap()["detail"].as_str().unwrap().to_owned()
}

#[test]
fn what_is_wrong_is_named_with_its_place_and_without_values() {
    let table = [
        (r#"{"nmae": "secret"}"#, r#"The body has a member "nmae" that is not known; "#),
        (
            r#"{"parts": [{"size": 1}, {"size": 1, "szie": 2}]}"#,
            r#"The body has a member "szie" that is not known, in "parts[1]"; "#,
        ),
        (r#"{"parts": [{}]}"#, r#"The body lacks the member "size", in "parts[0]"; "#),
        (
            r#"{"parts": [{"size": "secret"}]}"#,
            r#"The body has not the form that this route takes, in "parts[0].size"; "#,
        ),
        (
            r#"{"parts": [{"size": 300}]}"#,
            r#"The body has not the form that this route takes, in "parts[0].size"; "#,
        ),
        (
            r#"{"parts": [{"size": 1, "kind": "huge"}]}"#,
            r#"The body has not the form that this route takes, in "parts[0].kind"; "#,
        ),
        (r#"{"name": null, "name": "secret"}"#, r#"The body has "name" twice; "#),
        (r#"{"anything": [{"a": {"b": 1, "b": 2}}]}"#, r#"The body has "anything[0].a.b" twice; "#),
        ("[7]", "The body has not the form that this route takes"),
        ("{\"name\": \n \"", "The body is no JSON (line 2, column 2)."),
        ("{} {}", "The body is no JSON (line 1, column 4)."),
        ("", "The body is no JSON (line 1, column 0)."),
    ];
    for (body, expected) in table {
        let told = detail(body);
        assert!(told.starts_with(expected), "{body}: {told}");
        assert!(!told.contains("secret"), "{body}: {told}");
    }
    assert!(detail("[7]").ends_with("GET /v1/openapi.json describes it."));
    assert!(detail(&format!("{{\"{}\": 1}}", "x".repeat(5_000))).len() < 200, "a long name is cut");
}

#[test]
fn every_kind_of_value_is_read() {
    let body = r#"{"name": "n", "parts": [{"size": 1, "kind": "big"}, {"size": 2, "kind": {"other": {"number": -5}}}],
        "anything": {"a": [null, true, 1.5, -1, 18446744073709551615, "t"]}}"#;
    let read: Body = read(body.as_bytes()).unwrap();
    assert_eq!(read.name.as_deref(), Some("n"));
    let sizes: BTreeSet<u8> = read.parts.iter().map(|part| part.size).collect();
    assert_eq!(sizes, [1, 2].into());
    assert_eq!(read.parts[0].kind, Some(Kind::Big));
    assert_eq!(read.parts[1].kind, Some(Kind::Other { number: -5 }));
    assert_eq!(read.anything, serde_json::json!({"a": [null, true, 1.5, -1, u64::MAX, "t"]}));
}

#[test]
fn what_is_inside_a_tagged_content_is_named_by_the_content() {
    let card =
        serde_json::json!({"kind": "buttons", "text": "t", "buttons": [{"label": "l", "lable": "secret"}]});
    let problem = of::<OutgoingContent>(card, "parts[3]").err().unwrap();
    let told = serde_json::to_value(problem).unwrap();
    let expected = r#"The body has a member "lable" that is not known, in "parts[3]"; "#;
    assert!(told["detail"].as_str().unwrap().starts_with(expected), "{told}");
    let policy = read::<PolicyBody>(br#"{"may_looze": true}"#);
    assert!(policy.is_err());
}
