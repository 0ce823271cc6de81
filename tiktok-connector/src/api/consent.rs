//! The page on which an owner consents (protocol reference, section 3.1).

use connector_api::{AuthorizationPage, BeginAuthorizationRequest, ConnectorError};
use url::Url;

use crate::settings::Settings;

/// The page's URL. It forces the question: TikTok would else send an owner who consented before straight back.
pub(crate) fn page(
    settings: &Settings,
    request: &BeginAuthorizationRequest,
) -> Result<AuthorizationPage, ConnectorError> {
    let mut url = Url::parse(&settings.authorize_url)
        .map_err(|e| ConnectorError::settings(format!("authorize_url is not a URL: {e}.")))?;
    url.query_pairs_mut()
        .append_pair("client_key", &settings.app_id)
        .append_pair("response_type", "code")
        .append_pair("scope", &settings.scopes.join(","))
        .append_pair("redirect_uri", &request.redirect_uri)
        .append_pair("state", &request.state)
        .append_pair("disable_auto_auth", "1");
    Ok(AuthorizationPage::new(url))
}
