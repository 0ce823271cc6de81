//! Who changed what.

use async_trait::async_trait;
use connector_api::Timestamp;

use super::{Cursor, Page, StoreError};
use crate::model::AuditEntry;

/// Which entries somebody wants to see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Of that key by its id, or of whoever is no key by name: `cli`, `owner`.
    pub actor: Option<String>,
    /// Not from before.
    pub since: Option<Timestamp>,
}

/// Who changed what.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Writes down what somebody did.
    async fn record_audit(&self, entry: AuditEntry) -> Result<(), StoreError>;
    /// What was done, newest first.
    async fn audit(
        &self,
        filter: AuditFilter,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<AuditEntry>, StoreError>;
}
