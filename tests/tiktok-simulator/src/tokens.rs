//! Tokens without the consent page.

use serde::Serialize;

use crate::error::SimulatorError;
use crate::shared::Shared;

/// A pair of tokens and the account they are for.
#[derive(Debug, Clone, Serialize)]
pub struct TokenPair {
    /// For the `Access-Token` header.
    pub access_token: String,
    /// For `/tt_user/oauth2/refresh_token/`.
    pub refresh_token: String,
    /// The `business_id`.
    pub open_id: String,
}

impl Shared {
    /// Tokens as if the owner of this account had just consented.
    pub(crate) fn issue_tokens(
        &self,
        app: Option<&str>,
        business: Option<&str>,
        scopes: Option<Vec<String>>,
    ) -> Result<TokenPair, SimulatorError> {
        let now_ms = self.clock.now_ms();
        self.update(|world| {
            let business_id = world.account(business)?.business_id.clone();
            let app_id = app.unwrap_or(&self.app_id);
            let unknown = || SimulatorError::UnknownApp(app_id.to_owned());
            let approved = world.apps.find(app_id).ok_or_else(unknown)?.approved_scopes.clone();
            let issued = world.grant_tokens(app_id, &business_id, scopes.unwrap_or(approved), now_ms)?;
            let open_id = issued.grant.open_id;
            Ok(TokenPair { access_token: issued.access_token, refresh_token: issued.refresh_token, open_id })
        })
    }

    /// Ends every consent of this account.
    pub(crate) fn revoke_tokens(&self, business: Option<&str>) -> Result<String, SimulatorError> {
        self.update(|world| {
            let business_id = world.account(business)?.business_id.clone();
            world.grants.revoke_account(&business_id);
            Ok(business_id)
        })
    }

    /// Makes every access token of this account old.
    pub(crate) fn expire_tokens(&self, business: Option<&str>) -> Result<(), SimulatorError> {
        let now_ms = self.clock.now_ms();
        self.update(|world| {
            let business_id = world.account(business)?.business_id.clone();
            world.grants.expire(&business_id, now_ms);
            Ok(())
        })
    }
}
