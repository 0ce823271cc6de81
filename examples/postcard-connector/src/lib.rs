//! A connector for a channel that is the opposite of a customer-service chat: the business may write first and to many,
//! videos and voice messages go out, what was sent can be changed and taken back, no reply window closes, and events are
//! fetched by polling.
//!
//! It exists so that the contract assumes nothing of one platform. The platform is an imaginary post office inside the
//! connector (`post_office`), which forgets everything when the instance ends; a real connector holds no such state.

mod post_office;

use connector_api::{
    CapabilityDocument, ChannelConnector, ConnectorError, Content, DeleteRequest, Done, EditRequest,
    ErrorClass, EventPage, PollRequest, ReasonCode, Receipt, SendRequest, StartConnector, StartContext,
    StartConversationRequest, StartedConversation, UploadMediaRequest, UploadedMedia, WebhookOutcome,
    WebhookRequest, async_trait, export_connector,
};
use serde::Deserialize;

use post_office::PostOffice;

export_connector! { connector: Postcard, capabilities: "../capabilities.json" }

/// One instance: one return address.
#[derive(Debug)]
pub struct Postcard {
    context: StartContext,
    settings: Settings,
    office: PostOffice,
}

/// What an operator sets.
#[derive(Debug, Deserialize)]
pub struct Settings {
    /// The return address, which is the business account.
    return_address: String,
    /// Customers whose letters lie at the post office when the instance starts.
    #[serde(default)]
    letters_from: Vec<String>,
}

impl StartConnector for Postcard {
    type Settings = Settings;

    fn start(context: StartContext, settings: Settings) -> Result<Self, ConnectorError> {
        let office = PostOffice::with_letters_from(settings.letters_from.clone());
        Ok(Self { context, settings, office })
    }
}

#[async_trait]
impl ChannelConnector for Postcard {
    fn capabilities(&self) -> &CapabilityDocument {
        &self.context.document
    }

    fn receive(&self, _request: &WebhookRequest) -> WebhookOutcome {
        WebhookOutcome::rejected(404, "this channel has no webhooks; the host polls")
    }

    async fn send(&self, request: SendRequest) -> Result<Receipt, ConnectorError> {
        self.post(&request.conversation, request.content)
    }

    async fn start_conversation(
        &self,
        request: StartConversationRequest,
    ) -> Result<StartedConversation, ConnectorError> {
        let receipt = self.post(&request.contact, request.content)?;
        Ok(StartedConversation::new(request.contact, receipt))
    }

    async fn edit(&self, request: EditRequest) -> Result<Done, ConnectorError> {
        found(self.office.rewrite(&request.conversation, &request.message, request.content))
    }

    async fn delete(&self, request: DeleteRequest) -> Result<Done, ConnectorError> {
        found(self.office.take_back(&request.conversation, &request.message))
    }

    async fn upload_media(&self, request: UploadMediaRequest) -> Result<UploadedMedia, ConnectorError> {
        tracing::debug!(bytes = request.bytes.len(), mime = request.mime, "Medium kept");
        Ok(UploadedMedia::new(self.office.keep(&request.mime)))
    }

    async fn poll(&self, request: PollRequest) -> Result<EventPage, ConnectorError> {
        let seen = match &request.cursor {
            None => 0,
            Some(cursor) => cursor.parse().map_err(|_| refused("The cursor is not one of this channel."))?,
        };
        let (events, now_seen) = self.office.letters(&self.settings.return_address, seen, request.now);
        Ok(EventPage::new(events, Some(now_seen.to_string())))
    }
}

impl Postcard {
    fn post(&self, address: &str, content: Content) -> Result<Receipt, ConnectorError> {
        match &content {
            Content::Text { .. } => {}
            Content::Media(medium) if matches!(medium.media_kind.as_str(), "video" | "voice") => {
                if !medium.media_id.as_ref().is_some_and(|id| self.office.has_medium(id)) {
                    return Err(refused("The medium was not uploaded."));
                }
            }
            other => return Err(ConnectorError::unsupported_content(other.kind())),
        }
        Ok(Receipt::new(Some(self.office.post(address, content))))
    }
}

fn found(found: bool) -> Result<Done, ConnectorError> {
    if found { Ok(Done::new()) } else { Err(refused("There is no such card.")) }
}

fn refused(message: &str) -> ConnectorError {
    ConnectorError::new(ErrorClass::Refused, ReasonCode::PLATFORM_NOT_FOUND, message)
}
