//! `POST /v1/check`: may this be done now, and why not.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use axum::{Json, extract::State};
use connector_api::{
    Timestamp,
    capabilities::{Action, Policy, ReasonCode, Target, Verdict, WindowLedger},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    bodies::{DraftBody, PolicyBody, TargetBody},
    body::JsonBody,
    caller::Caller,
    paging::ListView,
    problem::Problem,
    situations::{of_account, of_conversation, of_instance},
};
use crate::{shared::Shared, situation::Situation};

/// Questions in one request.
const MAX_CHECKS: usize = 100;
/// Why there is no reply window.
const NO_CONVERSATION: &str =
    "This asks about no conversation, and a reply window belongs to one; only its customer can open it.";

/// Questions to answer at the same moment.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Questions {
    /// At most 100.
    checks: Vec<Question>,
}

/// A question about one place: `conversation`, `account` or `instance`. What is known about the narrower place counts.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Question {
    conversation: Option<String>,
    account: Option<String>,
    instance: Option<String>,
    action: Asked,
    #[serde(default)]
    policy: PolicyBody,
}

/// Where it would be done.
#[derive(PartialEq, Eq, Hash)]
enum Place {
    Conversation(String),
    Account(String),
    Instance(String),
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "do", deny_unknown_fields)]
enum Asked {
    Send { draft: DraftBody },
    Operate { operation: String, target: Option<TargetBody>, kind: Option<String> },
    StartConversation {},
    Broadcast {},
}

impl Question {
    /// The place, of the question of that number.
    fn place(&mut self, index: usize) -> Result<Place, Problem> {
        match (self.conversation.take(), self.account.take(), self.instance.take()) {
            (Some(id), None, None) => Ok(Place::Conversation(id)),
            (None, Some(id), None) => Ok(Place::Account(id)),
            (None, None, Some(name)) => Ok(Place::Instance(name)),
            _ => {
                let text = "names not exactly one of conversation, account and instance";
                Err(Problem::malformed(format!("checks[{index}] {text}.")))
            }
        }
    }
}

impl Asked {
    /// Whether it is done in a conversation.
    fn is_of_conversation(&self) -> bool {
        matches!(self, Self::Send { .. } | Self::Operate { .. })
    }

    fn verdict(self, situation: &Situation, now: Timestamp, ledger: WindowLedger, policy: Policy) -> Verdict {
        let check = |action: Action<'_>| situation.check(now, ledger, action, policy);
        match self {
            Self::Send { draft } => check(Action::Send(&draft.into())),
            Self::Operate { operation, target, kind } => {
                let target = target.map(Target::from);
                let (target, kind) = (target.as_ref(), kind.as_deref());
                check(Action::Operate { operation: &operation, target, kind })
            }
            Self::StartConversation {} => check(Action::StartConversation),
            Self::Broadcast {} => check(Action::Broadcast),
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
    for (index, mut question) in checks.into_iter().enumerate() {
        let place = question.place(index)?;
        let lacks_window = question.action.is_of_conversation() && !matches!(place, Place::Conversation(_));
        // Questions about one place have one basis, which is read once.
        let (situation, ledger) = match places.entry(place) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let basis = basis(&shared, &caller, new.key(), now).await?;
                new.insert(basis)
            }
        };
        let verdict = question.action.verdict(situation, now, *ledger, question.policy.into());
        items.push(if lacks_window { of_no_conversation(verdict) } else { verdict });
    }
    Ok(Json(ListView { items }))
}

/// Of an account or an instance nobody can say that its customer has not written: conversations differ.
fn of_no_conversation(mut verdict: Verdict) -> Verdict {
    if let Verdict::Denied { reasons } = &mut verdict {
        for reason in reasons.iter_mut().filter(|one| one.code == ReasonCode::INITIATION_USER_MUST_START) {
            NO_CONVERSATION.clone_into(&mut reason.text);
        }
    }
    verdict
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
