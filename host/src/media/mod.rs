//! Files of messages: kept, given to platforms, fetched from them, removed.
//!
//! A row in the store says that a file is there. The file is written before its row and removed before its row is, so
//! that whatever ends the host between the two leaves a file without a row, or a row that is to be removed; cleaning
//! finds both.

mod cleaning;
mod download;
mod fetcher;
mod files;
mod sniff;
mod upload;

use std::sync::Arc;

use axum::body::Bytes;
use connector_api::Timestamp;
use futures_util::stream::BoxStream;

pub use self::files::{FileError, Files};
pub(crate) use self::{
    cleaning::Cleaner,
    download::Downloader,
    fetcher::Fetcher,
    sniff::{is_shown, may_be},
    upload::{Uploader, Uploading, nothing_sent},
};
use crate::{
    model::{AccountId, MediumId, MediumOrigin, StoredMedium},
    store::{Store, StoreError},
};

/// Keeps files and their rows.
#[derive(Clone)]
pub(crate) struct MediaKeeper {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) files: Files,
    /// Bytes of one file.
    pub(crate) limit: u64,
}

/// Why a file is not kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MediaError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MediaKeeper {
    /// Keeps a file of an account; the same bytes twice are one file.
    pub(crate) async fn keep(
        &self,
        account: AccountId,
        chunks: BoxStream<'_, Result<Bytes, FileError>>,
        name: Option<String>,
        origin: MediumOrigin,
        now: Timestamp,
    ) -> Result<StoredMedium, MediaError> {
        let arrived = self.files.arrive(chunks, self.limit).await?;
        let medium = StoredMedium {
            id: MediumId::generate(),
            account,
            sha256: arrived.sha256.clone(),
            kind: arrived.what.kind.to_owned(),
            mime: arrived.what.mime.to_owned(),
            bytes: arrived.bytes,
            size: arrived.what.size,
            name,
            origin,
            created_at: now,
        };
        self.files.name(&arrived, &medium).await?;
        let kept = self.store.keep_medium(medium.clone()).await?;
        if kept.id != medium.id {
            self.files.remove(&medium).await?;
        }
        Ok(kept)
    }
}
