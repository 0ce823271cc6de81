//! Control calls that make people talk.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use super::problem::{Answer, Problem};
use crate::actions::{self, Place};
use crate::observed::SentEvent;
use crate::shared::Shared;
use crate::state::{Automation, Source};
use crate::utterance::Utterance;
use crate::webhook;

/// Whom a call is about, and the rest of it.
#[derive(Debug)]
pub(crate) struct Said<T> {
    customer: String,
    business: Option<String>,
    conversation: Option<String>,
    pub(crate) rest: T,
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Said<T> {
    /// By hand, because flattened members hide unknown ones.
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        let mut members = Map::deserialize(reader)?;
        let mut take = |name: &str| members.remove(name).unwrap_or_default();
        let (customer, business, conversation) = (take("customer"), take("business"), take("conversation"));
        Ok(Self {
            customer: serde_json::from_value(customer)
                .map_err(|_| D::Error::custom("customer is missing or no text"))?,
            business: serde_json::from_value(business).map_err(D::Error::custom)?,
            conversation: serde_json::from_value(conversation).map_err(D::Error::custom)?,
            rest: serde_json::from_value(Value::Object(members)).map_err(D::Error::custom)?,
        })
    }
}

impl<T> Said<T> {
    pub(crate) fn place(&self) -> Place<'_> {
        Place {
            customer: &self.customer,
            business: self.business.as_deref(),
            conversation: self.conversation.as_deref(),
        }
    }
}

pub(crate) fn reported(event: &SentEvent) -> Json<Value> {
    Json(json!(event))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Text {
    text: String,
}

/// `POST /control/customer/says`.
pub(crate) async fn customer_says(State(shared): State<Arc<Shared>>, Json(says): Json<Said<Text>>) -> Answer {
    let text = Utterance::text(&says.rest.text);
    Ok(reported(&actions::customer_sends(&shared, says.place(), &text, None)?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sends {
    content: Utterance,
    quotes: Option<String>,
}

/// `POST /control/customer/sends`.
pub(crate) async fn customer_sends(
    State(shared): State<Arc<Shared>>,
    Json(says): Json<Said<Sends>>,
) -> Answer {
    let Sends { content, quotes } = &says.rest;
    Ok(reported(&actions::customer_sends(&shared, says.place(), content, quotes.as_deref())?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// `POST /control/customer/reads`.
pub(crate) async fn customer_reads(
    State(shared): State<Arc<Shared>>,
    Json(reads): Json<Said<Nothing>>,
) -> Answer {
    Ok(reported(&actions::customer_reads(&shared, reads.place())?))
}

/// Where a colleague writes; `API` is another app's message.
fn source(name: Option<&str>) -> Result<Source, Problem> {
    match name {
        None | Some("APP") => Ok(Source::App),
        Some("WEB") => Ok(Source::Web),
        Some("API") => Ok(Source::Api),
        Some(_) => Err(Problem::bad_request(&"source is APP, WEB or API")),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TextByHand {
    text: String,
    source: Option<String>,
}

/// `POST /control/colleague/says`.
pub(crate) async fn colleague_says(
    State(shared): State<Arc<Shared>>,
    Json(says): Json<Said<TextByHand>>,
) -> Answer {
    let source = source(says.rest.source.as_deref())?;
    let text = Utterance::text(&says.rest.text);
    Ok(reported(&actions::colleague_sends(&shared, says.place(), source, &text)?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ByHand {
    content: Utterance,
    source: Option<String>,
}

/// `POST /control/colleague/sends`.
pub(crate) async fn colleague_sends(
    State(shared): State<Arc<Shared>>,
    Json(says): Json<Said<ByHand>>,
) -> Answer {
    let source = source(says.rest.source.as_deref())?;
    Ok(reported(&actions::colleague_sends(&shared, says.place(), source, &says.rest.content)?))
}

/// `POST /control/colleague/accepts`: a message request becomes a conversation.
pub(crate) async fn colleague_accepts(
    State(shared): State<Arc<Shared>>,
    Json(accepts): Json<Said<Nothing>>,
) -> Answer {
    let conversation_id = actions::accepts(&shared, accepts.place())?;
    Ok(Json(json!({ "conversation_id": conversation_id })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Automatic {
    text: String,
    kind: Automation,
}

/// `POST /control/automation/says`.
pub(crate) async fn automation_says(
    State(shared): State<Arc<Shared>>,
    Json(says): Json<Said<Automatic>>,
) -> Answer {
    let Automatic { text, kind } = &says.rest;
    Ok(reported(&actions::automation_sends(&shared, says.place(), *kind, text)?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawEvent {
    event: String,
    content: Value,
    business: Option<String>,
    customer: Option<String>,
}

/// `POST /control/webhook/raw`. With a `customer`, the content is laid over the members every
/// message of that customer has.
pub(crate) async fn raw_event(State(shared): State<Arc<Shared>>, Json(raw): Json<RawEvent>) -> Answer {
    let business = raw.business.as_deref();
    let content = match &raw.customer {
        None => raw.content,
        Some(customer) => {
            let place = Place { customer, business, conversation: None };
            overlay(actions::sample_content(&shared, place)?, raw.content)
        }
    };
    let event_id = actions::raw_event(&shared, business, &raw.event, content)?;
    Ok(Json(json!({ "event_id": event_id })))
}

/// The members of one object laid over another.
pub(crate) fn overlay(mut base: Value, over: Value) -> Value {
    if let (Some(members), Value::Object(over)) = (base.as_object_mut(), over) {
        members.extend(over);
    }
    base
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Redeliver {
    event_id: String,
}

/// `POST /control/webhook/redeliver`.
pub(crate) async fn redeliver(State(shared): State<Arc<Shared>>, Json(wanted): Json<Redeliver>) -> Answer {
    let event_id = webhook::redeliver(&shared, &wanted.event_id)?;
    Ok(Json(json!({ "event_id": event_id })))
}
