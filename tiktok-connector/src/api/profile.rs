//! How a business presents itself (protocol reference, section 4.10).

use connector_api::{AccountProfile, AccountRequest, ConnectorError};

use super::Api;

/// The account's own profile; fields outside the granted scopes are missing.
pub(crate) async fn account(api: &Api, request: &AccountRequest) -> Result<AccountProfile, ConnectorError> {
    let query = [
        ("business_id", request.account.id.as_str()),
        ("fields", r#"["username","display_name","profile_image","profile_deep_link"]"#),
    ];
    let token = &request.account.credentials.access_token;
    let answer = api.get_as(token, "business/get", &query).await?;
    let mut profile = AccountProfile::new(answer.text("/username"), answer.text("/display_name"));
    profile.picture_url = answer.text("/profile_image");
    Ok(profile.with_profile_url(answer.text("/profile_deep_link")))
}
