//! The `Access-Token` header and what it allows (protocol reference, section 2.3).

use axum::http::HeaderMap;

use super::{Refusal, code};
use crate::shared::Shared;
use crate::state::Grant;
use crate::violation::ViolationKind;

/// The consent behind a messaging call, which counts against the app's rate.
pub(crate) fn admit(shared: &Shared, headers: &HeaderMap, path: &str) -> Result<Grant, Refusal> {
    let now_ms = shared.clock.now_ms();
    shared.update(|world| {
        let token = headers.get("access-token").and_then(|value| value.to_str().ok()).unwrap_or_default();
        if token.is_empty() {
            let message = "Access token is null: put it in the HTTP header named Access-Token.";
            return Err(Refusal::new(code::TOKEN_MISSING, message));
        }
        if token.starts_with("Bearer ") {
            let detail = "Access-Token carries a Bearer prefix";
            world.judge(ViolationKind::BearerPrefix, path, detail, now_ms);
        }
        let grant = world.grants.check(token, now_ms)?.clone();
        let limit = world.settings.qps;
        if !world.rate.admit(limit, now_ms) {
            let detail = format!("more than {limit} calls within one second");
            world.judge(ViolationKind::RateExceeded, path, detail, now_ms);
            return Err(Refusal::new(code::RATE, "App reaches the QPS limit."));
        }
        Ok(grant)
    })
}

/// Checks that a consent is for this account and includes this scope
/// (protocol reference, section 13, items 4 and 6).
pub(crate) fn allow(grant: &Grant, business_id: &str, scope: &str) -> Result<(), Refusal> {
    if grant.business_id != business_id {
        let message = "Access token does not belong to this business_id.";
        return Err(Refusal::new(code::TOKEN_INCORRECT, message));
    }
    if !grant.allows(scope) {
        let message = format!("No permission: the scope {scope} is not granted.");
        return Err(Refusal::new(code::PERMISSION, message));
    }
    Ok(())
}
