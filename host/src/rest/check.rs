//! `POST /v1/check`: may this be done now, and why not.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use axum::{Json, extract::State};
use connector_api::{
    Timestamp,
    capabilities::{Action, Draft, Policy, Target, Verdict, WindowLedger},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    body::JsonBody,
    caller::Caller,
    paging::ListView,
    problem::Problem,
    situations::{of_account, of_conversation, of_instance},
};
use crate::{shared::Shared, situation::Situation};

/// Questions in one request.
const MAX_CHECKS: usize = 100;

/// Questions to answer at the same moment.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Questions {
    /// At most 100.
    checks: Vec<Question>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Question {
    #[serde(flatten)]
    place: Place,
    action: Asked,
    #[serde(default)]
    #[schema(value_type = Object)]
    policy: Policy,
}

/// Where it would be done: what is known about the narrower place counts.
#[derive(Deserialize, ToSchema, PartialEq, Eq, Hash)]
#[serde(rename_all = "snake_case")]
enum Place {
    Conversation(String),
    Account(String),
    Instance(String),
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "do", deny_unknown_fields)]
enum Asked {
    Send {
        #[schema(value_type = Object)]
        draft: Draft,
    },
    Operate {
        operation: String,
        #[serde(default)]
        #[schema(value_type = Option<Object>)]
        target: Option<Target>,
        #[serde(default)]
        kind: Option<String>,
    },
    StartConversation {},
    Broadcast {},
}

impl Asked {
    fn action(&self) -> Action<'_> {
        match self {
            Self::Send { draft } => Action::Send(draft),
            Self::Operate { operation, target, kind } => {
                Action::Operate { operation, target: target.as_ref(), kind: kind.as_deref() }
            }
            Self::StartConversation {} => Action::StartConversation,
            Self::Broadcast {} => Action::Broadcast,
        }
    }
}

/// A verdict for each question, in their order. Nothing is sent and no place is taken.
#[utoipa::path(post, path = "/v1/check", tag = "capabilities", request_body = Questions,
    responses((status = 200, body = ListView<Object>), (status = 404, description = "A question names nothing.")))]
pub(super) async fn check(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    JsonBody(Questions { checks }): JsonBody<Questions>,
) -> Result<Json<ListView<Verdict>>, Problem> {
    if checks.is_empty() || checks.len() > MAX_CHECKS {
        return Err(Problem::malformed(format!("checks must hold 1 to {MAX_CHECKS} questions.")));
    }
    let now = shared.clock.now();
    let mut places = HashMap::new();
    let mut items = Vec::with_capacity(checks.len());
    for question in &checks {
        // Questions about one place have one basis, which is read once.
        let (situation, ledger) = match places.entry(&question.place) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(basis(&shared, &caller, &question.place, now).await?),
        };
        items.push(situation.check(now, *ledger, question.action.action(), question.policy));
    }
    Ok(Json(ListView { items }))
}

/// What verdicts about a place are based on.
async fn basis(
    shared: &Shared,
    caller: &Caller,
    place: &Place,
    now: Timestamp,
) -> Result<(Situation, WindowLedger), Problem> {
    Ok(match place {
        Place::Conversation(text) => {
            let conversation = caller.conversation(shared, text).await?;
            (of_conversation(shared, &conversation, now).await?, conversation.ledger)
        }
        Place::Account(text) => {
            let account = caller.account(shared, text).await?;
            (of_account(shared, &account).await?, WindowLedger::default())
        }
        Place::Instance(name) => {
            caller.whole_host()?;
            (of_instance(shared, name)?, WindowLedger::default())
        }
    })
}
