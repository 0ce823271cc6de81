//! Where files are kept, and where they may be fetched from.

use std::path::PathBuf;

use connector_api::Secret;
use serde::Deserialize;
use url::Url;

use super::{
    ConfigError,
    build::{invalid, web_url},
    secret::{Reference, Secrets},
};

const FOLDER: &str = "media";
const BUCKET_CHARACTERS: std::ops::RangeInclusive<usize> = 3..=63;

/// Where files are kept, and where they may be fetched from.
#[derive(Debug, Clone)]
pub struct MediaConfig {
    /// Where they are kept.
    pub place: MediaPlace,
    /// Whether media are also fetched from URLs without TLS.
    pub allow_http: bool,
    /// Whether media are also fetched from this machine and from private networks.
    pub allow_private: bool,
}

/// Where files are kept.
#[derive(Debug, Clone)]
pub enum MediaPlace {
    /// A folder; its owner alone can read it.
    Folder(PathBuf),
    /// A bucket of a service that speaks S3.
    Bucket(Bucket),
}

/// A bucket of a service that speaks S3.
#[derive(Debug, Clone)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// What the names of all files begin with; may be empty.
    pub prefix: String,
    /// Where it lies, as the service calls it.
    pub region: String,
    /// The service, where it is not Amazon's.
    pub endpoint: Option<Url>,
    /// Who asks.
    pub access_key: Secret,
    /// Proves it.
    pub secret_key: Secret,
}

impl MediaConfig {
    /// A folder beside the database.
    pub(super) fn beside(database: &std::path::Path) -> Self {
        let place = MediaPlace::Folder(database.with_file_name(FOLDER));
        Self { place, allow_http: false, allow_private: false }
    }
}

/// As serde reads it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawMedia {
    url: Option<String>,
    s3: Option<RawS3>,
    allow_http: bool,
    allow_private: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawS3 {
    region: Option<String>,
    endpoint: Option<String>,
    access_key: Option<Reference>,
    secret_key: Option<Reference>,
}

pub(super) fn build(
    secrets: &Secrets<'_>,
    config: &mut MediaConfig,
    raw: &RawMedia,
) -> Result<(), ConfigError> {
    config.allow_http = raw.allow_http;
    config.allow_private = raw.allow_private;
    let Some(text) = &raw.url else { return Ok(()) };
    let url = Url::parse(text).ok();
    let folder = url.as_ref().filter(|url| url.scheme() == "file").and_then(|url| url.to_file_path().ok());
    let bucket = url.as_ref().filter(|url| url.scheme() == "s3").and_then(named);
    config.place = match (folder, bucket) {
        (Some(folder), _) => MediaPlace::Folder(folder),
        (None, Some((name, prefix))) => {
            MediaPlace::Bucket(bucket_of(secrets, name, prefix, raw.s3.as_ref())?)
        }
        (None, None) => {
            let detail = format!("{text:?} is neither a folder of this machine nor a bucket");
            let hint = "write one such as \"file:///var/lib/jackfield/media\" or \"s3://bucket/prefix\"";
            return Err(invalid(secrets, &["media", "url"], &detail, hint));
        }
    };
    Ok(())
}

/// Bucket and prefix of `s3://bucket/prefix`, and nothing else.
fn named(url: &Url) -> Option<(String, String)> {
    let name = url.host_str()?;
    let allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    let plain = url.username().is_empty()
        && url.password().is_none()
        && url.port().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    let good = plain && BUCKET_CHARACTERS.contains(&name.len()) && name.bytes().all(allowed);
    good.then(|| (name.to_owned(), url.path().trim_matches('/').to_owned()))
}

fn bucket_of(
    secrets: &Secrets<'_>,
    name: String,
    prefix: String,
    raw: Option<&RawS3>,
) -> Result<Bucket, ConfigError> {
    let missing = |key: &str, example: &str| ConfigError::MissingKey {
        place: secrets.source.place(&["media", "s3", key]),
        example: format!("{key} = {example} under [media.s3]"),
    };
    let secret = |key: &str, given: Option<&Reference>| match given {
        Some(reference) => secrets.resolve(&["media", "s3", key], reference),
        None => Err(missing(key, "{ env = \"NAME\" }")),
    };
    let region = raw.and_then(|raw| raw.region.clone());
    let endpoint = raw.and_then(|raw| raw.endpoint.as_deref());
    Ok(Bucket {
        name,
        prefix,
        region: region.ok_or_else(|| missing("region", "\"eu-central-1\""))?,
        endpoint: endpoint.map(|text| web_url(secrets, &["media", "s3", "endpoint"], text)).transpose()?,
        access_key: secret("access_key", raw.and_then(|raw| raw.access_key.as_ref()))?,
        secret_key: secret("secret_key", raw.and_then(|raw| raw.secret_key.as_ref()))?,
    })
}
