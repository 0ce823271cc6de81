//! Comments under posts of accounts.

use async_trait::async_trait;

use super::{Cursor, Page, Sought, StoreError};
use crate::model::{AccountId, Comment, CommentId, Scope};

/// Comments under posts of accounts.
#[async_trait]
pub trait Comments: Send + Sync {
    /// The comments of an account, the newest first.
    async fn comments(
        &self,
        account: AccountId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Comment>, StoreError>;
    /// Comments whose answer is so far, the newest answer first; whether or not its message is in a conversation.
    async fn answered(
        &self,
        scope: &Scope,
        sought: Sought,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Comment>, StoreError>;
    /// One comment.
    async fn comment(&self, id: CommentId) -> Result<Option<Comment>, StoreError>;
}
