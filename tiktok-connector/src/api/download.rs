//! Getting bytes from where TikTok says that they are (protocol reference, section 4.5).
//!
//! The access token goes along, so it goes to the very address that TikTok's API named, over TLS, and over no redirect
//! (section 14, T11).

use std::time::Duration;

use connector_api::{ConnectorError, ErrorClass, FetchedMedia, PlatformError, ReasonCode, Secret};
use reqwest::{Response, StatusCode, header::CONTENT_TYPE};
use url::{Host, Url};

use super::{Api, client::secret_header, transport};
use crate::settings::is_loopback;

/// A large film takes longer than a call; the host gives up before.
const LONGEST: Duration = Duration::from_secs(600);

impl Api {
    /// The bytes at `url`, if they are at most `max_bytes`.
    pub(super) async fn download(
        &self,
        token: &Secret,
        url: &str,
        max_bytes: u64,
    ) -> Result<FetchedMedia, ConnectorError> {
        let url = self.allowed(url).ok_or_else(|| {
            let message = "TikTok names an address for the medium that the access token must not be sent to.";
            ConnectorError::new(ErrorClass::Refused, ReasonCode::MEDIA_ADDRESS_FORBIDDEN, message)
        })?;
        let value = secret_header(token)?;
        let request = self.http.get(url).header("x-user", value).timeout(LONGEST);
        let response = request.send().await.map_err(|error| broken(&error))?;
        tracing::debug!(status = response.status().as_u16(), "TikTok answered for a medium");
        if response.status() != StatusCode::OK {
            return Err(refused(response.status()));
        }
        read(response, max_bytes).await
    }

    /// A name on the network, over TLS. Where the API itself is on this machine, that machine as well.
    fn allowed(&self, url: &str) -> Option<Url> {
        let url = Url::parse(url).ok()?;
        let plain = url.username().is_empty() && url.password().is_none();
        let is_named = matches!(url.host(), Some(Host::Domain(_)));
        let is_public = url.scheme() == "https" && is_named && !is_loopback(&url);
        let is_local = self.is_local && is_loopback(&url) && matches!(url.scheme(), "http" | "https");
        (plain && (is_public || is_local)).then_some(url)
    }
}

async fn read(mut response: Response, max_bytes: u64) -> Result<FetchedMedia, ConnectorError> {
    let too_large = || {
        let message = format!("The medium is larger than {max_bytes} bytes.");
        ConnectorError::new(ErrorClass::Refused, ReasonCode::CONTENT_MEDIA_TOO_LARGE, message)
    };
    let is_more = |bytes: u64| bytes > max_bytes;
    if response.content_length().is_some_and(is_more) {
        return Err(too_large());
    }
    let mime = response.headers().get(CONTENT_TYPE).and_then(|mime| mime.to_str().ok()).map(str::to_owned);
    let mut bytes = Vec::new();
    while let Some(part) = response.chunk().await.map_err(|error| broken(&error))? {
        if is_more((bytes.len() + part.len()) as u64) {
            return Err(too_large());
        }
        bytes.extend_from_slice(&part);
    }
    Ok(FetchedMedia::new(bytes, mime))
}

/// Reading changes nothing, so that whatever went wrong on the way may be tried again.
fn broken(error: &reqwest::Error) -> ConnectorError {
    let message = format!("The medium did not arrive: {}.", transport::root_cause(error));
    ConnectorError::new(ErrorClass::Unavailable, ReasonCode::MEDIA_UNREACHABLE, message)
}

fn refused(status: StatusCode) -> ConnectorError {
    let (class, reason, message) = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            (ErrorClass::Refused, ReasonCode::PLATFORM_REFUSED, "TikTok does not hand the medium out.")
        }
        StatusCode::NOT_FOUND | StatusCode::GONE => {
            (ErrorClass::Refused, ReasonCode::PLATFORM_NOT_FOUND, "TikTok does not have the medium any more.")
        }
        StatusCode::TOO_MANY_REQUESTS => return transport::not_the_api(status),
        status if status.is_redirection() => (
            ErrorClass::Refused,
            ReasonCode::MEDIA_ADDRESS_FORBIDDEN,
            "TikTok sends on to another address, which the access token must not be sent to.",
        ),
        _ => (
            ErrorClass::Unavailable,
            ReasonCode::MEDIA_UNREACHABLE,
            "The medium could not be got where TikTok says that it is.",
        ),
    };
    let answered = format!("HTTP {}", status.as_u16());
    ConnectorError::new(class, reason, message).with_platform(PlatformError {
        code: None,
        message: answered,
        request_id: None,
    })
}
