//! Answering comments by a direct message (protocol reference, section 4.8).

use connector_api::{
    AnswerCommentRequest, AnsweredComment, CommentAnswers, CommentAnswersRequest, ConnectorError,
};
use serde_json::json;

use super::{Api, answer::Answer, send};

const KIND: &str = "COMMENT_TO_MESSAGE";

/// Answers the writer of a comment; the echo tells in which conversation.
pub(crate) async fn answer(
    api: &Api,
    request: &AnswerCommentRequest,
) -> Result<AnsweredComment, ConnectorError> {
    let mut body = send::message(&request.content)?;
    body["business_id"] = json!(request.account.id);
    body["direct_reply"] =
        json!({ "reply_type": "COMMENT_REPLY", "comment_reply": { "comment_id": request.comment } });
    let token = &request.account.credentials.access_token;
    let answer = api.post_as(token, send::PATH, &body).await?;
    let conversation = answer.text("/message/conversation_id");
    Ok(AnsweredComment::new(conversation, send::receipt(&answer)?))
}

/// Says whether comments may be answered, or switches it.
pub(crate) async fn answers(
    api: &Api,
    request: &CommentAnswersRequest,
) -> Result<CommentAnswers, ConnectorError> {
    let (id, token) = (&request.account.id, &request.account.credentials.access_token);
    let Some(enable) = request.enable else {
        let query = [("business_id", id.as_str()), ("direct_reply_type", KIND)];
        let answer = api.get_as(token, "business/message/direct_reply/get", &query).await?;
        return Ok(CommentAnswers::new(is_enabled(&answer)));
    };
    let status = if enable { "ENABLE" } else { "DISABLE" };
    let body = json!({ "business_id": id, "direct_reply_type": KIND, "operation_status": status });
    api.post_as(token, "business/message/direct_reply/update", &body).await?;
    Ok(CommentAnswers::new(Some(enable)))
}

/// TikTok's word for a switch.
pub(super) fn is_enabled(answer: &Answer) -> Option<bool> {
    match answer.text("/operation_status")?.to_ascii_uppercase().as_str() {
        "ENABLE" => Some(true),
        "DISABLE" => Some(false),
        _ => None,
    }
}
