//! What a host would make of one webhook request, found out with the connector's file alone.
//!
//! The file goes through every step that a host takes it through, and runs in a process of its own. Nothing is stored.

use std::path::PathBuf;

use connector_api::{
    ConnectorError, Event, Secret, Verification, WebhookOutcome, WebhookRequest,
    capabilities::document::Decoding,
};
use connector_loader::{ConnectorLibrary, Isolation, LoadError, StartOptions};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    config::{ConnectorsConfig, Limits},
    instances::not_verified,
    rest::{answered, problem_status},
};

/// What is to be decoded, and with what.
#[derive(Debug)]
pub struct Question {
    /// The connector's file.
    pub file: PathBuf,
    /// The request as it arrived, but for its signature.
    pub request: WebhookRequest,
    /// What the header with the signature says; the connector's document names that header.
    pub signature: Option<String>,
    /// What the signature is verified with; the connector's document names the setting.
    pub secret: Option<Secret>,
    /// Settings of the instance. What is missing is taken from the connector's document, and then it is not looked at
    /// whether the request is addressed to this instance.
    pub settings: Map<String, Value>,
    /// Whether the request has to be genuine.
    pub verify: bool,
}

/// What a host would answer and learn.
#[derive(Debug, Serialize)]
pub struct Decoded {
    /// HTTP status of the answer.
    pub status: u16,
    /// The account that all events are of, where there is one.
    pub account: Option<String>,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// Signed longer ago than the tolerance.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub stale: bool,
    /// Why it is refused or not understood.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// A host would not load the file.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The connector does not start with these settings.
    #[error("the connector does not start: {}; give its settings with --set or --settings", .0.message)]
    Settings(ConnectorError),
    /// The document does not name the header with the signature.
    #[error(
        "the connector's document names no header for the signature; give it with --header \"NAME: VALUE\""
    )]
    NoSignatureHeader,
    /// The document does not name the setting with the secret.
    #[error(
        "the connector's document names no setting for the secret; give it with --set NAME=VALUE or --settings"
    )]
    NoSecretSetting,
    /// Something would be verified with a secret that nobody gave.
    #[error(
        "no secret to verify the signature with; give it with --secret-env, or do not verify with --no-verify"
    )]
    NoSecret,
    /// The thread that asked the connector stopped.
    #[error("the thread that asked the connector stopped")]
    Stopped,
}

/// Decodes one request.
///
/// # Errors
/// Where nothing can be said. What a host would refuse is an answer and no error.
pub async fn decode(question: Question) -> Result<Decoded, DecodeError> {
    let mut policy = ConnectorsConfig::new(question.file.parent().unwrap_or(&question.file)).policy();
    policy.isolation = Some(Isolation::Process);
    let library = ConnectorLibrary::load(&question.file, &policy).await?;
    let (request, settings) = question.prepared(library.document().delivery.decoding.as_ref())?;
    let mut options = StartOptions::new("decode", settings.into());
    options.deadline = Limits::default().receive_deadline;
    let instance = library.start(options).await.map_err(DecodeError::Settings)?;
    let (instance, outcome) = tokio::task::spawn_blocking(move || {
        let outcome = instance.try_receive(&request);
        (instance, outcome)
    })
    .await
    .map_err(|_| DecodeError::Stopped)?;
    instance.shutdown().await;
    Ok(match outcome {
        Ok(outcome) => understood(outcome),
        Err(error) => failed(not_verified(error)),
    })
}

