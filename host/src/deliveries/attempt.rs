//! One try at a delivery: a signed POST, and what came back.

use std::time::{Duration, Instant};

use connector_api::Timestamp;
use reqwest::{Client, Response, StatusCode, header};

use super::{
    schedule::{Answer, retry_after},
    signature,
};
use crate::{
    config::Config,
    model::{AttemptError, Endpoint},
    outbound_url::{self, OutboundUrl, OutboundUrlError, Reach},
    seal::Sealer,
    store::SealedSecrets,
};

/// How long an attempt may take.
const WITHIN: Duration = Duration::from_secs(15);
/// So much of an answer's body is read, for the connection to be used again; what it says is of no interest.
const BODY_BYTES: usize = 4096;

/// What attempts are made with.
pub(crate) struct Courier {
    /// `None` where it could not be made, which the log says.
    http: Option<Client>,
    reach: Reach,
    sealer: Sealer,
}

/// What is delivered.
pub(super) struct Letter<'a> {
    pub(super) endpoint: &'a Endpoint,
    pub(super) secrets: &'a SealedSecrets,
    pub(super) id: &'a str,
    pub(super) body: String,
}

impl Courier {
    /// A host without certificates serves all the same; only its deliveries fail until it has some.
    pub(crate) fn new(config: &Config) -> Self {
        let reach = Reach { http: config.webhooks.allow_http, private: config.webhooks.allow_private };
        let http = outbound_url::client(reach).inspect_err(|error| {
            tracing::error!(%error, "Nothing can be delivered to webhook endpoints; are CA certificates installed?");
        });
        Self { http: http.ok(), reach, sealer: config.encryption.sealer() }
    }

    /// Where endpoints may be.
    pub(crate) fn reach(&self) -> Reach {
        self.reach
    }

    /// What secrets are sealed with.
    pub(crate) fn sealer(&self) -> &Sealer {
        &self.sealer
    }

    /// Tries once; how long that took.
    pub(super) async fn attempt(&self, letter: Letter<'_>, now: Timestamp) -> (Answer, Duration) {
        let began = Instant::now();
        let answer = match tokio::time::timeout(WITHIN, self.post(letter, now)).await {
            Ok(answer) => answer.unwrap_or_else(failed),
            Err(_) => failed(AttemptError::Timeout),
        };
        (answer, began.elapsed())
    }

    async fn post(&self, letter: Letter<'_>, now: Timestamp) -> Result<Answer, AttemptError> {
        let Letter { endpoint, secrets, id, body } = letter;
        // The settings may be narrower than when the endpoint was made.
        let url = OutboundUrl::parse(&endpoint.url, self.reach).map_err(refused)?;
        let timestamp = now.as_millis().div_euclid(1000);
        let signatures =
            signature::signatures(&self.sealer, endpoint.id, secrets, id, timestamp, body.as_bytes());
        let signatures = signatures.map_err(|error| {
            tracing::error!(endpoint = %endpoint.id, %error, "Webhook secret cannot be opened");
            AttemptError::SecretUnreadable
        })?;
        let request = self
            .http
            .as_ref()
            .ok_or(AttemptError::Connect)?
            .post(url.as_str())
            .header(header::CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signatures)
            .body(body);
        let response = request.send().await.map_err(|error| why(&error))?;
        let answer = read(&response, now);
        drain(response).await;
        Ok(answer)
    }
}

fn failed(error: AttemptError) -> Answer {
    Answer { error: Some(error), ..Answer::default() }
}

fn refused(error: OutboundUrlError) -> AttemptError {
    match error {
        OutboundUrlError::NameUnknown => AttemptError::NameUnknown,
        _ => AttemptError::AddressForbidden,
    }
}

fn why(error: &reqwest::Error) -> AttemptError {
    match outbound_url::refusal(error) {
        Some(refusal) => refused(refusal),
        None if error.is_timeout() => AttemptError::Timeout,
        None if error.is_connect() => AttemptError::Connect,
        None => AttemptError::Broken,
    }
}

fn read(response: &Response, now: Timestamp) -> Answer {
    let status = response.status();
    let named = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    Answer {
        status_code: Some(status.as_u16()),
        retry_after: named.and_then(|value| retry_after(value, now)),
        error: error_of(status),
    }
}

fn error_of(status: StatusCode) -> Option<AttemptError> {
    match status {
        status if status.is_success() => None,
        status if status.is_redirection() => Some(AttemptError::Redirect),
        _ => Some(AttemptError::Status),
    }
}

/// The answer counts as it is, whatever becomes of its body.
async fn drain(mut response: Response) {
    let mut left = BODY_BYTES;
    let whole = async {
        while let Ok(Some(chunk)) = response.chunk().await {
            match left.checked_sub(chunk.len()) {
                Some(rest) => left = rest,
                None => return,
            }
        }
    };
    let _late = tokio::time::timeout(Duration::from_secs(1), whole).await;
}
