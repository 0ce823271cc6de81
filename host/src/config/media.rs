//! Where files are kept, and where they may be fetched from.

use std::path::PathBuf;

use serde::Deserialize;
use url::Url;

use super::{ConfigError, build::invalid, secret::Secrets};

const FOLDER: &str = "media";

/// Where files are kept, and where they may be fetched from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaConfig {
    /// The folder that keeps them; its owner alone can read it.
    pub folder: PathBuf,
    /// Whether media are also fetched from URLs without TLS.
    pub allow_http: bool,
    /// Whether media are also fetched from this machine and from private networks.
    pub allow_private: bool,
}

impl MediaConfig {
    /// A folder beside the database.
    pub(super) fn beside(database: &std::path::Path) -> Self {
        Self { folder: database.with_file_name(FOLDER), allow_http: false, allow_private: false }
    }
}

/// As serde reads it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawMedia {
    url: Option<String>,
    allow_http: bool,
    allow_private: bool,
}

pub(super) fn build(
    secrets: &Secrets<'_>,
    config: &mut MediaConfig,
    raw: &RawMedia,
) -> Result<(), ConfigError> {
    config.allow_http = raw.allow_http;
    config.allow_private = raw.allow_private;
    if let Some(text) = &raw.url {
        let url = Url::parse(text).ok().filter(|url| url.scheme() == "file");
        let folder = url.and_then(|url| url.to_file_path().ok());
        config.folder = folder.ok_or_else(|| {
            let detail = format!("{text:?} is not the URL of a folder of this machine");
            let hint =
                "write one such as \"file:///var/lib/jackfield/media\"; only folders are supported so far";
            invalid(secrets, &["media", "url"], &detail, hint)
        })?;
    }
    Ok(())
}
