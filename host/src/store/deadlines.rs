//! What happens by itself once its time has come.

use std::time::Duration;

use async_trait::async_trait;
use connector_api::{CapabilityDocument, Timestamp};

use super::{Cursor, Page, StoreError};
use crate::model::{Conversation, Scope};

/// What fell due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Due {
    /// Queued messages that failed because their time was over.
    pub expired: u32,
    /// Reply windows of which listeners were warned.
    pub closing: u32,
    /// Pauses that ended.
    pub unpaused: u32,
    /// Snoozed conversations that are open again.
    pub woken: u32,
    /// Consents of whose end listeners were warned.
    pub ending: u32,
}

/// Which conversations, by the time of their reply window. Its quota may be used up all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowFilter {
    /// Still inside theirs, the one that closes first before the others.
    Open,
    /// Those of them that close within this time.
    Closing(Duration),
    /// Past theirs, the one that closed last before the others.
    Closed,
}

/// What happens by itself once its time has come.
#[async_trait]
pub trait Deadlines: Send + Sync {
    /// From now on the reply windows of this document hold for an instance, as the layers of its accounts leave them.
    /// Conversations and queued messages follow. Until this was called, no time closes a window in the store.
    async fn use_windows(&self, instance: &str, document: &CapabilityDocument) -> Result<(), StoreError>;
    /// When [`fall_due`](Self::fall_due) with the same lead has something to do: `now`, or later.
    async fn next_due(&self, now: Timestamp, lead: Duration) -> Result<Option<Timestamp>, StoreError>;
    /// Fails queued messages whose time is over, and gives their places back; tells of windows that close within
    /// `lead` and in which the contact has no answer, once for each window; ends pauses; opens snoozed conversations;
    /// tells of consents that end within [`Account::CONSENT_WARNING_SECONDS`](crate::model::Account::CONSENT_WARNING_SECONDS),
    /// once for each end. At most `limit` of each.
    async fn fall_due(&self, now: Timestamp, lead: Duration, limit: u32) -> Result<Due, StoreError>;
    /// Conversations of a scope by the end of their reply windows; those without an end are left out.
    async fn conversations_by_window(
        &self,
        scope: &Scope,
        filter: WindowFilter,
        now: Timestamp,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Conversation>, StoreError>;
}
