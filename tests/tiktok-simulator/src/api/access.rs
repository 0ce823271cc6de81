//! The `Access-Token` header and what it allows (protocol reference, section 2.3).

use axum::http::HeaderMap;

use super::{Refusal, code};
use crate::judge::ViolationKind;
use crate::regions;
use crate::shared::Shared;
use crate::state::{Grant, Limits, World};

/// The consent behind a messaging call, which counts against the app's rate.
pub(crate) fn admit(shared: &Shared, headers: &HeaderMap) -> Result<Grant, Refusal> {
    let now_ms = shared.clock.now_ms();
    shared.update(|world| {
        let token = headers.get("access-token").and_then(|value| value.to_str().ok()).unwrap_or_default();
        if token.is_empty() {
            let message = "Access token is null: put it in the HTTP header named Access-Token.";
            return Err(Refusal::new(code::TOKEN_MISSING, message));
        }
        let grant = checked(world, token, now_ms)?;
        let limits = Limits::of(&world.settings);
        if let Some(app) = world.apps.find_mut(&grant.app_id) {
            app.rate.admit(limits, now_ms).map_err(|no| {
                Refusal::new(code::RATE, no.message).breaking(ViolationKind::RateExceeded, no.detail)
            })?;
        }
        Ok(grant)
    })
}

fn checked(world: &World, token: &str, now_ms: i64) -> Result<Grant, Refusal> {
    world.grants.check(token, now_ms).cloned().map_err(|refusal| match refusal.code {
        code::TOKEN_EXPIRED => Refusal::new(world.settings.expired_token_code, refusal.message),
        _ => refusal,
    })
}

/// Checks that a consent is for this account and includes this scope
/// (protocol reference, section 13, items 4 and 6).
pub(crate) fn allow(shared: &Shared, grant: &Grant, business_id: &str, scope: &str) -> Result<(), Refusal> {
    if grant.open_id != business_id {
        let message = "Access token does not belong to this business_id.";
        return Err(Refusal::new(shared.world().settings.foreign_account_code, message));
    }
    if !grant.allows(scope) {
        let message = format!("No permission: the scope {scope} is not granted.");
        return Err(Refusal::new(code::PERMISSION, message));
    }
    Ok(())
}

/// The same for a messaging call, which some regions may not make
/// (protocol reference, section 13, item 15).
pub(crate) fn allow_messaging(
    shared: &Shared,
    grant: &Grant,
    business_id: &str,
    scope: &str,
) -> Result<(), Refusal> {
    allow(shared, grant, business_id, scope)?;
    let world = shared.world();
    let Ok(account) = world.account(Some(&grant.business_id)) else {
        return Err(Refusal::param("business_id"));
    };
    let excluded =
        regions::is_excluded(&account.country) || (account.country == "US" && !world.settings.us_reviewed);
    if excluded {
        let message = "No permission: Business Messaging is not available in the region of this account.";
        return Err(Refusal::new(world.settings.excluded_region_code, message));
    }
    Ok(())
}
