//! TikTok Business Messaging as a Jackfield connector.
//!
//! The crate translates, and remembers nothing: `webhook` turns what TikTok posts into the host's events, `api`
//! turns the host's operations into one TikTok request each. The facts about the platform come from the project's
//! protocol reference; comments name its sections.

mod api;
mod reading;
mod scopes;
mod settings;
mod signature;
mod webhook;

use connector_api::{
    AccountProfile, AccountRequest, AnswerCommentRequest, AnsweredComment, AuthorizationPage, Authorized,
    AutomaticMessages, AutomaticMessagesRequest, BeginAuthorizationRequest, CapabilityDocument,
    ChannelConnector, CommentAnswers, CommentAnswersRequest, CompleteAuthorizationRequest,
    ConfigureWebhooksRequest, ConnectorError, ContactProfile, ContactProfileRequest, Done, EntryPoints,
    EntryPointsRequest, EventPage, FetchMediaRequest, FetchedMedia, GrantInspection, HistoryRequest,
    ProbeAnswer, ProbeRequest, Receipt, RefreshAuthorizationRequest, SendRequest, SignalRequest,
    StartConnector, StartContext, UploadMediaRequest, UploadedMedia, WebhookConfiguration, WebhookOutcome,
    WebhookRequest, async_trait, export_connector,
};

pub use settings::{Settings, StaleSignatures};

export_connector! { connector: TikTok, capabilities: "../capabilities.json" }

/// One TikTok app.
#[derive(Debug)]
pub struct TikTok {
    context: StartContext,
    settings: Settings,
    api: api::Api,
}

impl StartConnector for TikTok {
    type Settings = Settings;

    fn start(context: StartContext, settings: Settings) -> Result<Self, ConnectorError> {
        let settings = settings.checked()?;
        let api = api::Api::new(&settings)?;
        Ok(Self { context, settings, api })
    }
}

#[async_trait]
impl ChannelConnector for TikTok {
    fn capabilities(&self) -> &CapabilityDocument {
        &self.context.document
    }

    fn receive(&self, request: &WebhookRequest) -> WebhookOutcome {
        webhook::receive(&self.settings, request)
    }

    async fn send(&self, request: SendRequest) -> Result<Receipt, ConnectorError> {
        api::send::send(&self.api, &request).await
    }

    async fn answer_comment(&self, request: AnswerCommentRequest) -> Result<AnsweredComment, ConnectorError> {
        api::comment::answer(&self.api, &request).await
    }

    async fn comment_answers(
        &self,
        request: CommentAnswersRequest,
    ) -> Result<CommentAnswers, ConnectorError> {
        api::comment::answers(&self.api, &request).await
    }

    async fn automatic_messages(
        &self,
        request: AutomaticMessagesRequest,
    ) -> Result<AutomaticMessages, ConnectorError> {
        api::automatic::act(&self.api, &request).await
    }

    async fn upload_media(&self, request: UploadMediaRequest) -> Result<UploadedMedia, ConnectorError> {
        api::media::upload(&self.api, request).await
    }

    async fn fetch_media(&self, request: FetchMediaRequest) -> Result<FetchedMedia, ConnectorError> {
        api::media::fetch(&self.api, &request).await
    }

    async fn signal(&self, request: SignalRequest) -> Result<Done, ConnectorError> {
        api::send::signal(&self.api, &request).await
    }

    async fn begin_authorization(
        &self,
        request: BeginAuthorizationRequest,
    ) -> Result<AuthorizationPage, ConnectorError> {
        api::consent::page(&self.settings, &request)
    }

    async fn complete_authorization(
        &self,
        request: CompleteAuthorizationRequest,
    ) -> Result<Authorized, ConnectorError> {
        api::grant::complete(&self.api, &self.settings, &request).await
    }

    async fn refresh_authorization(
        &self,
        request: RefreshAuthorizationRequest,
    ) -> Result<Authorized, ConnectorError> {
        api::grant::refresh(&self.api, &self.settings, &request).await
    }

    async fn revoke_authorization(&self, request: AccountRequest) -> Result<Done, ConnectorError> {
        api::grant::revoke(&self.api, &self.settings, &request).await
    }

    async fn inspect_authorization(
        &self,
        request: AccountRequest,
    ) -> Result<GrantInspection, ConnectorError> {
        api::inspection::inspect(&self.api, &self.settings, &request).await
    }

    async fn account_profile(&self, request: AccountRequest) -> Result<AccountProfile, ConnectorError> {
        api::profile::account(&self.api, &request).await
    }

    async fn contact_profile(
        &self,
        request: ContactProfileRequest,
    ) -> Result<ContactProfile, ConnectorError> {
        api::people::profile(&self.api, &request).await
    }

    async fn probe(&self, request: ProbeRequest) -> Result<ProbeAnswer, ConnectorError> {
        api::probe::ask(&self.api, &request).await
    }

    async fn history(&self, request: HistoryRequest) -> Result<EventPage, ConnectorError> {
        api::history::page(&self.api, &request).await
    }

    async fn configure_webhooks(
        &self,
        request: ConfigureWebhooksRequest,
    ) -> Result<WebhookConfiguration, ConnectorError> {
        api::callback::configure(&self.api, &self.settings, &request).await
    }

    async fn entry_points(&self, request: EntryPointsRequest) -> Result<EntryPoints, ConnectorError> {
        api::entry::points(&self.api, &request).await
    }
}
