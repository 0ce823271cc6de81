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
    model::{ApiKey, Role},
    shared::Shared,
    store::StoreError,
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

    /// What stands against a caller.
    fn refuse(self, caller: &Caller) -> Option<Problem> {
        let key = &caller.0;
        if key.role < self.role {
            let (needed, has) = (self.role.name(), key.role.name());
            let detail = format!("This needs the role {needed}; the key {:?} has {has}.", key.name);
            return Some(Problem::new(StatusCode::FORBIDDEN, "auth.role_insufficient", detail));
        }
        caller.whole_host().err().filter(|_| self.every_account)
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
    let headers = request.headers();
    let tried = bearer(headers).is_some() || session::cookie(headers).is_some();
    let key = key(&shared, headers, !request.method().is_safe()).await.map_err(|problem| {
        let failed = tried && problem.status() == StatusCode::UNAUTHORIZED;
        if failed { shared.admission.failure(peer, problem) } else { problem }
    })?;
    shared.admission.request(key.id)?;
    let caller = Caller(Arc::new(key));
    let refused = needed.refuse(&caller);
    request.extensions_mut().insert(caller.clone());
    match refused {
        // Who may only read changes nothing but its own session.
        _ if needed.role > Role::Read && !request.method().is_safe() => {
            Ok(audit::change(shared, caller, refused, request, next).await)
        }
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

/// Whether the key or the session of a request is still in force.
pub(super) async fn holds(shared: &Shared, headers: &HeaderMap) -> Result<bool, StoreError> {
    match bearer(headers) {
        Some(secret) => Ok(keys::find(&*shared.store, secret).await?.is_some()),
        None => Ok(session::of(shared, headers).await?.is_some()),
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
