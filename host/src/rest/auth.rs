//! Who is asking: an API key, and what its role allows.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::Response,
};

use super::problem::Problem;
use crate::{keys, model::Role, shared::Shared};

/// Lets a request through that carries a key of at least that role.
pub(super) async fn require(
    State((shared, needed)): State<(Arc<Shared>, Role)>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let secret = bearer(request.headers()).ok_or_else(|| {
        let detail = "Send an API key as \"Authorization: Bearer …\"; `jackfield keys create` makes one.";
        Problem::new(StatusCode::UNAUTHORIZED, "auth.key_missing", detail)
    })?;
    let key = keys::find(&*shared.store, secret).await?.ok_or_else(|| {
        let detail = "This API key is unknown or was revoked.";
        Problem::new(StatusCode::UNAUTHORIZED, "auth.key_unknown", detail)
    })?;
    if key.role < needed {
        let detail = format!("This needs the role {needed:?}; the key {:?} has {:?}.", key.name, key.role);
        return Err(Problem::new(StatusCode::FORBIDDEN, "auth.role_insufficient", detail));
    }
    request.extensions_mut().insert(key);
    Ok(next.run(request).await)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}
