//! Sections 3 and 4: what every endpoint requires, and which scope and token.

use serde_json::{Map, Value, json};

use crate::api_client::{World, envelope};

/// An endpoint with parameters that are all required and all right.
struct Case {
    method: &'static str,
    path: &'static str,
    scope: Option<&'static str>,
    parameters: Value,
}

fn cases(world: &World) -> Vec<Case> {
    let id = world.tokens.open_id.as_str();
    let app = json!({ "app_id": world.sim.app_id(), "secret": world.sim.app_secret(), "event_type": "DIRECT_MESSAGE" });
    let client = |rest: &Value| {
        merged(json!({ "client_id": world.sim.app_id(), "client_secret": world.sim.app_secret() }), rest)
    };
    let auto = |rest: &Value| merged(json!({ "business_id": id, "auto_message_type": "CHAT_PROMPT" }), rest);
    let prompt = json!({ "chat_prompt": { "title": "t", "content": "c" } });
    let (read, send, manage) =
        (Some("message.list.read"), Some("message.list.send"), Some("message.list.manage"));
    let case = |method, path, scope, parameters| Case { method, path, scope, parameters };
    vec![
        case(
            "POST",
            "/tt_user/oauth2/token/",
            None,
            client(&json!({ "grant_type": "authorization_code", "auth_code": "x", "redirect_uri": "y" })),
        ),
        case(
            "POST",
            "/tt_user/oauth2/refresh_token/",
            None,
            client(&json!({ "grant_type": "refresh_token", "refresh_token": "x" })),
        ),
        case("POST", "/tt_user/oauth2/revoke/", None, client(&json!({ "access_token": "x" }))),
        case(
            "POST",
            "/tt_user/token_info/get/",
            None,
            json!({ "app_id": world.sim.app_id(), "access_token": "x" }),
        ),
        case("GET", "/business/get/", Some("user.info.basic"), json!({ "business_id": id })),
        case("POST", "/business/message/send/", send, world.text("x==", "oi")),
        case(
            "GET",
            "/business/message/conversation/list/",
            read,
            json!({ "business_id": id, "conversation_type": "SINGLE" }),
        ),
        case(
            "GET",
            "/business/message/content/list/",
            read,
            json!({ "business_id": id, "conversation_id": "x" }),
        ),
        case(
            "POST",
            "/business/message/media/download/",
            read,
            json!({
            "business_id": id, "conversation_id": "x", "message_id": "x", "media_id": "x", "media_type": "IMAGE" }),
        ),
        case(
            "GET",
            "/business/message/capabilities/get/",
            read,
            json!({
            "business_id": id, "capability_types": r#"["IMAGE_SEND"]"#, "conversation_id": "x", "conversation_type": "SINGLE" }),
        ),
        case("POST", "/business/message/auto_message/create/", manage, auto(&prompt)),
        case(
            "POST",
            "/business/message/auto_message/update/",
            manage,
            auto(&merged(prompt.clone(), &json!({ "auto_message_id": "x" }))),
        ),
        case(
            "POST",
            "/business/message/auto_message/status/update/",
            manage,
            auto(&json!({ "operation_status": "ENABLE" })),
        ),
        case("POST", "/business/message/auto_message/get/", manage, auto(&json!({}))),
        case(
            "POST",
            "/business/message/auto_message/delete/",
            manage,
            auto(&json!({ "auto_message_id": "x" })),
        ),
        case(
            "POST",
            "/business/message/auto_message/sort/",
            manage,
            auto(&json!({ "auto_message_ids": [] })),
        ),
        case(
            "POST",
            "/business/message/direct_reply/update/",
            manage,
            json!({
            "business_id": id, "direct_reply_type": "COMMENT_TO_MESSAGE", "operation_status": "DISABLE" }),
        ),
        case(
            "GET",
            "/business/message/direct_reply/get/",
            manage,
            json!({ "business_id": id, "direct_reply_type": "COMMENT_TO_MESSAGE" }),
        ),
        case(
            "POST",
            "/business/webhook/update/",
            None,
            merged(app.clone(), &json!({ "callback_url": "https://example.com/" })),
        ),
        case("GET", "/business/webhook/list/", None, app.clone()),
        case("POST", "/business/webhook/delete/", None, app),
    ]
}

fn merged(mut base: Value, over: &Value) -> Value {
    base.as_object_mut().unwrap().extend(over.as_object().unwrap().clone());
    base
}

async fn call(world: &World, case: &Case, token: Option<&str>, parameters: &Map<String, Value>) -> Value {
    let url = format!("{}{}", world.sim.api_base(), case.path);
    let request = match case.method {
        "POST" => world.http.post(url).json(parameters),
        _ => world.http.get(url).query(parameters),
    };
    let request = match token {
        Some(token) => request.header("Access-Token", token),
        None => request,
    };
    envelope(request.send().await.unwrap()).await
}

#[tokio::test]
async fn a_missing_parameter_is_40002_and_named() {
    let world = World::start().await;
    world.sim.configure(|settings| settings.qps = 1_000);
    for case in cases(&world) {
        let all = case.parameters.as_object().unwrap();
        let token = case.scope.map(|_| world.tokens.access_token.as_str());
        for name in all.keys() {
            let mut without = all.clone();
            without.remove(name);
            let answer = call(&world, &case, token, &without).await;
            assert_eq!(answer["code"], 40002, "{} without {name}: {answer}", case.path);
            let message = answer["message"].as_str().unwrap();
            assert!(message.contains(name.as_str()), "{} without {name}: {message}", case.path);
        }
        let answer = call(&world, &case, token, all).await;
        let message = answer["message"].as_str().unwrap();
        assert!(!message.starts_with("Missing"), "{}: {message}", case.path);
    }
}

#[tokio::test]
async fn every_call_with_a_token_needs_it_and_its_scope() {
    let world = World::start().await;
    world.sim.configure(|settings| settings.qps = 1_000);
    let narrow = world.sim.issue_tokens_for(&world.tokens.open_id, &["user.account.type"]).unwrap();
    for case in cases(&world) {
        let Some(scope) = case.scope else { continue };
        let all = case.parameters.as_object().unwrap();
        assert_eq!(call(&world, &case, None, all).await["code"], 40104, "{}", case.path);
        let answer = call(&world, &case, Some(&narrow.access_token), all).await;
        assert_eq!(answer["code"], 40001, "{}: {answer}", case.path);
        let enough = world.sim.issue_tokens_for(&world.tokens.open_id, &[scope]).unwrap();
        let answer = call(&world, &case, Some(&enough.access_token), all).await;
        assert_ne!(answer["code"], 40001, "{}: {answer}", case.path);
    }
}
