//! What a token is good for (protocol reference, section 3.6).

use connector_api::{AccountRequest, ConnectorError, ErrorClass, GrantInspection, ReasonCode};
use serde_json::json;

use super::Api;
use crate::{scopes, settings::Settings};

/// Asks TikTok about the account's access token; no secret goes along.
pub(crate) async fn inspect(
    api: &Api,
    settings: &Settings,
    request: &AccountRequest,
) -> Result<GrantInspection, ConnectorError> {
    let token = request.account.credentials.access_token.expose();
    let body = json!({ "app_id": settings.app_id, "access_token": token });
    let answer = api.post("tt_user/token_info/get", &body).await?;
    if answer.text("/app_id").is_some_and(|app| app != settings.app_id) {
        return Err(ConnectorError::new(
            ErrorClass::Refused,
            ReasonCode::ACCESS_DENIED,
            "The access token belongs to another app than app_id.",
        ));
    }
    let granted = scopes::read(&answer.text("/scope").unwrap_or_default());
    let missing = scopes::missing(&granted);
    Ok(GrantInspection::new(answer.text("/creator_id"), granted, missing))
}
