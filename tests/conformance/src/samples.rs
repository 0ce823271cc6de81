//! What an author puts beside the library: `conformance.json`.

use std::path::{Path, PathBuf};

use connector_api::{
    Account, Credentials, Secret, Timestamp, WebhookRequest, capabilities::document::Direction,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{platform::Script, signing::Signing, subject::KitError, verdicts::VerdictSample};

/// How far above a library samples are looked for: it lies in `target/debug` of its crate.
const FOLDERS: usize = 3;
const PLACES: [&str; 2] = ["conformance.json", "conformance/conformance.json"];

/// Where samples come from, or where there are none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SamplesSource {
    /// They were read from this file.
    File(PathBuf),
    /// Nobody named a file, and none of these is there.
    NotFound(Vec<PathBuf>),
}

impl SamplesSource {
    /// The file that somebody named, or the first that lies where one is looked for.
    pub(crate) fn of(named: Option<&Path>, library: &Path) -> Self {
        let places = Samples::places(library);
        let found = named.or_else(|| places.iter().find(|path| path.is_file()).map(PathBuf::as_path));
        match found {
            Some(path) => Self::File(path.to_owned()),
            None => Self::NotFound(places),
        }
    }

    /// What is missing, where one looked for it, and how to give it; `None` where nothing is.
    pub(crate) fn missing(&self) -> Option<String> {
        let Self::NotFound(places) = self else { return None };
        let folders = places.iter().step_by(PLACES.len()).filter_map(|place| place.parent());
        let folders: Vec<_> = folders.map(|folder| folder.display().to_string()).collect();
        Some(format!(
            "no samples were found: there is no {} in {}; name a file with --samples FILE \
             (`jackfield new-connector` writes one; tiktok-connector/conformance/conformance.json of the project has everything)",
            PLACES.join(" or "),
            folders.join(", ")
        ))
    }
}

/// Settings, signing and samples of one connector.
///
/// Texts of settings may hold `{platform}`, the address of the platform: a fake one, or one that is not there, or one that
/// never answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Samples {
    /// Settings that an instance starts with.
    #[serde(default)]
    pub(crate) settings: Map<String, Value>,
    /// The settings that are secrets.
    #[serde(default)]
    pub(crate) secrets: Vec<String>,
    /// How requests are signed; absent where everybody may post.
    #[serde(default)]
    pub(crate) signing: Option<Signing>,
    /// When the requests arrive, in seconds.
    #[serde(default)]
    pub(crate) received_at: i64,
    /// Members of a body's outermost object that are JSON written as text.
    #[serde(default)]
    json_text: Vec<String>,
    /// One request at least for each kind that comes in or is echoed.
    #[serde(default)]
    pub(crate) webhooks: Vec<Webhook>,
    /// What is sent.
    #[serde(default)]
    pub(crate) outbound: Outbound,
    /// How a fake platform is used.
    #[serde(default)]
    pub(crate) platform: Option<Script>,
    /// What the document says about single actions.
    #[serde(default)]
    pub(crate) verdicts: Vec<VerdictSample>,
}

/// One webhook request.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Webhook {
    /// Its name in reports.
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) direction: Option<Direction>,
    /// The kind of content, as in the document.
    #[serde(default)]
    pub(crate) kind: Option<String>,
    /// The type of the event where it is no message.
    #[serde(default)]
    pub(crate) event: Option<String>,
    /// Nobody declares it; the connector has to say all the same that something came.
    #[serde(default)]
    pub(crate) undeclared: bool,
    #[serde(default = "post")]
    pub(crate) method: String,
    #[serde(default)]
    pub(crate) query: String,
    #[serde(default)]
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
}

/// What is sent, and for whom.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Outbound {
    pub(crate) account: String,
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
    pub(crate) conversation: String,
    /// Never to be seen in a log.
    pub(crate) text: String,
}

impl Default for Outbound {
    fn default() -> Self {
        let text = |text: &str| text.to_owned();
        Self {
            account: text("conformance-account"),
            access_token: text("conformance-access-token"),
            refresh_token: text("conformance-refresh-token"),
            conversation: text("conformance-conversation"),
            text: text("conformance message, not for any log"),
        }
    }
}

fn post() -> String {
    "POST".to_owned()
}

impl Samples {
    /// Reads the file.
    ///
    /// # Errors
    /// Where it cannot be read, or is no such file.
    pub fn read(path: &Path) -> Result<Self, KitError> {
        let bytes =
            std::fs::read(path).map_err(|error| KitError::Samples(path.to_owned(), error.to_string()))?;
        serde_json::from_slice(&bytes).map_err(|error| KitError::Samples(path.to_owned(), error.to_string()))
    }

    /// Where the samples of a library are looked for: `conformance.json`, or in a folder `conformance`, beside it and in the
    /// folders above.
    fn places(library: &Path) -> Vec<PathBuf> {
        let library = std::path::absolute(library).unwrap_or_else(|_| library.to_owned());
        let folders = library.ancestors().skip(1).take(FOLDERS);
        folders.flat_map(|folder| PLACES.map(|name| folder.join(name))).collect()
    }

    /// The settings with that platform.
    pub(crate) fn settings_with(&self, platform: &str) -> Map<String, Value> {
        let fill = |value: &Value| match value {
            Value::String(text) => text.replace("{platform}", platform).into(),
            other => other.clone(),
        };
        self.settings.iter().map(|(name, value)| (name.clone(), fill(value))).collect()
    }

    /// The bytes of a sample's body.
    pub(crate) fn body(&self, webhook: &Webhook) -> Vec<u8> {
        let mut body = webhook.body.clone();
        if let Value::Object(members) = &mut body {
            for name in &self.json_text {
                if let Some(member) = members.get_mut(name).filter(|member| !member.is_string()) {
                    *member = member.to_string().into();
                }
            }
        }
        match body {
            Value::String(text) => text.into_bytes(),
            other => other.to_string().into_bytes(),
        }
    }

    /// A sample's request with this body, signed.
    pub(crate) fn request(&self, webhook: &Webhook, body: Vec<u8>) -> WebhookRequest {
        self.signed(self.unsigned(webhook, body))
    }

    /// The same without a signature.
    pub(crate) fn unsigned(&self, webhook: &Webhook, body: Vec<u8>) -> WebhookRequest {
        let at = Timestamp::from_seconds(self.received_at);
        WebhookRequest::post(webhook.headers.clone(), body, at)
            .with_target(webhook.method.clone(), webhook.query.clone())
    }

    /// A request with a signature.
    pub(crate) fn signed(&self, request: WebhookRequest) -> WebhookRequest {
        match &self.signing {
            Some(signing) => signing.sign(request, &self.settings),
            None => request,
        }
    }

    /// The account that is sent for.
    pub(crate) fn account(&self) -> Account {
        let Outbound { account, access_token, refresh_token, .. } = &self.outbound;
        let end = Timestamp::from_seconds(self.received_at).plus_seconds(86_400);
        let credentials = Credentials::permanent(Secret::new(access_token));
        Account::new(account, credentials.renewable(end, Secret::new(refresh_token), None))
    }

    /// What must never be seen in a log or an error.
    pub(crate) fn secret_texts(&self) -> Vec<String> {
        let settings = self.secrets.iter().filter_map(|name| self.settings.get(name)?.as_str());
        let tokens = [self.outbound.access_token.as_str(), self.outbound.refresh_token.as_str()];
        settings.chain(tokens).filter(|text| !text.is_empty()).map(str::to_owned).collect()
    }
}
