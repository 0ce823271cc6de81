//! Reading back what a platform remembers of an account.

use connector_api::{Timestamp, capabilities::Reason};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::AccountId;

/// Reading back what a platform remembers of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryImport {
    /// Of which account.
    pub account: AccountId,
    /// How far it is.
    pub state: HistoryState,
    /// Conversations that the platform listed and that are wanted.
    pub found: u32,
    /// Conversations that were read to their end.
    pub conversations: u32,
    /// Messages in them, known ones too.
    pub messages: u32,
    /// Why it goes on later, or ended early.
    pub reason: Option<Reason>,
    /// When it began.
    pub began_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HistoryState {
    /// It goes on.
    Running,
    /// Everything that is wanted was read.
    Done,
    /// It ended early.
    Failed,
}
