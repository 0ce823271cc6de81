//! Answering comments in private.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use connector_api::{
    Timestamp,
    capabilities::{Action, CommentToAnswer, Part, Policy, Reason, Verdict, WindowLedger, canonical},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::{
    body::{JsonBody, PathPair, id},
    caller::Caller,
    comments::CommentView,
    decisions::DecisionBody,
    messages::idempotency_key,
    outgoing::OutgoingContent,
    problem::Problem,
    situations::of_account,
};
use crate::{
    answers::{self, Answering},
    model::{Account, AccountId, AccountStatus, Comment, CommentId, CommentState, MessageId, Signal, Status},
    shared::Shared,
    situation::{self, Situation},
    store::{AnswerBegun, AnswerCheck, AnswerOutcome, NewAnswer},
};

/// What a comment is to be answered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CommentAnswerBody {
    #[schema(value_type = OutgoingContent)]
    content: Map<String, Value>,
}

/// Answers a comment in private: once, whoever asks at once. Waits for what becomes of it; the message is in the inbox as
/// soon as the platform has named its conversation. Where nobody can say whether it was sent, `answer` is `uncertain`, and
/// is never sent again by itself.
#[utoipa::path(post, path = "/v1/accounts/{id}/comments/{comment}/answer", tag = "comments",
    params(("id" = AccountId, Path), ("comment" = CommentId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Equal for repetitions of one request.")),
    request_body = CommentAnswerBody,
    responses((status = 200, description = "Sent, being sent, or uncertain: `answer` says it.", body = CommentView),
        (status = 409, description = "`answer.was_not_sent`: a person decided so about the request with this key."),
        (status = 422, description = "The verdict or the platform denies it, and `reasons` says why; or \
            `idempotency.key_reused`."),
        (status = 503, description = "It was not sent, and may be asked for again.")))]
pub(super) async fn answer(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathPair(account, comment): PathPair,
    headers: HeaderMap,
    JsonBody(CommentAnswerBody { content }): JsonBody<CommentAnswerBody>,
) -> Result<Json<CommentView>, Problem> {
    let asked = Sha256::digest(canonical(&json!({ "content": content }))).into();
    let content = OutgoingContent::read(content, "content")?;
    let (account, comment) = of(&shared, &caller, &account, &comment).await?;
    let now = shared.clock.now();
    let idempotency_key = idempotency_key(&headers)?;
    let (content, part) = content.carried(&shared, account.id).await?.without_file()?;
    // What was asked before needs no turn, and neither does what is refused already.
    let before = shared.store.answer_before(comment.id, asked, idempotency_key.clone()).await?;
    let begun = match before {
        Some(before) => Answering::NotCalled(before),
        None => {
            may_answer(&shared, &account, &comment, &part, now).await?;
            let turn = answers::turn(&shared, &account).await?;
            // Meanwhile somebody may have paused the account, or taken it out.
            let (account, comment) =
                of(&shared, &caller, &account.id.to_string(), &comment.id.to_string()).await?;
            let now = shared.clock.now();
            let situation = may_answer(&shared, &account, &comment, &part, now).await?;
            let new = NewAnswer {
                comment: comment.id,
                message: MessageId::generate(),
                content,
                asked,
                idempotency_key,
                now,
                check: check(situation, part, now),
            };
            turn.answer(&comment, new).await?
        }
    };
    match begun {
        Answering::CameBack(AnswerOutcome::NotSent(reason)) => Err(not_sent(&shared, reason)),
        Answering::CameBack(_) | Answering::NotCalled(AnswerBegun::Sending) => one(&shared, &comment).await,
        Answering::NotCalled(AnswerBegun::Repeated) => repeated(&shared, &comment).await,
        Answering::NotCalled(AnswerBegun::Denied(reasons)) => Err(denied(&shared, &account, reasons)),
        Answering::NotCalled(AnswerBegun::UnknownComment) => Err(Problem::not_found("comment")),
        Answering::NotCalled(AnswerBegun::KeyReused) => {
            let detail = "This Idempotency-Key belongs to a request for something else: another content.";
            Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency.key_reused", detail))
        }
    }
}

/// A person settles an uncertain answer.
#[utoipa::path(post, path = "/v1/accounts/{id}/comments/{comment}/answer/decision", tag = "comments",
    params(("id" = AccountId, Path), ("comment" = CommentId, Path)), request_body = DecisionBody,
    responses((status = 200, body = CommentView), (status = 409, description = "`message.not_uncertain`")))]
