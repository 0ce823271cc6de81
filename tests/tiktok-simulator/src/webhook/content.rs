//! The `content` of direct-message events (protocol reference, sections 6.3 to 6.11).

use serde_json::{Map, Value, json};

use crate::settings::{EchoIdentifier, Settings};
use crate::state::{Account, AutoMessage, Conversation, Customer, Direction, Message, Source};

/// The payload of `im_receive_msg` and `im_send_msg`.
pub(crate) fn message(
    account: &Account,
    customer: &Customer,
    conversation: &Conversation,
    message: &Message,
    settings: &Settings,
) -> Value {
    let outgoing = message.direction == Direction::Outgoing;
    let build = if outgoing { from_business } else { common };
    let mut payload = build(account, customer, conversation, &message.message_id, message.timestamp_ms);
    let (kind, block) = message.content.webhook_block();
    payload["message_tag"] = json!({ "source": message.source });
    match block {
        Some(block) => put_block(&mut payload, &kind, block),
        None => payload["type"] = json!(kind),
    }
    if let Some(quoted) = &message.referenced_message_id {
        payload["referenced_message_info"] = json!({ "referenced_message_id": quoted });
    }
    if let Some(source) = &message.reply_source_payload {
        payload["reply_source_payload"] = json!(source);
    }
    if let Some(automation) = message.auto_message_type {
        payload["auto_message_type"] = json!(automation);
    }
    if outgoing {
        name_customer(&mut payload, account, settings.echo_unique_identifier);
    }
    payload
}

fn name_customer(payload: &mut Value, account: &Account, whom: EchoIdentifier) {
    match whom {
        EchoIdentifier::Customer => {}
        EchoIdentifier::Business => payload["unique_identifier"] = json!(account.business_id),
        EchoIdentifier::Absent => {
            payload.as_object_mut().and_then(|members| members.remove("unique_identifier"));
        }
    }
}

/// Puts the type and its block into a payload.
pub(crate) fn put_block(payload: &mut Value, kind: &str, block: Value) {
    payload["type"] = json!(kind);
    payload[kind] = block;
}

/// What every message of a customer has, without `type` and type block.
pub(crate) fn common(
    account: &Account,
    customer: &Customer,
    conversation: &Conversation,
    message_id: &str,
    timestamp_ms: i64,
) -> Value {
    let people = base(account, customer, false, timestamp_ms);
    with_message(people, customer, conversation, message_id)
}

/// What every message of the business has, without `type` and type block.
pub(crate) fn from_business(
    account: &Account,
    customer: &Customer,
    conversation: &Conversation,
    message_id: &str,
    timestamp_ms: i64,
) -> Value {
    let people = base(account, customer, true, timestamp_ms);
    with_message(people, customer, conversation, message_id)
}

fn with_message(
    mut payload: Value,
    customer: &Customer,
    conversation: &Conversation,
    message_id: &str,
) -> Value {
    payload["conversation_id"] = json!(conversation.conversation_id);
    payload["message_id"] = json!(message_id);
    payload["scene_type"] = json!(0);
    payload["is_follower"] = json!(customer.is_follower);
    payload["message_tag"] = json!({ "source": Source::App });
    payload
}

/// The payload of `im_mark_read_msg`.
pub(crate) fn read(
    account: &Account,
    customer: &Customer,
    conversation: &Conversation,
    last_read_ms: i64,
    now_ms: i64,
) -> Value {
    let mut payload = base(account, customer, false, now_ms);
    payload["conversation_id"] = json!(conversation.conversation_id);
    payload["read"] = json!({ "last_read_timestamp": last_read_ms });
    payload
}

/// The payload of `im_referral_msg`.
pub(crate) fn referral(
    account: &Account,
    customer: &Customer,
    conversation: &Conversation,
    referral: Value,
    now_ms: i64,
) -> Value {
    let mut payload = base(account, customer, false, now_ms);
    payload["conversation_id"] = json!(conversation.conversation_id);
    payload["is_follower"] = json!(customer.is_follower);
    payload["referral"] = referral;
    payload
}

/// The payload of `im_receive_high_intent_comment`.
pub(crate) fn comment(
    account: &Account,
    customer: &Customer,
    comment_id: &str,
    text: &str,
    now_ms: i64,
) -> Value {
    let mut payload = base(account, customer, false, now_ms);
    payload["comment_id"] = json!(comment_id);
    payload["comment_text"] = json!(text);
    payload["is_follower"] = json!(customer.is_follower);
    payload
}

/// The payload of `im_receive_msg_eu`, which names nobody but the business.
pub(crate) fn eu_notice(account: &Account, now_ms: i64) -> Value {
    json!({
        "to": account.username,
        "to_user": { "id": account.business_id, "role": "business_account" },
        "timestamp": now_ms,
    })
}

/// The payload of `im_auto_message_config_update`.
pub(crate) fn auto_message_config(message: &AutoMessage, action: &str, now_ms: i64) -> Value {
    let mut payload = json!({
        "auto_message_id": message.auto_message_id,
        "auto_message_type": message.auto_message_type,
        "auto_message_action": action,
        "timestamp": now_ms,
    });
    payload[message.auto_message_type.form().0] = message.block.clone();
    payload
}

/// The payload of `im_auto_message_audit_update`.
pub(crate) fn auto_message_audit(message: &AutoMessage, now_ms: i64) -> Value {
    json!({
        "auto_message_id": message.auto_message_id,
        "auto_message_type": message.auto_message_type,
        "audit_status": message.audit_status,
        "timestamp": now_ms,
    })
}

fn base(account: &Account, customer: &Customer, from_business: bool, timestamp_ms: i64) -> Value {
    let business =
        (json!(account.username), json!({ "id": account.business_id, "role": "business_account" }));
    let person =
        (json!(customer.username), json!({ "id": customer.unique_identifier, "role": "personal_account" }));
    let (from, to) = if from_business { (business, person) } else { (person, business) };
    let members = [
        ("from", from.0),
        ("to", to.0),
        ("from_user", from.1),
        ("to_user", to.1),
        ("unique_identifier", json!(customer.unique_identifier)),
        ("timestamp", json!(timestamp_ms)),
    ];
    Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}
