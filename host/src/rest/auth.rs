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

/// Who may use a route.
#[derive(Debug, Clone, Copy)]
pub(super) struct Needs {
    /// This role or one above it.
    pub(super) role: Role,
    /// Whether it is about the host, so that a key for some accounts only is not enough.
    pub(super) every_account: bool,
}

impl Needs {
    /// A route about accounts, or what belongs to one: it answers for those that its caller may see.
    pub(super) fn role(role: Role) -> Self {
        Self { role, every_account: false }
    }

    /// A route about the host itself.
    pub(super) fn whole_host(role: Role) -> Self {
        Self { role, every_account: true }
    }
}

/// Lets a request through that carries a key of at least that role; handlers find the key in its extensions.
pub(super) async fn require(
    State((shared, needed)): State<(Arc<Shared>, Needs)>,
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
    if key.role < needed.role {
        let detail =
            format!("This needs the role {:?}; the key {:?} has {:?}.", needed.role, key.name, key.role);
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
