//! Conversation and message lists (protocol reference, sections 4.2 and 4.3).

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use serde_json::{Value, json};

use super::access::{admit, allow_messaging};
use super::business::profile_image;
use super::params::Query;
use super::{Refusal, Reply, unknown_conversation};
use crate::settings::HistoryOrder;
use crate::shared::Shared;
use crate::state::{Account, Conversation, ConversationType, Customer, Direction, Message, World};

const HORIZON_MS: i64 = 90 * 24 * 60 * 60 * 1_000;
const MAX_CONVERSATIONS: usize = 100;
const MAX_MESSAGES: usize = 20;

/// `GET /business/message/conversation/list/`.
pub(crate) async fn conversations(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap) -> Reply {
    conversation_page(&shared, &uri, &headers).into()
}

fn conversation_page(shared: &Shared, uri: &Uri, headers: &HeaderMap) -> Result<Value, Refusal> {
    let grant = admit(shared, headers)?;
    let query = Query::of(uri);
    let business_id = query.id("business_id")?;
    allow_messaging(shared, &grant, business_id, "message.list.read")?;
    let kind = ConversationType::parse(query.required("conversation_type")?)
        .ok_or_else(|| Refusal::param("conversation_type"))?;
    let limit = number(&query, "limit", MAX_CONVERSATIONS)?;
    if !(1..=MAX_CONVERSATIONS).contains(&limit) {
        return Err(Refusal::param("limit"));
    }
    let cursor = number(&query, "cursor", 0)?;
    let horizon_ms = shared.clock.now_ms() - HORIZON_MS;
    let world = shared.world();
    let mut listed: Vec<(i64, &Conversation)> = world
        .conversations
        .iter()
        .filter(|known| known.business_id == grant.business_id && known.conversation_type == kind)
        .filter(|known| visible(&world, &known.conversation_id))
        .filter_map(|known| Some((known.updated_ms()?, known)))
        .filter(|(updated_ms, _)| *updated_ms >= horizon_ms)
        .collect();
    listed.sort_by_key(|(updated_ms, _)| std::cmp::Reverse(*updated_ms));
    listed.truncate(MAX_CONVERSATIONS);
    let page: Vec<Value> =
        listed.iter().skip(cursor).take(limit).map(|(updated_ms, known)| entry(known, *updated_ms)).collect();
    let next = cursor + page.len();
    let has_more = next < listed.len();
    Ok(json!({ "conversations": page, "has_more": has_more, "cursor": next }))
}

/// Whether the lists show a conversation: perhaps not those with people in Europe (section 15).
fn visible(world: &World, conversation_id: &str) -> bool {
    world.settings.eu_conversations_listed || !world.is_eu(conversation_id)
}

fn entry(conversation: &Conversation, updated_ms: i64) -> Value {
    let mut referral = json!({});
    for (name, history) in [("ad", &conversation.ads), ("short_link", &conversation.short_links)] {
        if !history.is_empty() {
            referral[name] = json!(history);
        }
    }
    json!({
        "conversation_id": conversation.conversation_id,
        "update_time": updated_ms,
        "referral": referral,
    })
}

fn number(query: &Query, name: &str, default: usize) -> Result<usize, Refusal> {
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
    let grant = admit(shared, headers)?;
    let query = Query::of(uri);
    let business_id = query.id("business_id")?;
    allow_messaging(shared, &grant, business_id, "message.list.read")?;
    let conversation_id = query.id("conversation_id")?;
    let now_secs = shared.clock.now_secs();
    let world = shared.world();
    let (account, customer, conversation) = world
        .people(conversation_id)
        .filter(|(account, ..)| account.business_id == grant.business_id && visible(&world, conversation_id))
        .ok_or_else(|| unknown_conversation(&world, "conversation_id"))?;
    let account = Account { business_id: grant.open_id.clone(), ..account.clone() };
    let mut messages: Vec<Value> = conversation
        .messages
        .iter()
        .rev()
        .take(MAX_MESSAGES)
        .map(|message| rest_message(&account, customer, conversation, message))
        .collect();
    if world.settings.history_order == HistoryOrder::OldestFirst {
        messages.reverse();
    }
    let participants = participants(&account, customer, &shared.url, now_secs);
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
    if let Some((member, block)) = message.content.rest_block() {
        entry[member] = block;
    }
    if let Some(automation) = message.auto_message_type {
        entry["auto_message_type"] = json!(automation);
    }
    if !message.reactions.is_empty() {
        entry["reactions"] = json!(message.reactions);
    }
    if let Some(quoted) = &message.referenced_message_id {
        entry["referenced_message_info"] = json!({ "referenced_message_id": quoted });
    }
    entry
}

fn participants(account: &Account, customer: &Customer, url: &str, now_secs: i64) -> Value {
    json!([
        {
            "role": "BUSINESS_ACCOUNT",
            "id": account.business_id,
            "display_name": account.display_name,
            "profile_image": profile_image(url, &account.username, now_secs),
        },
        {
            "role": "PERSONAL_ACCOUNT",
            "id": customer.unique_identifier,
            "display_name": customer.display_name,
            "profile_image": profile_image(url, &customer.username, now_secs),
            "is_follower": customer.is_follower,
        },
    ])
}
