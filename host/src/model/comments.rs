//! Comments under posts of a business.

use connector_api::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AccountId, CommentId, ContactId};

/// A comment under a post of the business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// The host's id.
    pub id: CommentId,
    /// Under whose post.
    pub account: AccountId,
    /// The platform's id; opaque.
    pub platform_id: String,
    /// Who wrote it, where that was told.
    pub contact: Option<ContactId>,
    /// What it says, where that was told and it was not removed.
    pub text: Option<String>,
    /// The platform's id of the post.
    pub post: Option<String>,
    /// The platform's id of the comment that it answers.
    pub parent: Option<String>,
    /// Whether the platform lets the business answer it in private.
    pub answerable: bool,
    /// What became of it.
    pub state: CommentState,
    /// When the host first heard of it, by the platform's time.
    pub at: Timestamp,
    /// When it last changed, by the platform's time.
    pub changed_at: Timestamp,
}

/// What became of a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CommentState {
    /// It can be seen.
    Shown,
    /// Others cannot see it.
    Hidden,
    /// It was removed; what it said is not kept.
    Removed,
}
