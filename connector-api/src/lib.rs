//! What the author of a Jackfield connector depends on.
//!
//! A connector makes one messaging channel usable by any Jackfield host. It is a dynamic library with one exported
//! symbol; its author writes plain async Rust:
//!
//! 1. implement [`ChannelConnector`]: `capabilities`, `receive`, `send`, and what else the channel can do;
//! 2. implement [`StartConnector`]: make an instance from its settings;
//! 3. write the capability document, `capabilities.json`;
//! 4. write one [`export_connector!`] line and build a `cdylib`.
//!
//! `examples/echo-connector` is the smallest one.
//!
//! # What the macro takes care of
//!
//! Panics become errors, work runs on a tokio runtime of the connector's own, dropped calls are cancelled,
//! `tracing` events go to the host's log, and document and manifest are embedded where the host can read them
//! without running the library. Requests and replies cross as JSON, so that old and new files understand each other:
//! unknown fields are ignored, unknown variants are read as `Unknown`.

mod account;
mod authorization;
mod automatic;
#[doc(hidden)]
pub mod boundary;
mod comment;
mod connector;
mod content;
mod conversation;
#[doc(hidden)]
pub mod document_check;
mod error;
mod event;
mod export;
#[cfg(doctest)]
mod guide;
mod media;
mod message;
pub mod operation;
mod profile;
mod referral;
mod secret;
mod webhook;

pub use account::{Account, Credentials};
pub use async_trait::async_trait;
pub use authorization::{
    AccountRequest, AuthorizationPage, Authorized, BeginAuthorizationRequest, CompleteAuthorizationRequest,
    Done, GrantInspection, MissingScope, RefreshAuthorizationRequest,
};
pub use automatic::{
    AutomaticAction, AutomaticMessage, AutomaticMessages, AutomaticMessagesRequest, AutomaticText, Review,
};
pub use comment::{
    AnswerCommentRequest, AnsweredComment, Comment, CommentAction, CommentAnswers, CommentAnswersRequest,
};
pub use connector::{ChannelConnector, StartConnector, StartContext};
pub use connector_abi as abi;
pub use connector_capabilities as capabilities;
pub use connector_capabilities::{CapabilityDocument, ReasonCode, Timestamp};
pub use content::{CardButton, Content, Medium, QuestionCard, SharedPost};
pub use conversation::{DeleteRequest, EditRequest, StartConversationRequest, StartedConversation};
pub use error::{ConnectorError, ErrorClass, PlatformError};
pub use event::{
    CardAnswer, ChannelMessage, Contact, DeliveryStatus, EchoOrigin, Event, EventKind, Reaction,
};
pub use media::{FetchMediaRequest, FetchedMedia, UploadMediaRequest, UploadedMedia};
pub use message::{
    EventPage, HistoryRequest, ListedConversation, ListedReferral, PollRequest, Receipt, SendRequest, Signal,
    SignalRequest,
};
pub use profile::{
    AccountProfile, ConfigureWebhooksRequest, ContactProfile, ContactProfileRequest, EntryPoints,
    EntryPointsRequest, ProbeAnswer, ProbeRequest, WebhookConfiguration,
};
pub use referral::Referral;
pub use secret::Secret;
pub use webhook::{Verification, WebhookOutcome, WebhookRequest};

/// Version of this crate, as it stands in the manifest of every library built with it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
