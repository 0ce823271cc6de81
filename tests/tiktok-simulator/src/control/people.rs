//! Control calls that make people talk.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::{Answer, Problem};
use crate::actions::{self, Place};
use crate::observed::SentEvent;
use crate::shared::Shared;
use crate::state::Source;
use crate::webhook;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Says {
    customer: String,
    text: String,
    conversation: Option<String>,
    business: Option<String>,
}

impl Says {
    fn place(&self) -> Place<'_> {
        Place {
            customer: &self.customer,
            business: self.business.as_deref(),
            conversation: self.conversation.as_deref(),
        }
    }
}

fn reported(event: &SentEvent) -> Json<Value> {
    Json(json!(event))
}

/// `POST /control/customer/says`.
pub(crate) async fn customer_says(State(shared): State<Arc<Shared>>, Json(says): Json<Says>) -> Answer {
    let event = actions::customer_says(&shared, says.place(), &says.text)?;
    Ok(reported(&event))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reads {
    customer: String,
    conversation: Option<String>,
    business: Option<String>,
}

/// `POST /control/customer/reads`.
pub(crate) async fn customer_reads(State(shared): State<Arc<Shared>>, Json(reads): Json<Reads>) -> Answer {
    let place = Place {
        customer: &reads.customer,
        business: reads.business.as_deref(),
        conversation: reads.conversation.as_deref(),
    };
    let event = actions::customer_reads(&shared, place)?;
    Ok(reported(&event))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ColleagueSays {
    customer: String,
    text: String,
    source: Option<String>,
    conversation: Option<String>,
    business: Option<String>,
}

/// `POST /control/colleague/says`.
pub(crate) async fn colleague_says(
    State(shared): State<Arc<Shared>>,
    Json(says): Json<ColleagueSays>,
) -> Answer {
    let source = match says.source.as_deref() {
        None | Some("APP") => Source::App,
        Some("WEB") => Source::Web,
        Some(_) => return Err(Problem::bad_request(&"source is APP or WEB")),
    };
    let place = Place {
        customer: &says.customer,
        business: says.business.as_deref(),
        conversation: says.conversation.as_deref(),
    };
    let event = actions::colleague_says(&shared, place, source, &says.text)?;
    Ok(reported(&event))
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
