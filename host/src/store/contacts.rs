//! The people who write.

use async_trait::async_trait;
use connector_api::Timestamp;

use super::{Cursor, Page, StoreError};
use crate::model::{Contact, ContactId, ConversationId, ConversationReferral, Scope};

/// What became of the wish to erase a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erased {
    /// It is gone.
    Gone(Erasure),
    /// A message to them is on its way; it can be erased once the platform has answered.
    Sending,
    /// There is no such contact.
    UnknownContact,
}

/// How much was erased.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Erasure {
    /// Conversations.
    pub conversations: u32,
    /// Messages.
    pub messages: u32,
    /// Notes.
    pub notes: u32,
    /// Raw bodies.
    pub payloads: u32,
}

/// The people who write.
#[async_trait]
pub trait Contacts: Send + Sync {
    /// Contacts of a scope, the newest first.
    async fn contacts(
        &self,
        scope: &Scope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Contact>, StoreError>;
    /// One contact.
    async fn contact(&self, id: ContactId) -> Result<Option<Contact>, StoreError>;
    /// Every way in which the contact of a conversation came, the first first; at most `limit`.
    async fn referrals(
        &self,
        conversation: ConversationId,
        limit: u32,
    ) -> Result<Vec<ConversationReferral>, StoreError>;
    /// Erases a contact: their conversations with messages and notes, what a search finds of them, and raw bodies that
    /// tell of them. Events keep ids. What they write later comes from a new contact.
    async fn erase_contact(&self, id: ContactId, now: Timestamp) -> Result<Erased, StoreError>;
}
