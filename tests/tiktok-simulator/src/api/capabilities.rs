//! `GET /business/message/capabilities/get/` (protocol reference, section 4.6).

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use serde_json::{Value, json};

use super::access::{admit, allow_messaging};
use super::params::Query;
use super::{Refusal, Reply};
use crate::regions;
use crate::shared::Shared;
use crate::state::{ConversationType, World};

/// Answers whether images may be sent in a conversation.
pub(crate) async fn get(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap) -> Reply {
    answer(&shared, &uri, &headers).into()
}

fn answer(shared: &Shared, uri: &Uri, headers: &HeaderMap) -> Result<Value, Refusal> {
    let grant = admit(shared, headers)?;
    let query = Query::of(uri);
    let business_id = query.id("business_id")?;
    allow_messaging(shared, &grant, business_id, "message.list.read")?;
    let wanted = query.list("capability_types")?.ok_or_else(|| Refusal::missing("capability_types"))?;
    if wanted.is_empty() || wanted.iter().any(|kind| kind != "IMAGE_SEND") {
        return Err(Refusal::param("capability_types"));
    }
    let conversation_id = query.id("conversation_id")?;
    let asked = ConversationType::parse(query.required("conversation_type")?)
        .ok_or_else(|| Refusal::param("conversation_type"))?;
    let world = shared.world();
    let (_, _, conversation) = world
        .people(conversation_id)
        .filter(|(account, ..)| account.business_id == grant.business_id)
        .ok_or_else(|| super::unknown_conversation(&world, "conversation_id"))?;
    // The wrong type gives a wrong answer, not an error (section 14, T36).
    let result = conversation.conversation_type == asked && images_allowed(&world, conversation_id);
    Ok(json!({
        "capability_infos": [{ "capability_type": "IMAGE_SEND", "capability_result": result }],
    }))
}

/// Whether both sides of a conversation are where images work.
pub(crate) fn images_allowed(world: &World, conversation_id: &str) -> bool {
    let blocked = &world.settings.image_blocked_countries;
    world.people(conversation_id).is_some_and(|(account, customer, _)| {
        regions::images_between(blocked, &account.country, &customer.country)
    })
}
