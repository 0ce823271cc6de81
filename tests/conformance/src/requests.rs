//! One request of each operation.

use connector_api::{
    capabilities::document::{Direction, Support},
    operation::{self as op, Operation},
    *,
};
use serde_json::{Value, json};

use crate::Samples;

/// A picture of one pixel.
const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0,
    1, 8, 0, 0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 10, b'I', b'D', b'A', b'T', 0x78, 0x9c, 0x63, 0, 0, 0,
    2, 0, 1, 0x48, 0xaf, 0xa4, 0x71, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];
const JPEG: &[u8] =
    &[0xff, 0xd8, 0xff, 0xe0, 0, 16, b'J', b'F', b'I', b'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 0xff, 0xd9];

/// Bytes of that media type.
pub(crate) fn medium(mime: &str) -> Vec<u8> {
    match mime {
        "image/png" => PNG.to_vec(),
        "image/jpeg" => JPEG.to_vec(),
        other => format!("conformance: {other}").into_bytes(),
    }
}

/// Content of that kind.
pub(crate) fn content(kind: &str, text: &str) -> Content {
    match kind {
        "text" => Content::text(text),
        "post_share" => Content::Post(SharedPost::new(Some("1".to_owned()), None)),
        "question_card" => {
            let buttons = ["Yes", "No"].map(|label| CardButton::new(label, Some(label.to_lowercase())));
            Content::QuestionCard(QuestionCard::new("buttons", "Conformance?", buttons.to_vec()))
        }
        kind => Content::Media(Medium::by_id(kind, "conformance-medium")),
    }
}

/// A request of the operation `name` with the bytes beside it; `None` where this version does not know it.
pub(crate) fn request(
    samples: &Samples,
    document: &CapabilityDocument,
    name: &str,
) -> Option<(Value, Vec<u8>)> {
    let account = samples.account();
    let (conversation, text) = (samples.outbound.conversation.clone(), samples.outbound.text.as_str());
    let now = Timestamp::from_seconds(samples.received_at);
    let plain = |value: Value| Some((value, Vec::new()));
    let json = |value: Result<Value, serde_json::Error>| value.ok().and_then(plain);
    let redirect = "http://127.0.0.1:1/conformance";
    let native = |wanted: Direction| {
        let mut rules = document.content.iter();
        rules.find(move |rule| {
            rule.direction == wanted && rule.support == Support::Native && rule.kind != "text"
        })
    };
    match name {
        op::Send::NAME => json(serde_json::to_value(SendRequest::new(
            account,
            conversation,
            Content::text(text),
            "message-1",
        ))),
        op::StartConversation::NAME => plain(json!({"account": account, "contact": conversation,
            "content": Content::text(text), "message": "message-1"})),
        op::AnswerComment::NAME => plain(json!({"account": account, "comment": "1",
            "content": Content::text(text), "message": "message-1"})),
        op::CommentAnswers::NAME => plain(json!({"account": account})),
        op::AutomaticMessages::NAME => plain(json!({"account": account,
            "kind": "welcome_message", "action": {"do": "list"}})),
        op::Edit::NAME => plain(json!({"account": account, "conversation": conversation, "message": "m1",
            "content": Content::text(text)})),
        op::Delete::NAME => plain(json!({"account": account, "conversation": conversation, "message": "m1"})),
        op::UploadMedia::NAME => {
            let mimes = native(Direction::Outbound).and_then(|rule| rule.limits.media.as_ref());
            let mime = mimes.and_then(|media| media.mimes.first()).map_or("image/png", |mime| mime);
            Some((json!({"account": account, "mime": mime}), medium(mime)))
        }
        op::FetchMedia::NAME => {
            let kind = native(Direction::Inbound).map_or("image", |rule| rule.kind.as_str());
            let request = FetchMediaRequest::new(account, conversation, "m1", "medium-1", kind, 1_000_000);
            json(serde_json::to_value(request))
        }
        op::Signal::NAME => {
            json(serde_json::to_value(SignalRequest::new(account, conversation, Signal::Typing)))
        }
        op::BeginAuthorization::NAME => {
            json(serde_json::to_value(BeginAuthorizationRequest::new(redirect, "conformance-state")))
        }
        op::CompleteAuthorization::NAME => {
            let code = Secret::new("conformance-code");
            json(serde_json::to_value(CompleteAuthorizationRequest::new(code, redirect, now)))
        }
        op::RefreshAuthorization::NAME => {
            json(serde_json::to_value(RefreshAuthorizationRequest::new(account, now)))
        }
        op::RevokeAuthorization::NAME | op::InspectAuthorization::NAME | op::AccountProfile::NAME => {
            json(serde_json::to_value(AccountRequest::new(account)))
        }
        op::ContactProfile::NAME => {
            json(serde_json::to_value(ContactProfileRequest::new(account, conversation)))
        }
        op::Probe::NAME => {
            let facts = document.probes.iter().flat_map(|probe| probe.answers.clone()).collect();
            json(serde_json::to_value(ProbeRequest::new(account, facts).with_conversation(conversation)))
        }
        op::History::NAME => json(serde_json::to_value(HistoryRequest::new(account))),
        op::Poll::NAME => json(serde_json::to_value(PollRequest::new(now).with_account(account))),
        op::ConfigureWebhooks::NAME => json(serde_json::to_value(ConfigureWebhooksRequest::new(None))),
        op::EntryPoints::NAME => json(serde_json::to_value(
            EntryPointsRequest::new(account).with_handle(Some("conformance".to_owned())),
        )),
        _ => None,
    }
}

macro_rules! replies {
    ($($operation:ident),* $(,)?) => {
        /// Whether `reply` is one of the operation `name`.
        pub(crate) fn is_reply(name: &str, reply: &Value) -> bool {
            let read = match name {
                $(op::$operation::NAME => {
                    serde_json::from_value::<<op::$operation as Operation>::Reply>(reply.clone()).map(drop)
                })*
                _ => return false,
            };
            read.is_ok()
        }
    };
}

replies!(
    Send,
    StartConversation,
    AnswerComment,
    CommentAnswers,
    AutomaticMessages,
    Edit,
    Delete,
    UploadMedia,
    FetchMedia,
    Signal,
    BeginAuthorization,
    CompleteAuthorization,
    RefreshAuthorization,
    RevokeAuthorization,
    InspectAuthorization,
    AccountProfile,
    ContactProfile,
    Probe,
    History,
    Poll,
    ConfigureWebhooks,
    EntryPoints,
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_a_request() {
        let samples: Samples = serde_json::from_str("{}").unwrap();
        let document = json!({"schema": "s", "connector": {"id": "a", "name": "a", "version": "1"}});
        let document: CapabilityDocument = serde_json::from_value(document).unwrap();
        for name in op::NAMES {
            assert!(request(&samples, &document, name).is_some(), "{name}");
        }
    }
}
