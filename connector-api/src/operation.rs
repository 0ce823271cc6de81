//! The operations by name: what is called over the boundary, with what, and what comes back.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate as api;

/// An operation of [`ChannelConnector`](crate::ChannelConnector).
pub trait Operation {
    /// Its name on the boundary. Never reused for anything else.
    const NAME: &'static str;
    /// What it is called with.
    type Request: Payload;
    /// What comes back.
    type Reply: Payload;
}

/// A request or a reply: JSON, and for some media bytes beside it.
pub trait Payload: Serialize + DeserializeOwned + std::marker::Send + 'static {
    /// Takes the bytes out before the rest is serialised.
    fn take_attachment(&mut self) -> Vec<u8> {
        Vec::new()
    }

    /// Puts the bytes back after the rest was read.
    fn put_attachment(&mut self, _bytes: Vec<u8>) {}
}

/// Never an operation. The host calls it to see whether a connector answers at all; "no such operation" is an answer.
pub const PING: &str = "ping";

/// What stands around every request on the boundary.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Call<T> {
    /// The host's id of what caused the call, for the logs of both sides.
    #[serde(default)]
    pub trace_id: String,
    /// Milliseconds until the host gives up.
    #[serde(default)]
    pub deadline_ms: Option<u64>,
    /// The operation's own request.
    pub request: T,
}

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident = $text:literal: $request:ident => $reply:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy)]
            pub enum $name {}

            impl Operation for $name {
                const NAME: &'static str = $text;
                type Request = api::$request;
                type Reply = api::$reply;
            }
        )*

        /// Every name that this version knows.
        pub const NAMES: &[&str] = &[$($text),*];
    };
}

operations! {
    /// [`send`](crate::ChannelConnector::send)
    Send = "send": SendRequest => Receipt;
    /// [`start_conversation`](crate::ChannelConnector::start_conversation)
    StartConversation = "start_conversation": StartConversationRequest => StartedConversation;
    /// [`answer_comment`](crate::ChannelConnector::answer_comment)
    AnswerComment = "answer_comment": AnswerCommentRequest => AnsweredComment;
    /// [`comment_answers`](crate::ChannelConnector::comment_answers)
    CommentAnswers = "comment_answers": CommentAnswersRequest => CommentAnswers;
    /// [`automatic_messages`](crate::ChannelConnector::automatic_messages)
    AutomaticMessages = "automatic_messages": AutomaticMessagesRequest => AutomaticMessages;
    /// [`edit`](crate::ChannelConnector::edit)
    Edit = "edit": EditRequest => Done;
    /// [`delete`](crate::ChannelConnector::delete)
    Delete = "delete": DeleteRequest => Done;
    /// [`upload_media`](crate::ChannelConnector::upload_media)
    UploadMedia = "upload_media": UploadMediaRequest => UploadedMedia;
    /// [`fetch_media`](crate::ChannelConnector::fetch_media)
    FetchMedia = "fetch_media": FetchMediaRequest => FetchedMedia;
    /// [`signal`](crate::ChannelConnector::signal)
    Signal = "signal": SignalRequest => Done;
    /// [`begin_authorization`](crate::ChannelConnector::begin_authorization)
    BeginAuthorization = "begin_authorization": BeginAuthorizationRequest => AuthorizationPage;
    /// [`complete_authorization`](crate::ChannelConnector::complete_authorization)
    CompleteAuthorization = "complete_authorization": CompleteAuthorizationRequest => Authorized;
    /// [`refresh_authorization`](crate::ChannelConnector::refresh_authorization)
    RefreshAuthorization = "refresh_authorization": RefreshAuthorizationRequest => Authorized;
    /// [`revoke_authorization`](crate::ChannelConnector::revoke_authorization)
    RevokeAuthorization = "revoke_authorization": AccountRequest => Done;
    /// [`inspect_authorization`](crate::ChannelConnector::inspect_authorization)
    InspectAuthorization = "inspect_authorization": AccountRequest => GrantInspection;
    /// [`account_profile`](crate::ChannelConnector::account_profile)
    AccountProfile = "account_profile": AccountRequest => AccountProfile;
    /// [`contact_profile`](crate::ChannelConnector::contact_profile)
    ContactProfile = "contact_profile": ContactProfileRequest => ContactProfile;
    /// [`probe`](crate::ChannelConnector::probe)
    Probe = "probe": ProbeRequest => ProbeAnswer;
    /// [`history`](crate::ChannelConnector::history)
    History = "history": HistoryRequest => EventPage;
    /// [`poll`](crate::ChannelConnector::poll)
    Poll = "poll": PollRequest => EventPage;
    /// [`configure_webhooks`](crate::ChannelConnector::configure_webhooks)
    ConfigureWebhooks = "configure_webhooks": ConfigureWebhooksRequest => WebhookConfiguration;
    /// [`entry_points`](crate::ChannelConnector::entry_points)
    EntryPoints = "entry_points": EntryPointsRequest => EntryPoints;
}

macro_rules! plain_payloads {
    ($($name:ident),* $(,)?) => { $(impl Payload for api::$name {})* };
}

plain_payloads!(
    SendRequest,
    Receipt,
    StartConversationRequest,
    StartedConversation,
    AnswerCommentRequest,
    AnsweredComment,
    CommentAnswersRequest,
    CommentAnswers,
    AutomaticMessagesRequest,
    AutomaticMessages,
    GrantInspection,
    EditRequest,
    DeleteRequest,
    UploadedMedia,
    FetchMediaRequest,
    SignalRequest,
    Done,
    BeginAuthorizationRequest,
    AuthorizationPage,
    CompleteAuthorizationRequest,
    Authorized,
    RefreshAuthorizationRequest,
    AccountRequest,
    AccountProfile,
    ContactProfileRequest,
    ContactProfile,
    ProbeRequest,
    ProbeAnswer,
    HistoryRequest,
    EventPage,
    PollRequest,
    ConfigureWebhooksRequest,
    WebhookConfiguration,
    EntryPointsRequest,
    EntryPoints,
);

impl Payload for api::UploadMediaRequest {
    fn take_attachment(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    fn put_attachment(&mut self, bytes: Vec<u8>) {
        self.bytes = bytes;
    }
}

impl Payload for api::FetchedMedia {
    fn take_attachment(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    fn put_attachment(&mut self, bytes: Vec<u8>) {
        self.bytes = bytes;
    }
}
