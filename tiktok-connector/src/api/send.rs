//! Sending one message, and the signals around it (protocol reference, section 4.1).

use connector_api::{
    CardButton, ConnectorError, Content, Done, ErrorClass, Medium, QuestionCard, ReasonCode, Receipt,
    SendRequest, SharedPost, Signal, SignalRequest,
};
use serde_json::{Value, json};

use super::{Api, answer::Answer};

/// Every message, and every signal, goes here.
pub(super) const PATH: &str = "business/message/send";

/// Sends one message with one request; the content is what the host has measured already.
pub(crate) async fn send(api: &Api, request: &SendRequest) -> Result<Receipt, ConnectorError> {
    let mut body = message(&request.content)?;
    body["business_id"] = json!(request.account.id);
    address(&mut body, &request.conversation);
    if let Some(quoted) = &request.quotes {
        if !matches!(request.content, Content::Text { .. }) {
            return Err(ConnectorError::new(
                ErrorClass::Unsupported,
                ReasonCode::CONTENT_COMBINATION_UNSUPPORTED,
                "On TikTok only a text can quote a message.",
            ));
        }
        body["referenced_message_info"] = json!({ "referenced_message_id": quoted });
    }
    let answer = api.post_as(&request.account.credentials.access_token, PATH, &body).await?;
    receipt(&answer)
}

/// Shows typing, or marks the whole conversation as read. TikTok gives a signal no id.
pub(crate) async fn signal(api: &Api, request: &SignalRequest) -> Result<Done, ConnectorError> {
    let action = match request.signal {
        Signal::Typing => "TYPING",
        Signal::MarkRead => "MARK_READ",
        _ => return Err(ConnectorError::unsupported("signal")),
    };
    let mut body = json!({
        "business_id": request.account.id,
        "message_type": "SENDER_ACTION",
        "sender_action": action,
    });
    address(&mut body, &request.conversation);
    api.post_as(&request.account.credentials.access_token, PATH, &body).await?;
    Ok(Done::new())
}

fn address(body: &mut Value, conversation: &str) {
    body["recipient_type"] = json!("CONVERSATION");
    body["recipient"] = json!(conversation);
}

/// Without its id nobody can tell the message's echo from a colleague's (protocol reference, section 14, T7).
pub(super) fn receipt(answer: &Answer) -> Result<Receipt, ConnectorError> {
    match answer.text("/message/message_id") {
        Some(id) => Ok(Receipt::new(Some(id)).with_request_id(answer.request_id.clone())),
        None => Err(answer.lacks("the message")),
    }
}

/// The content as TikTok takes it; one message carries exactly one kind.
pub(super) fn message(content: &Content) -> Result<Value, ConnectorError> {
    match content {
        Content::Text { text } => Ok(json!({ "message_type": "TEXT", "text": { "body": text } })),
        Content::Media(medium) if medium.media_kind == "image" => image(medium),
        Content::Post(post) => own_post(post),
        Content::QuestionCard(card) => question_card(card),
        other => Err(ConnectorError::unsupported_content(other.kind())),
    }
}

fn image(medium: &Medium) -> Result<Value, ConnectorError> {
    if medium.caption.is_some() {
        return Err(ConnectorError::new(
            ErrorClass::Unsupported,
            ReasonCode::CONTENT_CAPTION_UNSUPPORTED,
            "On TikTok a picture has no text of its own.",
        ));
    }
    let id = medium.media_id.as_ref().ok_or_else(|| lacks("A picture is sent by the id of its upload."))?;
    Ok(json!({ "message_type": "IMAGE", "image": { "media_id": id } }))
}

fn own_post(post: &SharedPost) -> Result<Value, ConnectorError> {
    let id = post.post_id.as_ref().ok_or_else(|| lacks("A post is sent by its id."))?;
    Ok(json!({ "message_type": "SHARE_POST", "share_post": { "item_id": id } }))
}

fn question_card(card: &QuestionCard) -> Result<Value, ConnectorError> {
    let kind = match card.layout.as_str() {
        "buttons" => "QA_BUTTON_CARD",
        "links" => "QA_LINK_CARD",
        _ => return Err(lacks("A question card of TikTok has the layout `buttons` or `links`.")),
    };
    let buttons: Vec<Value> = card.buttons.iter().map(button).collect();
    let template = json!({ "type": kind, "title": card.title, "buttons": buttons });
    Ok(json!({ "message_type": "TEMPLATE", "template": template }))
}

fn button(button: &CardButton) -> Value {
    let mut sent = json!({ "type": "REPLY", "title": button.label });
    if let Some(id) = &button.id {
        sent["id"] = json!(id);
    }
    sent
}

fn lacks(message: &str) -> ConnectorError {
    ConnectorError::new(ErrorClass::Invalid, ReasonCode::CONTENT_REJECTED, message)
}
