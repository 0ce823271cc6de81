//! Reading back what platforms remember of accounts, page by page.

use async_trait::async_trait;
use connector_api::{EventPage, Timestamp, capabilities::Reason};

use super::StoreError;
use crate::model::{AccountId, HistoryImport};

/// The page that is to be read next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryStep {
    /// Of which account.
    pub account: AccountId,
    /// The platform's id of the conversation; `None` for the list of conversations.
    pub conversation: Option<String>,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// How often it was tried before.
    pub attempts: u32,
}

/// How much is wanted of what a platform remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryBounds {
    /// Conversations in which nothing was written since then are not wanted.
    pub oldest: Option<Timestamp>,
    /// Conversations at most.
    pub conversations: u32,
    /// Messages of one conversation at most.
    pub messages: u32,
}

/// Reading back what platforms remember of accounts. What is known already is not taken in twice, and nothing of it is
/// new: nobody is told of it, nothing is unread, and a reply window opens only as far as the times of the messages say.
#[async_trait]
pub trait Histories: Send + Sync {
    /// Begins it for an account, anew where it has ended. One that runs goes on.
    async fn begin_history(&self, account: AccountId, now: Timestamp) -> Result<HistoryImport, StoreError>;
    /// How far it is; `None` where it was never begun.
    async fn history(&self, account: AccountId) -> Result<Option<HistoryImport>, StoreError>;
    /// The next page of an instance that may be read by now. Ends those of which nothing is left to be read.
    async fn next_page(&self, instance: &str, now: Timestamp) -> Result<Option<HistoryStep>, StoreError>;
    /// When a page that waits may be read.
    async fn next_page_at(&self, instance: &str, now: Timestamp) -> Result<Option<Timestamp>, StoreError>;
    /// Takes a page in, and remembers where the next one begins, in one write.
    async fn keep_page(
        &self,
        step: HistoryStep,
        page: EventPage,
        bounds: HistoryBounds,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// A page could not be read: it is tried again then, or the import ends with that reason.
    async fn page_failed(
        &self,
        step: HistoryStep,
        reason: Reason,
        next: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// The channel has no history: nothing is left of the attempt.
    async fn no_history(&self, account: AccountId) -> Result<(), StoreError>;
}
