//! Conversation and message lists (protocol reference, sections 4.2 and 4.3).

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use serde_json::{Value, json};

use super::access::{admit, allow};
use super::business::profile_image;
use super::params::Query;
use super::{Refusal, Reply, code};
use crate::shared::Shared;
use crate::state::{Account, Conversation, ConversationType, Customer, Direction, Message};

const HORIZON_MS: i64 = 90 * 24 * 60 * 60 * 1_000;
const MAX_CONVERSATIONS: usize = 100;
const MAX_MESSAGES: usize = 20;

/// `GET /business/message/conversation/list/`.
pub(crate) async fn conversations(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap) -> Reply {
    conversation_page(&shared, &uri, &headers).into()
}

fn conversation_page(shared: &Shared, uri: &Uri, headers: &HeaderMap) -> Result<Value, Refusal> {
    let grant = admit(shared, headers, uri.path())?;
    let query = Query::of(shared, uri);
    let business_id = query.id("business_id")?;
    allow(&grant, business_id, "message.list.read")?;
    let kind = ConversationType::parse(query.required("conversation_type")?)
        .ok_or_else(|| Refusal::param("conversation_type"))?;
    let limit = number(&query, "limit", MAX_CONVERSATIONS)?;
    if !(1..=MAX_CONVERSATIONS).contains(&limit) {
        return Err(Refusal::param("limit"));
    }
    let cursor = number(&query, "cursor", 0)?;
    let horizon_ms = shared.clock.now_ms() - HORIZON_MS;
    let world = shared.world();
    let mut listed: Vec<(i64, &str)> = world
        .conversations
        .iter()
        .filter(|known| known.business_id == business_id && known.conversation_type == kind)
        .filter_map(|known| Some((known.updated_ms()?, known.conversation_id.as_str())))
        .filter(|(updated_ms, _)| *updated_ms >= horizon_ms)
        .collect();
    listed.sort_by_key(|(updated_ms, _)| std::cmp::Reverse(*updated_ms));
    listed.truncate(MAX_CONVERSATIONS);
    let page: Vec<Value> = listed
        .iter()
        .skip(cursor)
        .take(limit)
        .map(|(updated_ms, id)| json!({ "conversation_id": id, "update_time": updated_ms, "referral": {} }))
        .collect();
    let next = cursor + page.len();
    let has_more = next < listed.len();
    Ok(json!({ "conversations": page, "has_more": has_more, "cursor": next }))
}

fn number(query: &Query<'_>, name: &str, default: usize) -> Result<usize, Refusal> {
    match query.optional(name) {
        None => Ok(default),
        Some(text) => text.parse().map_err(|_| Refusal::param(name)),
    }
}

/// `GET /business/message/content/list/`.
pub(crate) async fn messages(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap) -> Reply {
    history(&shared, &uri, &headers).into()
}

fn history(shared: &Shared, uri: &Uri, headers: &HeaderMap) -> Result<Value, Refusal> {
    let grant = admit(shared, headers, uri.path())?;
    let query = Query::of(shared, uri);
    let business_id = query.id("business_id")?;
    allow(&grant, business_id, "message.list.read")?;
    let conversation_id = query.id("conversation_id")?;
    let now_secs = shared.clock.now_secs();
    let not_found = || Refusal::new(code::NOT_FOUND, "The conversation does not exist.");
    let world = shared.world();
    let conversation = world
        .conversations
        .iter()
        .find(|known| known.conversation_id == conversation_id && known.business_id == business_id)
        .ok_or_else(not_found)?;
    let account = world.account(Some(business_id)).map_err(|_| not_found())?;
    let customer = world.customers.get(&conversation.customer).ok_or_else(not_found)?;
    let messages: Vec<Value> = conversation
        .messages
        .iter()
        .rev()
        .take(MAX_MESSAGES)
        .map(|message| rest_message(account, customer, conversation, message))
        .collect();
    let participants = participants(account, customer, now_secs);
    Ok(json!({ "messages": messages, "participants": participants }))
}

fn rest_message(
    account: &Account,
    customer: &Customer,
    conversation: &Conversation,
    message: &Message,
) -> Value {
    let business = json!({ "role": "BUSINESS_ACCOUNT", "id": account.business_id });
    let person = json!({ "role": "PERSONAL_ACCOUNT", "id": customer.unique_identifier });
    let (sender, recipient, from_user, to_user) = match message.direction {
        Direction::Incoming => (&customer.username, &account.username, person, business),
        Direction::Outgoing => (&account.username, &customer.username, business, person),
    };
    let (member, block) = message.content.rest_block();
    let mut entry = json!({
        "message_id": message.message_id,
        "conversation_id": conversation.conversation_id,
        "sender": sender,
        "recipient": recipient,
        "timestamp": message.timestamp_ms,
        "message_type": message.content.rest_type(),
        "message_tag": { "source": message.source },
        "from_user": from_user,
        "to_user": to_user,
    });
    entry[member] = block;
    if let Some(quoted) = &message.referenced_message_id {
        entry["referenced_message_info"] = json!({ "referenced_message_id": quoted });
    }
    entry
}

fn participants(account: &Account, customer: &Customer, now_secs: i64) -> Value {
    json!([
        {
            "role": "BUSINESS_ACCOUNT",
            "id": account.business_id,
            "display_name": account.display_name,
            "profile_image": profile_image(&account.username, now_secs),
        },
        {
            "role": "PERSONAL_ACCOUNT",
            "id": customer.unique_identifier,
            "display_name": customer.display_name,
            "profile_image": profile_image(&customer.username, now_secs),
            "is_follower": customer.is_follower,
        },
    ])
}
