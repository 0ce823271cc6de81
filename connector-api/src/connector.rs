//! The trait that a connector's author implements.

use std::sync::Arc;

use async_trait::async_trait;
use connector_capabilities::CapabilityDocument;
use serde::de::DeserializeOwned;

use crate::{operation as op, *};

/// A messaging channel, translated into the host's terms.
///
/// A connector translates; the host remembers. An implementation holds no durable state, no queue, no retry loop
/// and no clock of its own. The host enforces every declared limit before it calls, so that an implementation
/// re-checks nothing.
///
/// Every operation is called with a deadline; when it passes, or the host stops, the future is dropped. Each makes
/// at most one request that counts against the declared rate. Operations that an implementation leaves out answer
/// [`ErrorClass::Unsupported`]; "not supported" is never a success.
#[diagnostic::on_unimplemented(
    message = "the connector `{Self}` lacks `impl ChannelConnector for {Self}`: what its channel can do",
    label = "no `ChannelConnector` here",
    note = "write `#[async_trait] impl ChannelConnector for {Self}` with `capabilities`, `receive` and `send`; \
            examples/echo-connector shows it"
)]
#[async_trait]
pub trait ChannelConnector: Send + Sync + 'static {
    /// What the channel can do: the embedded document, as handed to [`StartConnector::start`].
    fn capabilities(&self) -> &CapabilityDocument;

    /// Verifies and normalises one webhook request. No I/O, no clock but `received_at`; called from many threads.
    fn receive(&self, request: &WebhookRequest) -> WebhookOutcome;

    /// Sends one message. Called once for each message: an error that may mean "it happened" must say
    /// [`ErrorClass::Uncertain`].
    async fn send(&self, request: SendRequest) -> Result<Receipt, ConnectorError>;

    /// Writes first to somebody who has not written. As with [`send`](Self::send), an error that may mean "it
    /// happened" must say [`ErrorClass::Uncertain`].
    async fn start_conversation(
        &self,
        _request: StartConversationRequest,
    ) -> Result<StartedConversation, ConnectorError> {
        unsupported::<op::StartConversation, _>()
    }

    /// Answers a comment in private. As with [`send`](Self::send), an error that may mean "it happened" must say
    /// [`ErrorClass::Uncertain`].
    async fn answer_comment(
        &self,
        _request: AnswerCommentRequest,
    ) -> Result<AnsweredComment, ConnectorError> {
        unsupported::<op::AnswerComment, _>()
    }

    /// Says whether comments may be answered in private, or switches it.
    async fn comment_answers(
        &self,
        _request: CommentAnswersRequest,
    ) -> Result<CommentAnswers, ConnectorError> {
        unsupported::<op::CommentAnswers, _>()
    }

    /// Lists or changes the messages that the platform sends by itself.
    async fn automatic_messages(
        &self,
        _request: AutomaticMessagesRequest,
    ) -> Result<AutomaticMessages, ConnectorError> {
        unsupported::<op::AutomaticMessages, _>()
    }

    /// Changes a message that was sent.
    async fn edit(&self, _request: EditRequest) -> Result<Done, ConnectorError> {
        unsupported::<op::Edit, _>()
    }

    /// Takes a message back that was sent.
    async fn delete(&self, _request: DeleteRequest) -> Result<Done, ConnectorError> {
        unsupported::<op::Delete, _>()
    }

    /// Gives the platform a medium to send later.
    async fn upload_media(&self, _request: UploadMediaRequest) -> Result<UploadedMedia, ConnectorError> {
        unsupported::<op::UploadMedia, _>()
    }

    /// Gets the bytes of a received medium.
    async fn fetch_media(&self, _request: FetchMediaRequest) -> Result<FetchedMedia, ConnectorError> {
        unsupported::<op::FetchMedia, _>()
    }

    /// Shows typing or a read mark.
    async fn signal(&self, _request: SignalRequest) -> Result<Done, ConnectorError> {
        unsupported::<op::Signal, _>()
    }

    /// Makes the page on which an owner consents. No I/O is needed.
    async fn begin_authorization(
        &self,
        _request: BeginAuthorizationRequest,
    ) -> Result<AuthorizationPage, ConnectorError> {
        unsupported::<op::BeginAuthorization, _>()
    }

    /// Turns what came back from the consent page into an account.
    async fn complete_authorization(
        &self,
        _request: CompleteAuthorizationRequest,
    ) -> Result<Authorized, ConnectorError> {
        unsupported::<op::CompleteAuthorization, _>()
    }

    /// Renews credentials. The host never runs two at once for one account.
    async fn refresh_authorization(
        &self,
        _request: RefreshAuthorizationRequest,
    ) -> Result<Authorized, ConnectorError> {
        unsupported::<op::RefreshAuthorization, _>()
    }

    /// Gives the right to act for an account back.
    async fn revoke_authorization(&self, _request: AccountRequest) -> Result<Done, ConnectorError> {
        unsupported::<op::RevokeAuthorization, _>()
    }

    /// Asks the platform what the account's token is good for.
    async fn inspect_authorization(
        &self,
        _request: AccountRequest,
    ) -> Result<GrantInspection, ConnectorError> {
        unsupported::<op::InspectAuthorization, _>()
    }

    /// How the business presents itself.
    async fn account_profile(&self, _request: AccountRequest) -> Result<AccountProfile, ConnectorError> {
        unsupported::<op::AccountProfile, _>()
    }

    /// How the other person of a conversation presents themselves.
    async fn contact_profile(
        &self,
        _request: ContactProfileRequest,
    ) -> Result<ContactProfile, ConnectorError> {
        unsupported::<op::ContactProfile, _>()
    }

    /// Settles facts that the document leaves unknown.
    async fn probe(&self, _request: ProbeRequest) -> Result<ProbeAnswer, ConnectorError> {
        unsupported::<op::Probe, _>()
    }

    /// Reads one page back.
    async fn history(&self, _request: HistoryRequest) -> Result<EventPage, ConnectorError> {
        unsupported::<op::History, _>()
    }

    /// Asks a channel without webhooks what is new.
    async fn poll(&self, _request: PollRequest) -> Result<EventPage, ConnectorError> {
        unsupported::<op::Poll, _>()
    }

    /// Tells the platform where to deliver webhooks.
    async fn configure_webhooks(
        &self,
        _request: ConfigureWebhooksRequest,
    ) -> Result<WebhookConfiguration, ConnectorError> {
        unsupported::<op::ConfigureWebhooks, _>()
    }

    /// Makes the ways in which customers can begin.
    async fn entry_points(&self, _request: EntryPointsRequest) -> Result<EntryPoints, ConnectorError> {
        unsupported::<op::EntryPoints, _>()
    }
}

