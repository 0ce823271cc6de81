//! Messages that platforms announce without handing them on, and that are looked for in what they let one read back.

use async_trait::async_trait;
use connector_api::{EventPage, ListedConversation, Timestamp};

use super::StoreError;
use crate::model::AccountId;

/// Messages of one account that are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueWithheld {
    /// Whose.
    pub account: AccountId,
    /// None of them was written before.
    pub since: Timestamp,
    /// How many were announced.
    pub wanted: u32,
    /// How often they were looked for before.
    pub attempts: u32,
}

/// Messages that platforms announce without handing them on, of accounts that have turned `history.withheld` on. They are
/// found where only one conversation can hold them; else nobody guesses.
#[async_trait]
pub trait WithheldMessages: Send + Sync {
    /// What is looked for next, of an instance.
    async fn due_withheld(&self, instance: &str, now: Timestamp) -> Result<Option<DueWithheld>, StoreError>;
    /// Those of the platform's conversations that have something from since then that is not known here.
    async fn may_hold_withheld(
        &self,
        due: DueWithheld,
        listed: Vec<ListedConversation>,
    ) -> Result<Vec<String>, StoreError>;
    /// Takes the messages of a conversation in: those of contacts from since then as new, the others as read back. How many
    /// were new; where none was, nothing is taken in.
    async fn find_withheld(
        &self,
        due: DueWithheld,
        conversation: String,
        page: EventPage,
        now: Timestamp,
    ) -> Result<u32, StoreError>;
    /// They were not found: looked for again then, or given up.
    async fn miss_withheld(&self, due: DueWithheld, next: Option<Timestamp>) -> Result<(), StoreError>;
}
