//! Answers to comments in private. One leaves at once or not at all: there is no line for it, because whoever asks waits
//! for what becomes of it.

use std::time::Duration;

use connector_api::{
    Account as ApiAccount, AnswerCommentRequest, AnsweredComment, ChannelConnector, ConnectorError,
    ErrorClass, Receipt, Timestamp,
    capabilities::{Reason, ReasonCode},
};
use connector_loader::traced;
use tokio::sync::OwnedSemaphorePermit;

use crate::{
    credentials::CredentialError,
    instances::{Lease, Slot},
    model::{Account, Comment},
    shared::Shared,
    store::{AnswerBegun, AnswerOutcome, NewAnswer, StoreError},
};

/// The pause after the store failed, and tries at writing down what came back before the answer is left as `sending` for
/// the next start to settle.
const STORE_PAUSE: Duration = Duration::from_secs(1);
const RECORD_TRIES: u32 = 10;

/// What became of an answer.
pub(crate) enum Answering {
    /// The connector was not called.
    NotCalled(AnswerBegun),
    /// It was, and this is on disk.
    CameBack(AnswerOutcome),
}

/// May call for an account now, and once: whatever takes its time before is over.
pub(crate) struct Turn<'a> {
    shared: &'a Shared,
    slot: &'a Slot,
    lease: Lease,
    account: &'a Account,
    usable: ApiAccount,
    _place: OwnedSemaphorePermit,
}

/// Waits for a usable token, a place in the instance and one in the rate. What held before may not hold any more.
///
/// # Errors
/// Where nothing runs, or the token is not to be had.
pub(crate) async fn turn<'a>(shared: &'a Shared, account: &'a Account) -> Result<Turn<'a>, CredentialError> {
    let slot = shared.instances.slot(&account.instance);
    let not_configured = || {
        let text = format!("No instance is named {}.", account.instance);
        ConnectorError::new(ErrorClass::Unavailable, ReasonCode::CONNECTOR_UNAVAILABLE, text)
    };
    let slot = slot.ok_or_else(not_configured)?;
    let lease = slot.lease()?;
    let usable = shared.credentials().usable(&lease, account).await?;
    let place = slot.place(&lease).await?;
    lease.rates.instance().await;
    Ok(Turn { shared, slot, lease, account, usable, _place: place })
}

impl Turn<'_> {
    /// Answers a comment. It is `sending` on disk before the connector is called.
    ///
    /// # Errors
    /// Where nothing was begun.
    pub(crate) async fn answer(self, comment: &Comment, new: NewAnswer) -> Result<Answering, StoreError> {
        let Self { shared, slot, lease, account, usable, _place } = self;
        let (message, content) = (new.message.to_string(), new.content.clone());
        let began = shared.clock.now();
        let begun = shared.store.begin_answer(new).await?;
        if begun != AnswerBegun::Sending {
            return Ok(Answering::NotCalled(begun));
        }
        let call = Call { shared, slot, lease: &lease, account, began };
        let request =
            |account| AnswerCommentRequest::new(account, &comment.platform_id, content.clone(), &message);
        let outcome = traced(message.clone(), call.outcome(usable, request)).await;
        tracing::info!(instance = %slot.name(), comment = %comment.id, message_id = %message,
            status = ?outcome.status(), code = outcome.reason().map(|reason| reason.code.as_str()),
            "Answer to a comment came back");
        call.record(comment, &outcome).await;
        Ok(Answering::CameBack(outcome))
    }
}

struct Call<'a> {
    shared: &'a Shared,
    slot: &'a Slot,
    lease: &'a Lease,
    account: &'a Account,
    /// When it was written down that it is being sent.
    began: Timestamp,
}

impl Call<'_> {
    /// Calls; where the platform refuses the token, renews it once and calls once more.
    async fn outcome(
        &self,
        usable: ApiAccount,
        request: impl Fn(ApiAccount) -> AnswerCommentRequest,
    ) -> AnswerOutcome {
        let mut answered = self.once(request(usable.clone())).await;
        if let Err(refused) = &answered
            && refused.class == ErrorClass::CredentialsExpired
        {
            // Where that comes to nothing, the refusal stands: the answer was not sent.
            match self.shared.credentials().renewed(self.lease, self.account, &usable).await {
                Ok(renewed) => {
                    self.lease.rates.instance().await;
                    answered = self.once(request(renewed)).await;
                }
                Err(error) => tracing::warn!(account = %self.account.id, %error, "Token not renewed"),
            }
        }
        match answered {
            Ok(AnsweredComment {
                receipt: Receipt { message_id: Some(platform_id), .. },
                conversation,
                ..
            }) if !platform_id.is_empty() => {
                let conversation = conversation.filter(|conversation| !conversation.is_empty());
                AnswerOutcome::Sent { platform_id, conversation }
            }
            Ok(_) => {
                let text = "The platform accepted the answer without naming the message.";
                AnswerOutcome::Uncertain(Reason::passing(ReasonCode::OUTCOME_UNKNOWN, text))
            }
            Err(error) => self.refused(&error).await,
        }
    }

    async fn once(&self, request: AnswerCommentRequest) -> Result<AnsweredComment, ConnectorError> {
        let answered = self.lease.connector.answer_comment(request).await;
        self.slot.judge(&answered);
        answered
    }

    async fn refused(&self, error: &ConnectorError) -> AnswerOutcome {
        let now = self.shared.clock.now();
        let reason = error.as_reason();
        match error.class {
            ErrorClass::Refused | ErrorClass::Unsupported | ErrorClass::Invalid => {
                self.shared.metrics.refused_by_platform(self.slot.name(), reason.code.as_str());
                AnswerOutcome::NotSent(reason)
            }
            ErrorClass::Throttled | ErrorClass::Unavailable => {
                let wait = error.retry_after_ms.map(|ms| i64::try_from(ms).unwrap_or(i64::MAX));
                let at = wait.map(|ms| Timestamp::from_millis(now.as_millis().saturating_add(ms)));
                let reason = reason.made_passing();
                AnswerOutcome::NotSent(match at {
                    Some(at) => reason.with_retry_at(at),
                    None => reason,
                })
            }
            ErrorClass::CredentialsExpired | ErrorClass::CredentialsRevoked => {
                let account = self.account.id;
                let marked = self.shared.store.needs_attention(account, reason.clone(), self.began, now);
                if let Err(error) = marked.await {
                    tracing::error!(%account, %error, "Account cannot be marked");
                }
                AnswerOutcome::NotSent(reason.made_passing())
            }
            _ => AnswerOutcome::Uncertain(reason),
        }
    }

    async fn record(&self, comment: &Comment, outcome: &AnswerOutcome) {
        self.shared.metrics.send(self.slot.name(), outcome.status().name());
        for _ in 0..RECORD_TRIES {
            let now = self.shared.clock.now();
            match self.shared.store.record_answer(comment.id, outcome.clone(), now).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::error!(comment = %comment.id, %error, "Outcome cannot be written down");
                    tokio::time::sleep(STORE_PAUSE).await;
                }
            }
        }
    }
}