fn unsupported<O: op::Operation, T>() -> Result<T, ConnectorError> {
    Err(ConnectorError::unsupported(O::NAME))
}

/// What a connector is given when an instance starts.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StartContext {
    /// The instance's name in the host's configuration.
    pub instance: String,
    /// The embedded capability document.
    pub document: Arc<CapabilityDocument>,
}

impl StartContext {
    /// For tests of a connector without a host.
    #[must_use]
    pub fn new(instance: impl Into<String>, document: CapabilityDocument) -> Self {
        Self { instance: instance.into(), document: Arc::new(document) }
    }
}

/// How an instance comes to be.
#[diagnostic::on_unimplemented(
    message = "the connector `{Self}` lacks `impl StartConnector for {Self}`: how an instance is made from its settings",
    label = "no `StartConnector` here",
    note = "write `impl StartConnector for {Self}` with `type Settings` and `fn start`; examples/echo-connector shows it"
)]
pub trait StartConnector: ChannelConnector + Sized {
    /// The instance's settings, secrets included. Read from the `settings` and `secrets` of the configuration.
    type Settings: DeserializeOwned;

    /// Makes an instance. No I/O; runs inside the connector's own tokio runtime.
    ///
    /// # Errors
    /// [`ConnectorError::settings`] where the settings cannot work.
    fn start(context: StartContext, settings: Self::Settings) -> Result<Self, ConnectorError>;
}
