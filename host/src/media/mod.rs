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
use connector_api::{
    Timestamp,
    capabilities::{Reason, ReasonCode},
};
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
    /// Keeps the picture that lies at a public URL.
    ///
    /// # Errors
    /// Why it is not here: passing where another try may help.
    pub(crate) async fn keep_picture(
        &self,
        downloader: &Downloader,
        account: AccountId,
        url: &str,
        now: Timestamp,
    ) -> Result<MediumId, Reason> {
        let parts = downloader.get(url).await.map_err(|error| error.reason())?;
        let keep = self.keep(account, parts, None, MediumOrigin::Profile, now);
        let unreachable = || {
            let text = "The picture could not be kept, or did not arrive whole.";
            Reason::passing(ReasonCode::MEDIA_UNREACHABLE, text)
        };
        match tokio::time::timeout(download::WITHIN, keep).await {
            Ok(Ok(medium)) if medium.kind == "image" => Ok(medium.id),
            Ok(Ok(_)) => {
                let text = "What lies at the picture's URL is no picture.";
                Err(Reason::permanent(ReasonCode::CONTENT_MIME_UNSUPPORTED, text))
            }
            Ok(Err(MediaError::File(FileError::TooLarge(_)))) => {
                let text = "The picture is larger than this host keeps (limits.media_bytes).";
                Err(Reason::permanent(ReasonCode::CONTENT_MEDIA_TOO_LARGE, text))
            }
            Ok(Err(_)) | Err(_) => Err(unreachable()),
        }
    }

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
