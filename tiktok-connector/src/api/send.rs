//! Sending one message (protocol reference, section 4.1).

use connector_api::{ConnectorError, Content, ErrorClass, ReasonCode, Receipt, SendRequest};
use serde_json::json;

use super::Api;

/// Sends one message with one request; the text is what the host has measured already.
pub(crate) async fn send(api: &Api, request: &SendRequest) -> Result<Receipt, ConnectorError> {
    let Content::Text { text } = &request.content else {
        return Err(ConnectorError::new(
            ErrorClass::Unsupported,
            ReasonCode::CONTENT_KIND_UNSUPPORTED,
            "This connector sends text only.",
        ));
    };
    let body = json!({
        "business_id": request.account.id,
        "recipient_type": "CONVERSATION",
        "recipient": request.conversation,
        "message_type": "TEXT",
        "text": { "body": text },
    });
    let token = &request.account.credentials.access_token;
    let answer = api.post_as(token, "business/message/send", &body).await?;
    // Without its id nobody can tell the message's echo from a colleague's (protocol reference, section 14, T7).
    match answer.text("/message/message_id") {
        Some(id) => Ok(Receipt::new(Some(id)).with_request_id(answer.request_id)),
        None => Err(answer.lacks("the message")),
    }
}
