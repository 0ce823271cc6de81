//! Control calls for what people do without writing.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::json;

use super::people::{Said, reported};
use super::problem::Answer;
use crate::actions;
use crate::shared::Shared;
use crate::state::{Arrival, Direction, Reaction};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reacts {
    reactions: Vec<Reaction>,
}

/// `POST /control/customer/reacts`: one event, however many reactions.
pub(crate) async fn customer_reacts(
    State(shared): State<Arc<Shared>>,
    Json(said): Json<Said<Reacts>>,
) -> Answer {
    Ok(reported(&actions::reacts(&shared, said.place(), Direction::Incoming, &said.rest.reactions)?))
}

/// `POST /control/colleague/reacts`.
pub(crate) async fn colleague_reacts(
    State(shared): State<Arc<Shared>>,
    Json(said): Json<Said<Reacts>>,
) -> Answer {
    Ok(reported(&actions::reacts(&shared, said.place(), Direction::Outgoing, &said.rest.reactions)?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Taps {
    message_id: String,
    button: String,
}

/// `POST /control/customer/taps`: a button of a card, by id or title.
pub(crate) async fn customer_taps(State(shared): State<Arc<Shared>>, Json(said): Json<Said<Taps>>) -> Answer {
    let Taps { message_id, button } = &said.rest;
    Ok(reported(&actions::customer_taps(&shared, said.place(), message_id, button)?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Arrives {
    by: Arrival,
}

/// `POST /control/customer/arrives`: by an ad or a link.
pub(crate) async fn customer_arrives(
    State(shared): State<Arc<Shared>>,
    Json(said): Json<Said<Arrives>>,
) -> Answer {
    Ok(reported(&actions::arrives(&shared, said.place(), &said.rest.by)?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asks {
    question: String,
}

/// `POST /control/customer/asks`: a suggested question.
pub(crate) async fn customer_asks(State(shared): State<Arc<Shared>>, Json(said): Json<Said<Asks>>) -> Answer {
    Ok(reported(&actions::asks(&shared, said.place(), &said.rest.question)?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Comments {
    text: String,
}

/// `POST /control/customer/comments`: on a video of the account.
pub(crate) async fn customer_comments(
    State(shared): State<Arc<Shared>>,
    Json(said): Json<Said<Comments>>,
) -> Answer {
    let place = said.place();
    let (comment_id, event_id) = actions::comments(&shared, place.customer, place.business, &said.rest.text)?;
    Ok(Json(json!({ "comment_id": comment_id, "event_id": event_id })))
}