impl Question {
    /// The whole request, and the settings to start with.
    fn prepared(
        self,
        decoding: Option<&Decoding>,
    ) -> Result<(WebhookRequest, Map<String, Value>), DecodeError> {
        let none = Decoding::default();
        let decoding = decoding.unwrap_or(&none);
        let (mut request, mut settings) = (self.request, self.settings);
        if let Some(signature) = self.signature {
            let header = decoding.signature_header.clone().ok_or(DecodeError::NoSignatureHeader)?;
            request.headers.push((header, signature));
        }
        if let Some(secret) = self.secret {
            let setting = decoding.secret.clone().ok_or(DecodeError::NoSecretSetting)?;
            settings.insert(setting, secret.expose().into());
        }
        let has_secret = decoding.secret.as_ref().is_none_or(|secret| settings.contains_key(secret));
        if self.verify && !has_secret {
            return Err(DecodeError::NoSecret);
        }
        let mut is_whole = true;
        for (name, stand_in) in &decoding.settings {
            if !settings.contains_key(name) {
                is_whole = false;
                settings.insert(name.clone(), stand_in.as_str().into());
            }
        }
        let verification = match (self.verify, is_whole) {
            (false, _) => Verification::Skipped,
            (true, false) => Verification::Signature,
            (true, true) => Verification::Full,
        };
        Ok((request.verified(verification), settings))
    }
}

fn understood(outcome: WebhookOutcome) -> Decoded {
    let status = answered(&outcome);
    let WebhookOutcome { events, stale, detail, .. } = outcome;
    let mut accounts = events.iter().map(|event| &event.account);
    let account = accounts.next().filter(|first| accounts.all(|account| account == *first)).cloned();
    Decoded { status, account, events, stale, detail }
}

fn failed(error: ConnectorError) -> Decoded {
    let detail = Some(error.to_string());
    Decoded { status: problem_status(error), account: None, events: Vec::new(), stale: false, detail }
}

#[cfg(test)]
mod tests {
    use connector_api::Timestamp;

    use super::*;

    fn decoding() -> Decoding {
        let settings = [("app", "0"), ("key", "unverified")];
        Decoding {
            signature_header: Some("X-Signature".to_owned()),
            secret: Some("key".to_owned()),
            settings: settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        }
    }

    fn question(verify: bool, secret: bool, settings: &[(&str, &str)]) -> Question {
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).into()));
        Question {
            file: PathBuf::new(),
            request: WebhookRequest::post(Vec::new(), Vec::new(), Timestamp::from_seconds(0)),
            signature: Some("abc".to_owned()),
            secret: secret.then(|| Secret::new("hunter2")),
            settings: settings.collect(),
            verify,
        }
    }

    #[test]
    fn what_nobody_gave_is_taken_from_the_document_and_not_verified() {
        let table = [
            (question(true, true, &[]), Verification::Signature, ("0", "hunter2")),
            (question(true, true, &[("app", "7")]), Verification::Full, ("7", "hunter2")),
            (question(true, false, &[("app", "7"), ("key", "k")]), Verification::Full, ("7", "k")),
            (question(false, false, &[]), Verification::Skipped, ("0", "unverified")),
            (question(false, true, &[("app", "7")]), Verification::Skipped, ("7", "hunter2")),
        ];
        for (question, verification, (app, key)) in table {
            let (request, settings) = question.prepared(Some(&decoding())).unwrap();
            assert_eq!(request.verification(), verification);
            assert_eq!((&settings["app"], &settings["key"]), (&app.into(), &key.into()));
            assert_eq!(request.header("x-signature"), Some("abc"));
        }
    }

    #[test]
    fn nothing_is_verified_with_a_secret_that_nobody_gave() {
        let refused = question(true, false, &[("app", "7")]).prepared(Some(&decoding()));
        assert!(matches!(refused, Err(DecodeError::NoSecret)));
    }

    #[test]
    fn without_a_word_in_the_document_everything_has_to_be_given() {
        let refused = question(true, false, &[]).prepared(None);
        assert!(matches!(refused, Err(DecodeError::NoSignatureHeader)));
        let mut unsigned = question(true, true, &[]);
        unsigned.signature = None;
        assert!(matches!(unsigned.prepared(None), Err(DecodeError::NoSecretSetting)));
    }
}
