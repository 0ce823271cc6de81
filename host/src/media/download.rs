//! Getting a medium from a URL that everybody can get it from.

use std::time::Duration;

use axum::body::Bytes;
use connector_api::capabilities::{Reason, ReasonCode};
use futures_util::stream::{self, BoxStream, StreamExt};
use reqwest::{Client, Response};

use super::FileError;
use crate::{
    config::MediaConfig,
    outbound_url::{self, OutboundUrl, OutboundUrlError, Reach},
};

/// How long an answer may take to begin, and then each part of it.
const PART_WITHIN: Duration = Duration::from_secs(15);
/// A whole medium, however slowly its parts come.
pub(super) const WITHIN: Duration = Duration::from_secs(120);

/// Gets media from vetted addresses.
#[derive(Clone)]
pub(crate) struct Downloader {
    /// `None` where it could not be made, which the log says.
    http: Option<Client>,
    reach: Reach,
}

/// Why nothing came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DownloadError {
    /// The URL or its address is not connected to.
    #[error("its URL is not connected to: {0}")]
    Refused(OutboundUrlError),
    /// The server has another answer than the medium.
    #[error("its server answered {0}")]
    Status(u16),
    /// The server could not be reached, or did not answer.
    #[error("its server cannot be reached")]
    Unreachable,
}

impl DownloadError {
    /// Whether it may be different another time.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Refused(error) => *error == OutboundUrlError::NameUnknown,
            Self::Status(status) => matches!(status, 408 | 425 | 429 | 500..),
            Self::Unreachable => true,
        }
    }

    pub(super) fn reason(&self) -> Reason {
        let code = match self {
            Self::Refused(error) if *error != OutboundUrlError::NameUnknown => {
                ReasonCode::MEDIA_ADDRESS_FORBIDDEN
            }
            _ => ReasonCode::MEDIA_UNREACHABLE,
        };
        let text = format!("The medium was not fetched: {self}.");
        if self.is_passing() { Reason::passing(code, text) } else { Reason::permanent(code, text) }
    }
}

impl Downloader {
    /// A host without certificates serves all the same; only its downloads fail until it has some.
    pub(crate) fn new(config: &MediaConfig) -> Self {
        let reach = Reach { http: config.allow_http, private: config.allow_private };
        let http = outbound_url::client(reach).inspect_err(|error| {
            tracing::error!(%error, "No media can be fetched from URLs; are CA certificates installed?");
        });
        Self { http: http.ok(), reach }
    }

    /// What lies at a URL, part after part. The name of its host is looked up once, and only a vetted address is
    /// connected to; a redirection is not followed.
    pub(super) async fn get(
        &self,
        url: &str,
    ) -> Result<BoxStream<'static, Result<Bytes, FileError>>, DownloadError> {
        let url = OutboundUrl::parse(url, self.reach).map_err(DownloadError::Refused)?;
        let http = self.http.as_ref().ok_or(DownloadError::Unreachable)?;
        let asked = tokio::time::timeout(PART_WITHIN, http.get(url.as_str()).send()).await;
        let response = asked.map_err(|_| DownloadError::Unreachable)?.map_err(|error| {
            outbound_url::refusal(&error).map_or(DownloadError::Unreachable, DownloadError::Refused)
        })?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(DownloadError::Status(response.status().as_u16()));
        }
        Ok(parts(response))
    }
}

fn parts(response: Response) -> BoxStream<'static, Result<Bytes, FileError>> {
    let next = |mut response: Response| async move {
        match tokio::time::timeout(PART_WITHIN, response.chunk()).await {
            Ok(Ok(part)) => part.map(|part| (Ok(part), response)),
            Ok(Err(_)) | Err(_) => Some((Err(FileError::Broken), response)),
        }
    };
    stream::unfold(response, next).boxed()
}
