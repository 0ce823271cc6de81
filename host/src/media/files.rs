//! The files themselves, behind `object_store`.

use std::{os::unix::fs::PermissionsExt, path::Path as FilePath, sync::Arc, time::Duration};

use axum::body::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream::BoxStream};
use object_store::{
    GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutMultipartOptions, RetryConfig, WriteMultipart,
    aws::AmazonS3Builder, local::LocalFileSystem, path::Path, prefix::PrefixStore,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::sniff::{HEAD_BYTES, Sniffed, sniff};
use crate::{
    config::{Bucket, MediaPlace},
    model::{AccountId, MediumId, StoredMedium},
};

/// Where files lie while they arrive.
const ARRIVING: &str = "arriving";
/// Written at once: larger ones cost memory, smaller ones system calls.
const CHUNK_BYTES: usize = 512 * 1024;
/// No service that speaks S3 takes smaller parts, but for the last one.
const PART_BYTES: usize = 5 * 1024 * 1024;
/// A service that is away is asked again for so long; whoever waits comes back later.
const BUCKET_RETRIES: usize = 3;
const BUCKET_WITHIN: Duration = Duration::from_secs(20);
const PRIVATE_FOLDER: u32 = 0o700;
const PRIVATE_FILE: u32 = 0o600;

/// Why a file is not kept or not found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// It has more bytes than are taken.
    #[error("it has more than {0} bytes")]
    TooLarge(u64),
    /// It has no bytes.
    #[error("it is empty")]
    Empty,
    /// It did not arrive whole.
    #[error("it did not arrive whole")]
    Broken,
    /// There is no such file.
    #[error("the file is not there")]
    Missing,
    /// The folder or the service cannot be used.
    #[error("the files cannot be used: {0}")]
    Failed(String),
}

impl From<object_store::Error> for FileError {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => Self::Missing,
            other => Self::Failed(other.to_string()),
        }
    }
}

/// The files of all accounts.
#[derive(Debug, Clone)]
pub struct Files {
    objects: Arc<dyn ObjectStore>,
    /// The same, where it is a folder.
    folder: Option<Arc<LocalFileSystem>>,
}

/// A file that has arrived whole and has no name yet. Where nobody gives it one, it is removed after a while.
#[derive(Debug)]
pub(crate) struct Arrived {
    at: Path,
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
    pub(crate) what: Sniffed,
}

/// A file as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    at: Path,
    /// Whose name it has; `None` for what arrives, or is none of ours.
    pub(crate) medium: Option<MediumId>,
    /// When it was written, in milliseconds since 1970.
    pub(crate) written_ms: i64,
}

impl Files {
    /// The files of a place. A folder is made where it is missing, and is nobody else's to read; of a bucket nothing is
    /// asked yet. Blocks.
    ///
    /// # Errors
    /// Where the place cannot be used.
    pub fn open(place: &MediaPlace) -> Result<Self, FileError> {
        match place {
            MediaPlace::Folder(folder) => Self::in_folder(folder),
            MediaPlace::Bucket(bucket) => Self::in_bucket(bucket),
        }
    }