pub(super) async fn decide(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathPair(account, comment): PathPair,
    JsonBody(body): JsonBody<DecisionBody>,
) -> Result<Json<CommentView>, Problem> {
    let (_, comment) = of(&shared, &caller, &account, &comment).await?;
    if !shared.store.decide_answer(comment.id, body.decision(), shared.clock.now()).await? {
        let detail = "Only an uncertain answer waits for a decision.";
        return Err(Problem::new(StatusCode::CONFLICT, "message.not_uncertain", detail));
    }
    one(&shared, &comment).await
}

/// The account and its comment. What is out of scope is as unknown as what does not exist.
async fn of(
    shared: &Shared,
    caller: &Caller,
    account: &str,
    comment: &str,
) -> Result<(Account, Comment), Problem> {
    let account = caller.account(shared, account).await?;
    let comment = shared.store.comment(id(comment, "comment")?).await?;
    let comment = comment.filter(|comment| comment.account == account.id);
    Ok((account, comment.ok_or_else(|| Problem::not_found("comment"))?))
}

/// What became of the first request with that key.
async fn repeated(shared: &Shared, comment: &Comment) -> Result<Json<CommentView>, Problem> {
    let comment = shared.store.comment(comment.id).await?.ok_or_else(|| Problem::not_found("comment"))?;
    let failed = comment.answer.as_ref().filter(|answer| answer.status == Status::Failed);
    if failed.is_some_and(|answer| answer.signal == Signal::Person && answer.message.is_none()) {
        let detail =
            "A person decided that it was not sent. To send it after all, ask with another Idempotency-Key.";
        return Err(Problem::new(StatusCode::CONFLICT, "answer.was_not_sent", detail));
    }
    match failed.and_then(|answer| answer.reason.clone()) {
        Some(reason) => Err(not_sent(shared, reason)),
        None => Ok(Json(comment.into())),
    }
}

async fn one(shared: &Shared, comment: &Comment) -> Result<Json<CommentView>, Problem> {
    let comment = shared.store.comment(comment.id).await?.ok_or_else(|| Problem::not_found("comment"))?;
    Ok(Json(comment.into()))
}

/// Whether nothing holds the account up that the store does not look at once more, and the verdict is not no already.
async fn may_answer(
    shared: &Shared,
    account: &Account,
    comment: &Comment,
    part: &Part,
    now: Timestamp,
) -> Result<Situation, Problem> {
    if account.status == AccountStatus::Removed {
        return Err(denied(shared, account, vec![situation::removed()]));
    }
    if let Some(reasons) = held_up(shared, account).await? {
        return Err(denied(shared, account, reasons));
    }
    let situation = of_account(shared, account).await?;
    let reasons = check(situation.clone(), part.clone(), now)(comment, None).err();
    reasons.map_or(Ok(situation), |reasons| Err(denied(shared, account, reasons)))
}

/// Whether a comment may be answered with this, by the verdict at that moment.
fn check(situation: Situation, part: Part, now: Timestamp) -> AnswerCheck {
    Box::new(move |comment, last_exchange_at| {
        let answering = CommentToAnswer {
            answerable: comment.answerable && comment.state != CommentState::Removed,
            written_at: comment.at,
            last_exchange_at,
            part,
        };
        let action = Action::AnswerComment(&answering);
        match situation.check(now, WindowLedger::default(), action, Policy::EXACT) {
            Verdict::Denied { reasons } => Err(reasons),
            _ => Ok(()),
        }
    })
}

/// Why nothing is sent for the account at present.
async fn held_up(shared: &Shared, account: &Account) -> Result<Option<Vec<Reason>>, Problem> {
    let of_instance = shared.store.instance_pause(&account.instance).await?;
    let pause = account.paused.clone().or(of_instance).map(|pause| pause.reason);
    Ok(account.attention.clone().or(pause).map(|reason| vec![reason]))
}

fn denied(shared: &Shared, account: &Account, reasons: Vec<Reason>) -> Problem {
    if let Some(reason) = reasons.first() {
        shared.metrics.refused_by_verdict(&account.instance, reason.code.as_str());
    }
    Problem::denied(reasons)
}

/// The connector was called, and the answer certainly was not sent.
fn not_sent(shared: &Shared, reason: Reason) -> Problem {
    if reason.permanent {
        return Problem::denied(vec![reason]);
    }
    let wait = reason.retry_at.map_or(0, |at| at.millis_since(shared.clock.now()).max(0));
    let wait = Duration::from_millis(u64::try_from(wait).unwrap_or_default());
    let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, reason.code.as_str(), &*reason.text);
    problem.retry_after(wait)
}
