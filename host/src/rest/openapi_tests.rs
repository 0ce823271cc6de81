use super::*;

fn parsed() -> Value {
    serde_json::from_str(document()).unwrap()
}

fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[test]
fn everything_that_the_document_refers_to_stands_in_it() {
    let api = parsed();
    let mut found = BTreeSet::new();
    references(&api, &mut found);
    assert!(found.contains("#/components/schemas/CapabilityWindow"), "{found:?}");
    for reference in found {
        assert!(api.pointer(reference.strip_prefix('#').unwrap()).is_some(), "{reference}");
    }
}

#[test]
fn every_operation_says_who_may_use_it_and_has_an_id_of_its_own() {
    let api = parsed();
    let mut ids = BTreeSet::new();
    let mut open = BTreeSet::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for operation in item.as_object().unwrap().values() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id), "two operations are {id}");
            match operation["x-role"].as_str() {
                Some(role) => assert_eq!(operation["security"][0][KEY][0], role, "{path}"),
                None => assert!(open.insert(path.as_str())),
            }
        }
    }
    let meant = [
        "/healthz",
        "/readyz",
        "/v1/instances/{name}/authorizations/callback",
        "/v1/openapi.json",
        "/v1/session",
    ];
    assert_eq!(open, meant.into(), "the routes that need no key");
}

#[test]
fn bodies_say_at_every_depth_that_they_hold_nothing_else() {
    let api = parsed();
    let schema = |name: &str| api["components"]["schemas"][name].clone();
    for name in ["Outgoing", "OutgoingButton", "Policy", "Draft", "DraftPart", "NarrowingBody", "Question"] {
        assert_eq!(schema(name)["additionalProperties"], false, "{name}");
    }
    for name in ["OutgoingContent", "Asked"] {
        let schema = schema(name);
        let ways = schema["oneOf"].as_array().unwrap();
        assert!(ways.iter().all(|way| way["additionalProperties"] == false), "{name}");
    }
    assert_eq!(schema("MessageView").get("additionalProperties"), None, "answers may grow");
}

#[test]
fn the_document_in_docs_is_what_the_routes_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == document(), "docs/openapi.json is out of date; run `cargo xtask docs`");
}