    fn in_folder(folder: &FilePath) -> Result<Self, FileError> {
        let failed = |error: std::io::Error| FileError::Failed(format!("{}: {error}", folder.display()));
        std::fs::create_dir_all(folder).map_err(failed)?;
        std::fs::set_permissions(folder, PermissionsExt::from_mode(PRIVATE_FOLDER)).map_err(failed)?;
        let objects = Arc::new(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true));
        Ok(Self { objects: Arc::clone(&objects) as _, folder: Some(objects) })
    }

    fn in_bucket(bucket: &Bucket) -> Result<Self, FileError> {
        // Fails only where it is there already.
        let _there_already = rustls::crypto::ring::default_provider().install_default();
        let retry = RetryConfig {
            max_retries: BUCKET_RETRIES,
            retry_timeout: BUCKET_WITHIN,
            ..RetryConfig::default()
        };
        let mut service = AmazonS3Builder::new()
            .with_bucket_name(&bucket.name)
            .with_region(&bucket.region)
            .with_access_key_id(bucket.access_key.expose())
            .with_secret_access_key(bucket.secret_key.expose())
            // Some that speak S3 have no request that removes many.
            .with_disable_bulk_delete(true)
            .with_retry(retry);
        if let Some(endpoint) = &bucket.endpoint {
            let text = endpoint.as_str().trim_end_matches('/');
            service = service.with_endpoint(text).with_allow_http(endpoint.scheme() == "http");
        }
        let objects = PrefixStore::new(service.build()?, bucket.prefix.as_str());
        Ok(Self { objects: Arc::new(objects), folder: None })
    }

    /// Takes a file in, of at most `limit` bytes.
    pub(crate) async fn arrive(
        &self,
        mut chunks: BoxStream<'_, Result<Bytes, FileError>>,
        limit: u64,
    ) -> Result<Arrived, FileError> {
        let at = Path::from_iter([ARRIVING, &Uuid::now_v7().to_string()]);
        let upload = self.objects.put_multipart_opts(&at, PutMultipartOptions::default()).await?;
        let chunk = if self.folder.is_some() { CHUNK_BYTES } else { PART_BYTES };
        let mut writer = WriteMultipart::new_with_chunk_size(upload, chunk);
        let mut seen = Seen::default();
        while let Some(chunk) = chunks.next().await {
            if let Err(error) = chunk.and_then(|chunk| seen.add(chunk, limit)).map(|chunk| writer.put(chunk))
            {
                writer.abort().await?;
                return Err(error);
            }
            writer.wait_for_capacity(1).await?;
        }
        if seen.bytes == 0 {
            writer.abort().await?;
            return Err(FileError::Empty);
        }
        writer.finish().await?;
        self.keep_private(&at).await?;
        let what = sniff(&seen.head);
        Ok(Arrived { at, sha256: hex::encode(seen.hash.finalize()), bytes: seen.bytes, what })
    }

    /// Gives a file that has arrived the name of its medium.
    pub(crate) async fn name(&self, arrived: &Arrived, medium: &StoredMedium) -> Result<(), FileError> {
        Ok(self.objects.rename(&arrived.at, &path(medium)).await?)
    }

    /// The bytes of a medium, or of a part of it.
    pub(crate) async fn read(
        &self,
        medium: &StoredMedium,
        range: Option<std::ops::Range<u64>>,
    ) -> Result<BoxStream<'static, Result<Bytes, FileError>>, FileError> {
        let options = GetOptions::new().with_range(range.map(GetRange::Bounded));
        let found = self.objects.get_opts(&path(medium), options).await?;
        Ok(found.into_stream().map_err(FileError::from).boxed())
    }

    /// The whole of a medium, in memory.
    pub(crate) async fn whole(&self, medium: &StoredMedium) -> Result<Vec<u8>, FileError> {
        Ok(self.objects.get(&path(medium)).await?.bytes().await?.into())
    }

    /// Whether the file of a medium is there.
    pub(crate) async fn has(&self, medium: &StoredMedium) -> Result<bool, FileError> {
        match self.objects.head(&path(medium)).await.map_err(FileError::from) {
            Ok(_) => Ok(true),
            Err(FileError::Missing) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Removes the file of a medium, where there is one.
    pub(crate) async fn remove(&self, medium: &StoredMedium) -> Result<(), FileError> {
        self.remove_at(&path(medium)).await
    }

    /// Removes a file that was found.
    pub(crate) async fn remove_found(&self, found: &Found) -> Result<(), FileError> {
        self.remove_at(&found.at).await
    }

    async fn remove_at(&self, at: &Path) -> Result<(), FileError> {
        match self.objects.delete(at).await.map_err(FileError::from) {
            Err(FileError::Missing) => Ok(()),
            done => done,
        }
    }

    /// Everything that lies there.
    pub(crate) fn all(&self) -> BoxStream<'static, Result<Found, FileError>> {
        let found = self.objects.list(None).map_ok(|object| Found {
            medium: named(&object.location),
            written_ms: object.last_modified.timestamp_millis(),
            at: object.location,
        });
        found.map_err(FileError::from).boxed()
    }

    async fn keep_private(&self, at: &Path) -> Result<(), FileError> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let file = folder.path_to_filesystem(at)?;
        let change = move || std::fs::set_permissions(file, PermissionsExt::from_mode(PRIVATE_FILE));
        let changed = tokio::task::spawn_blocking(change).await.map_err(std::io::Error::other);
        changed.flatten().map_err(|error| FileError::Failed(error.to_string()))
    }
}

/// What is known of a file while it arrives.
#[derive(Default)]
struct Seen {
    hash: Sha256,
    head: Vec<u8>,
    bytes: u64,
}

impl Seen {
    fn add(&mut self, chunk: Bytes, limit: u64) -> Result<Bytes, FileError> {
        self.bytes = self.bytes.saturating_add(chunk.len() as u64);
        if self.bytes > limit {
            return Err(FileError::TooLarge(limit));
        }
        self.hash.update(&chunk);
        let missing = HEAD_BYTES.saturating_sub(self.head.len());
        self.head.extend(chunk.iter().take(missing));
        Ok(chunk)
    }
}

/// The id stands behind the hash, so that a file that is being removed and another of the same bytes are two.
fn path(medium: &StoredMedium) -> Path {
    let StoredMedium { id, account, sha256, .. } = medium;
    Path::from_iter([account.to_string(), format!("{sha256}-{id}")])
}

fn named(at: &Path) -> Option<MediumId> {
    let mut parts = at.parts();
    let _account: AccountId = parts.next()?.as_ref().parse().ok()?;
    let name = parts.next()?;
    let (_hash, id) = name.as_ref().split_once('-')?;
    id.parse().ok().filter(|_| parts.next().is_none())
}

#[cfg(test)]
#[path = "bucket_tests.rs"]
mod bucket_tests;
