//! Asking what is possible in a conversation (protocol reference, section 4.6).

use std::collections::BTreeMap;

use connector_api::{ChannelConnector, ProbeRequest};
use serde_json::{Value, json};

use crate::{account, platform::Platform};

fn about_media(answered: bool) -> ProbeRequest {
    ProbeRequest::new(account(), vec!["region.media".to_owned()])
        .with_conversation("cnv+A1/=")
        .with_answered(answered)
}

#[tokio::test]
async fn the_type_of_the_conversation_is_the_one_that_gives_a_true_answer() {
    for (answered, name) in [(false, "STRANGER"), (true, "SINGLE")] {
        let platform = Platform::saying(0, json!({ "capability_infos": [] })).await;
        platform.tiktok.probe(about_media(answered)).await.expect("an answer");
        let asked = platform.asked();
        let query = asked.uri.query().expect("a query");
        assert!(query.contains(&format!("conversation_type={name}")), "{query}");
        assert!(query.contains("conversation_id=cnv%2BA1%2F%3D"), "{query}");
        assert!(query.contains("capability_types=%5B%22IMAGE_SEND%22%5D"), "{query}");
        assert_eq!(asked.uri.path(), "/open_api/v1.3/business/message/capabilities/get/");
    }
}

#[tokio::test]
async fn an_answer_settles_the_claim_and_anything_else_leaves_it_unknown() {
    let info = |result: Value| json!([{ "capability_type": "IMAGE_SEND", "capability_result": result }]);
    let table = [
        (info(json!(true)), Some(true)),
        (info(json!(false)), Some(false)),
        (info(json!("true")), None),
        (info(Value::Null), None),
        (json!([{ "capability_type": "VIDEO_SEND", "capability_result": true }]), None),
        (json!([]), None),
        (Value::Null, None),
    ];
    for (infos, settled) in table {
        let platform = Platform::saying(0, json!({ "capability_infos": infos })).await;
        let answer = platform.tiktok.probe(about_media(true)).await.expect("an answer");
        let expected: BTreeMap<_, _> =
            settled.map(|is| ("region.media".to_owned(), is)).into_iter().collect();
        assert_eq!(answer.facts, expected, "{infos}");
    }
}

#[tokio::test]
async fn what_tiktok_cannot_tell_costs_no_request() {
    for request in [
        ProbeRequest::new(account(), vec!["region.media".to_owned()]),
        ProbeRequest::new(account(), vec!["region.messaging".to_owned()]).with_conversation("c"),
    ] {
        let platform = Platform::saying(0, json!({})).await;
        assert!(platform.tiktok.probe(request).await.expect("an answer").facts.is_empty());
        assert!(platform.is_untouched());
    }
}
