//! The tame half: plain Rust behind the author's trait, where the boundary's guards stand.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use connector_api::{
    CapabilityDocument, ChannelConnector, ChannelMessage, ConnectorError, Contact, Content, Done,
    EditRequest, ErrorClass, Event, EventKind, FetchMediaRequest, FetchedMedia, Medium, ReasonCode, Receipt,
    SendRequest, StartConnector, StartContext, UploadMediaRequest, UploadedMedia, WebhookOutcome,
    WebhookRequest, async_trait,
};
use serde::Deserialize;

use crate::media;
use crate::misbehaviour::{PanicsWhenDropped, misbehave};

/// The longest text of the document, in code points.
const LONGEST: usize = 1000;
/// Later than anybody waits in tests that look at this.
const LATE: Duration = Duration::from_secs(3);

/// One instance of the channel.
pub(crate) struct Hostile {
    context: StartContext,
    settings: Settings,
    uploads: AtomicU32,
}

#[derive(Deserialize)]
pub(crate) struct Settings {
    account: String,
    /// What to do instead of starting.
    #[serde(default)]
    start: String,
    /// How to belie the document: `offers-more`, `offers-less`, `late-at-the-limit`.
    #[serde(default)]
    lie: String,
    /// What must not be seen.
    #[serde(default)]
    token: String,
}

#[derive(Deserialize)]
struct Posted {
    from: String,
    id: String,
    #[serde(default)]
    text: String,
    /// What it brings instead of the text.
    medium: Option<Medium>,
    /// So many messages come with it, and not one.
    many: Option<usize>,
}

impl StartConnector for Hostile {
    type Settings = Settings;

    fn start(context: StartContext, settings: Settings) -> Result<Self, ConnectorError> {
        if let Some(file) = settings.start.strip_prefix("away-until:")
            && !std::path::Path::new(file).exists()
        {
            let text = "The platform is away for a moment.";
            return Err(ConnectorError::new(ErrorClass::Unavailable, ReasonCode::PLATFORM_UNAVAILABLE, text));
        }
        misbehave(&settings.start);
        Ok(Self { context, settings, uploads: AtomicU32::new(0) })
    }
}

impl Hostile {
    fn said(&self, from: &str, id: &str, content: Content, request: &WebhookRequest) -> Event {
        let message = ChannelMessage::new(id, request.received_at, content);
        let kind = EventKind::MessageReceived {
            conversation: from.to_owned(),
            contact: Contact::new(from),
            message,
        };
        Event::new(&self.settings.account, id, request.received_at, kind)
    }
}

#[async_trait]
impl ChannelConnector for Hostile {
    fn capabilities(&self) -> &CapabilityDocument {
        &self.context.document
    }

    fn receive(&self, request: &WebhookRequest) -> WebhookOutcome {
        let posted: Posted = match serde_json::from_slice(&request.body) {
            Ok(posted) => posted,
            Err(error) => return WebhookOutcome::rejected(400, error.to_string()),
        };
        if let Some(many) = posted.many {
            let id = |number| format!("{}/{number}", posted.id);
            let said = (0..many).map(id).map(|id| self.said(&posted.from, &id, Content::text(&id), request));
            return WebhookOutcome::accepted(said.collect());
        }
        misbehave(&posted.text);
        match posted.text.as_str() {
            "log-the-message" => tracing::info!(from = posted.from, "Said: {}", posted.text),
            "log-the-secret" => tracing::debug!(token = self.settings.token, "Verified"),
            "odd-status" => return WebhookOutcome::rejected(42, "odd"),
            "random" => {
                let number = self.uploads.fetch_add(1, Ordering::Relaxed);
                return WebhookOutcome::rejected(400, format!("request number {number}"));
            }
            "take-everything" => {}
            _ if !self.settings.token.is_empty()
                && request.header("x-token") != Some(&*self.settings.token) =>
            {
                return WebhookOutcome::rejected(401, "the token is missing or wrong");
            }
            _ => {}
        }
        let content = posted.medium.map_or_else(|| Content::text(posted.text), Content::Media);
        WebhookOutcome::accepted(vec![self.said(&posted.from, &posted.id, content, request)])
    }

    async fn send(&self, request: SendRequest) -> Result<Receipt, ConnectorError> {
        let text = match &request.content {
            Content::Text { text, .. } => text,
            Content::Media(_) if self.settings.lie == "offers-less" => {
                return Err(ConnectorError::unsupported_content("image"));
            }
            Content::Media(medium) if medium.media_kind != "image" && self.settings.lie != "offers-more" => {
                return Err(ConnectorError::unsupported_content(&medium.media_kind));
            }
            Content::Media(medium) => {
                let name = medium.media_id.as_deref().unwrap_or_default();
                return Ok(Receipt::new(Some(format!("{name} in {}", request.message))));
            }
            _ => return Err(ConnectorError::unsupported("send of this content")),
        };
        if self.settings.lie == "late-at-the-limit" && text.chars().count() == LONGEST {
            std::thread::sleep(LATE);
        }
        match text.as_str() {
            "hang-async" => std::future::pending().await,
            "panic-in-drop" => {
                let _held_until_cancelled = PanicsWhenDropped;
                std::future::pending().await
            }
            "tell-the-secret" => {
                return Err(ConnectorError::uncertain(format!("With {}.", self.settings.token)));
            }
            "one-id" => return Ok(Receipt::new(Some("always the same".to_owned()))),
            how => misbehave(how),
        }
        Ok(Receipt::new(Some(format!("hostile-{}", request.message))))
    }

    async fn edit(&self, _request: EditRequest) -> Result<Done, ConnectorError> {
        match self.settings.lie.as_str() {
            "offers-more" => Ok(Done::new()),
            _ => Err(ConnectorError::unsupported("edit")),
        }
    }

    async fn upload_media(&self, request: UploadMediaRequest) -> Result<UploadedMedia, ConnectorError> {
        media::upload(&self.uploads, &request).await
    }

    async fn fetch_media(&self, request: FetchMediaRequest) -> Result<FetchedMedia, ConnectorError> {
        media::fetch(&request)
    }
}
