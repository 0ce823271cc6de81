//! Everything that people wrote and decided, in one consistent picture.

use async_trait::async_trait;
use connector_api::Timestamp;
use tokio::sync::mpsc;

use super::StoreError;
use crate::model::{Account, Comment, Contact, Conversation, ConversationReferral, Message, Note, Scope};

/// What is exported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExportFilter {
    /// Only of these accounts.
    pub scope: Scope,
    /// Only messages, notes, referrals and comments that the host learnt of, or that happened, since then. Accounts, contacts and
    /// conversations come whole, so that what names them does not name nothing.
    pub since: Option<Timestamp>,
}

/// One row of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// Without its credentials.
    Account(Box<Account>),
    /// A contact.
    Contact(Contact),
    /// A conversation with its labels.
    Conversation(Box<Conversation>),
    /// How the contact of a conversation came.
    Referral(ConversationReferral),
    /// A message with its history.
    Message(Box<Message>),
    /// A comment.
    Comment(Box<Comment>),
    /// A note.
    Note(Note),
}

/// What an export yields; it ends after the first error.
pub type Records = mpsc::Receiver<Result<Record, StoreError>>;

/// Everything that people wrote and decided, in one consistent picture.
#[async_trait]
pub trait Export: Send + Sync {
    /// Accounts, contacts, conversations, referrals, messages, notes and comments, in this order, all as of one moment. Memory is
    /// bounded; an export that nobody goes on reading ends by itself.
    async fn export(&self, filter: ExportFilter) -> Result<Records, StoreError>;
}
