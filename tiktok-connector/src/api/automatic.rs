//! The messages that TikTok sends by itself (protocol reference, section 4.7).

use connector_api::{
    AutomaticAction, AutomaticMessage, AutomaticMessages, AutomaticMessagesRequest, AutomaticText,
    ConnectorError, ErrorClass, ReasonCode, Review,
};
use serde_json::{Value, json};

use super::{Api, comment::is_enabled};
use crate::reading::field;

/// One kind, and how TikTok spells it.
struct Kind {
    word: &'static str,
    /// The member that holds its texts.
    block: &'static str,
    /// What the customer taps.
    title: Option<&'static str>,
    text: &'static str,
    /// A welcome message can only be switched off.
    can_be_deleted: bool,
    can_be_sorted: bool,
}

const KINDS: [Kind; 3] = [
    Kind {
        word: "WELCOME_MESSAGE",
        block: "welcome_message",
        title: None,
        text: "content",
        can_be_deleted: false,
        can_be_sorted: false,
    },
    Kind {
        word: "SUGGESTED_QUESTION",
        block: "suggested_question",
        title: Some("question"),
        text: "answer",
        can_be_deleted: true,
        can_be_sorted: false,
    },
    Kind {
        word: "CHAT_PROMPT",
        block: "chat_prompt",
        title: Some("title"),
        text: "content",
        can_be_deleted: true,
        can_be_sorted: true,
    },
];

/// Looks at or changes the automatic messages of one kind.
pub(crate) async fn act(
    api: &Api,
    request: &AutomaticMessagesRequest,
) -> Result<AutomaticMessages, ConnectorError> {
    let unsupported = || ConnectorError::unsupported("automatic_messages");
    let kind = KINDS.iter().find(|kind| kind.block == request.kind).ok_or_else(unsupported)?;
    let (call, more) = match &request.action {
        AutomaticAction::List => ("get", json!({})),
        AutomaticAction::Create { text } => ("create", kind.written(text)?),
        AutomaticAction::Update { id, text } => ("update", with_id(kind.written(text)?, id)),
        AutomaticAction::Delete { id } if kind.can_be_deleted => ("delete", with_id(json!({}), id)),
        AutomaticAction::Sort { ids } if kind.can_be_sorted => ("sort", json!({ "auto_message_ids": ids })),
        AutomaticAction::Switch { enabled } => {
            ("status/update", json!({ "operation_status": if *enabled { "ENABLE" } else { "DISABLE" } }))
        }
        _ => return Err(unsupported()),
    };
    let mut body = more;
    body["business_id"] = json!(request.account.id);
    body["auto_message_type"] = json!(kind.word);
    let path = format!("business/message/auto_message/{call}");
    let answer = api.post_as(&request.account.credentials.access_token, &path, &body).await?;
    Ok(match &request.action {
        AutomaticAction::List => {
            let messages = answer.items("/auto_messages").iter().filter_map(|told| kind.read(told)).collect();
            AutomaticMessages::listed(is_enabled(&answer), messages)
        }
        AutomaticAction::Switch { enabled } => AutomaticMessages::listed(Some(*enabled), Vec::new()),
        AutomaticAction::Update { id, .. } => {
            let changed = answer.text("/auto_message/auto_message_id");
            AutomaticMessages::changed(changed.or_else(|| Some(id.clone())))
        }
        _ => AutomaticMessages::changed(answer.text("/auto_message/auto_message_id")),
    })
}

fn with_id(mut body: Value, id: &str) -> Value {
    body["auto_message_id"] = json!(id);
    body
}

impl Kind {
    fn written(&self, text: &AutomaticText) -> Result<Value, ConnectorError> {
        let mut block = json!({});
        match (self.title, &text.title) {
            (Some(name), Some(title)) => block[name] = json!(title),
            (None, None) => {}
            (wanted, _) => {
                let message =
                    if wanted.is_some() { "This kind needs a title." } else { "This kind has no title." };
                return Err(ConnectorError::new(ErrorClass::Invalid, ReasonCode::CONTENT_REJECTED, message));
            }
        }
        block[self.text] = json!(text.text);
        Ok(json!({ self.block: block }))
    }

    /// TikTok's own sample has the texts of a prompt in the block of a question, so every block is looked at.
    fn read(&self, told: &Value) -> Option<AutomaticMessage> {
        let id = field::id(told, "auto_message_id")?;
        let others = KINDS.iter().map(|kind| kind.block);
        let mut blocks = [self.block].into_iter().chain(others).filter_map(|name| told.get(name));
        let block = blocks.find(|block| block.get(self.text).is_some()).unwrap_or(&Value::Null);
        let title = self.title.and_then(|title| field::id(block, title));
        let text = AutomaticText::new(title, field::id(block, self.text).unwrap_or_default());
        let review = match field::word(told, "audit_status").as_deref() {
            Some("reviewing") => Review::Reviewing,
            Some("approved") => Review::Approved,
            Some("rejected") => Review::Rejected,
            _ => Review::Unknown,
        };
        Some(AutomaticMessage::new(id, text, review))
    }
}
