//! The `content` of direct-message events (protocol reference, sections 6.3 to 6.9).

use serde_json::{Map, Value, json};

use crate::state::{Account, Content, Conversation, Customer, Direction, Message};

/// The payload of `im_receive_msg` and `im_send_msg`.
pub(crate) fn message(
    account: &Account,
    customer: &Customer,
    conversation: &Conversation,
    message: &Message,
) -> Value {
    let outgoing = message.direction == Direction::Outgoing;
    let mut payload = base(account, customer, conversation, outgoing, message.timestamp_ms);
    let (kind, block) = block(&message.content);
    payload.insert("message_id".to_owned(), json!(message.message_id));
    payload.insert("type".to_owned(), json!(kind));
    payload.insert(kind.to_owned(), block);
    payload.insert("scene_type".to_owned(), json!(0));
    payload.insert("is_follower".to_owned(), json!(customer.is_follower));
    payload.insert("message_tag".to_owned(), json!({ "source": message.source }));
    if let Some(quoted) = &message.referenced_message_id {
        let reference = json!({ "referenced_message_id": quoted });
        payload.insert("referenced_message_info".to_owned(), reference);
    }
    Value::Object(payload)
}

/// The payload of `im_mark_read_msg`.
pub(crate) fn read(
    account: &Account,
    customer: &Customer,
    conversation: &Conversation,
    last_read_ms: i64,
    now_ms: i64,
) -> Value {
    let mut payload = base(account, customer, conversation, false, now_ms);
    let read = json!({ "last_read_timestamp": last_read_ms });
    payload.insert("read".to_owned(), read);
    Value::Object(payload)
}

fn base(
    account: &Account,
    customer: &Customer,
    conversation: &Conversation,
    from_business: bool,
    timestamp_ms: i64,
) -> Map<String, Value> {
    let business =
        (json!(account.username), json!({ "id": account.business_id, "role": "business_account" }));
    let person =
        (json!(customer.username), json!({ "id": customer.unique_identifier, "role": "personal_account" }));
    let (from, to) = if from_business { (business, person) } else { (person, business) };
    [
        ("from", from.0),
        ("to", to.0),
        ("from_user", from.1),
        ("to_user", to.1),
        ("unique_identifier", json!(customer.unique_identifier)),
        ("conversation_id", json!(conversation.conversation_id)),
        ("timestamp", json!(timestamp_ms)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .collect()
}

/// The type and type block in webhook spelling (protocol reference, sections 6.4 and 7).
fn block(content: &Content) -> (&'static str, Value) {
    match content {
        Content::Text { body } => ("text", json!({ "body": body })),
        Content::Template { template } => ("template", template_block(template)),
    }
}

fn template_block(template: &Value) -> Value {
    let kind = template["type"].as_str().unwrap_or_default();
    let buttons: Vec<Value> = template["buttons"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|button| json!({ "text": button["title"], "type": "REPLY", "id": button["id"] }))
        .collect();
    json!({
        "type": kind.to_lowercase(),
        "elements": [{ "title": template["title"], "buttons": buttons }],
    })
}
