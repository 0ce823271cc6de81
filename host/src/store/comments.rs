//! Comments under posts of accounts.

use async_trait::async_trait;

use super::{Cursor, Page, StoreError};
use crate::model::{AccountId, Comment, CommentId};

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
    /// One comment.
    async fn comment(&self, id: CommentId) -> Result<Option<Comment>, StoreError>;
}
