//! Who is asking: an API key, and what its role allows.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::Response,
};

use super::{admission::Peer, audit, caller::Caller, problem::Problem, session};
use crate::{
    keys,
    model::{ApiKey, Role, Scope},
    shared::Shared,
};

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

    /// What stands against a key.
    fn refuse(self, key: &ApiKey) -> Option<Problem> {
        let name = &key.name;
        if key.role < self.role {
            let detail = format!(
                "This needs the role {}; the key {name:?} has {}.",
                self.role.name(),
                key.role.name()
            );
            return Some(Problem::new(StatusCode::FORBIDDEN, "auth.role_insufficient", detail));
        }
        if self.every_account && key.scope != Scope::Everything {
            let detail = format!("This is about the whole host; the key {name:?} is for some accounts only.");
            return Some(Problem::new(StatusCode::FORBIDDEN, "auth.scope_insufficient", detail));
        }
        None
    }
}

/// Lets a request through that carries a key which is enough, and says whose it is. What changes something is written
/// down, also where it is refused.
pub(super) async fn require(
    State((shared, needed)): State<(Arc<Shared>, Needs)>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let peer = request.extensions().get::<Peer>().copied();
    let key =
        key(&shared, request.headers(), !request.method().is_safe()).await.map_err(
            |problem| match problem.status() {
                StatusCode::UNAUTHORIZED => shared.admission.failure(peer, problem),
                _ => problem,
            },
        )?;
    shared.admission.request(key.id)?;
    let refused = needed.refuse(&key);
    let caller = Caller(Arc::new(key));
    request.extensions_mut().insert(caller.clone());
    match refused {
        _ if !request.method().is_safe() => Ok(audit::change(shared, caller, refused, request, next).await),
        Some(problem) => Err(problem),
        None => Ok(next.run(request).await),
    }
}

/// The key in the request, or the one that its cookie stands for.
async fn key(shared: &Shared, headers: &HeaderMap, changes: bool) -> Result<ApiKey, Problem> {
    match (bearer(headers), session::cookie(headers)) {
        (Some(secret), _) => keys::find(&*shared.store, secret).await?.ok_or_else(key_unknown),
        (None, Some(cookie)) if !headers.contains_key(header::AUTHORIZATION) => {
            session::key(shared, headers, changes, cookie).await
        }
        _ => Err(key_missing()),
    }
}

pub(super) fn key_missing() -> Problem {
    let detail = "Send an API key as \"Authorization: Bearer …\"; `jackfield keys create` makes one.";
    Problem::new(StatusCode::UNAUTHORIZED, "auth.key_missing", detail)
}

pub(super) fn key_unknown() -> Problem {
    let detail = "This API key is unknown or was revoked.";
    Problem::new(StatusCode::UNAUTHORIZED, "auth.key_unknown", detail)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}
