//! Sessions of browsers: a key is given once and a cookie stands for it.

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use connector_api::{Secret, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

use super::{
    admission::Peer,
    audit, auth,
    body::{self, JsonBody},
    caller::Caller,
    problem::Problem,
    views::Time,
};
use crate::{
    keys,
    model::{AccountId, Actor, ApiKey, KeyId, Role, Scope},
    shared::Shared,
    store::{Session, StoreError},
};

pub(super) const COOKIE: &str = "jackfield_session";
/// A session that makes no request for so long has ended.
const IDLE: Duration = Duration::from_secs(12 * 60 * 60);
/// And every session after that.
const WHOLE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How often it is written down that a session is used.
const TOUCH_EVERY: Duration = Duration::from_secs(5 * 60);

/// The secret in the cookie of a request.
pub(super) fn cookie(headers: &HeaderMap) -> Option<&str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = pairs.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find_map(|(name, value)| (name == COOKIE).then_some(value))
}

/// The key that a cookie stands for.
pub(super) async fn key(
    shared: &Shared,
    headers: &HeaderMap,
    changes: bool,
    cookie: &str,
) -> Result<ApiKey, Problem> {
    let (now, hash) = (shared.clock.now(), keys::hash(cookie));
    let Some((session, key)) = shared.store.session(hash, now, before(now, IDLE)).await? else {
        let detail = "The session has ended; give the key again.";
        return Err(Problem::new(StatusCode::UNAUTHORIZED, "auth.session_ended", detail));
    };
    same_site(shared, headers, changes)?;
    if session.used_at < before(now, TOUCH_EVERY) {
        shared.store.touch_session(hash, now).await?;
    }
    Ok(key)
}

/// The session that a request is made in, unless it has ended; none where a key comes with it.
pub(super) async fn of(shared: &Shared, headers: &HeaderMap) -> Result<Option<Session>, StoreError> {
    let Some(cookie) = cookie(headers).filter(|_| !headers.contains_key(header::AUTHORIZATION)) else {
        return Ok(None);
    };
    let now = shared.clock.now();
    let found = shared.store.session(keys::hash(cookie), now, before(now, IDLE)).await?;
    Ok(found.map(|(session, _)| session))
}

fn before(now: Timestamp, period: Duration) -> Timestamp {
    let millis = i64::try_from(period.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(now.as_millis().saturating_sub(millis))
}

/// Refuses what a page of another site could have sent with the browser's cookie, or under a name that was made to lead
/// here.
fn same_site(shared: &Shared, headers: &HeaderMap, needs_origin: bool) -> Result<(), Problem> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let forbidden = |code, detail| Err(Problem::new(StatusCode::FORBIDDEN, code, detail));
    let host = text(header::HOST).unwrap_or_default();
    let public = shared.config.server.public_url.as_ref();
    if !is_own_host(host, public, shared.address.port()) {
        return forbidden(
            "auth.host",
            "Sessions are only for the host's own address: set server.public_url.",
        );
    }
    let origin = text(header::ORIGIN);
    let is_own = |origin: &str| origin.split_once("://").is_some_and(|(_, authority)| authority == host);
    if !origin.map_or(!needs_origin, is_own) {
        return forbidden("auth.origin", "With a session, changes are only for pages of this host.");
    }
    Ok(())
}

/// Whether a request under that name was meant for this host. An address is no name that somebody could lead here.
fn is_own_host(host: &str, public: Option<&Url>, port: u16) -> bool {
    let Ok(url) = Url::parse(&format!("http://{host}")) else { return false };
    if host.contains(['@', '/', '?', '#', '\\']) {
        return false;
    }
    let is_public = public.is_some_and(|public| {
        let same_port = url.port().or(public.port_or_known_default()) == public.port_or_known_default();
        public.host() == url.host() && same_port
    });
    let name = url.host_str().unwrap_or_default();
    let is_address = name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() || name == "localhost";
    is_public || (is_address && url.port_or_known_default() == Some(port))
}

/// Who is asking.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionView {
    key: KeyId,
    name: String,
    role: Role,
    /// Its accounts; `null` for all, and the host itself.
    accounts: Option<Vec<AccountId>>,
    /// When the session ends at the latest; `null` where there is none.
    ends_at: Option<Time>,
}

impl SessionView {
    fn new(key: &ApiKey, ends_at: Option<Timestamp>) -> Self {
        let accounts = match &key.scope {
            Scope::Everything => None,
            Scope::Accounts(accounts) => Some(accounts.iter().copied().collect()),
        };
        Self { key: key.id, name: key.name.clone(), role: key.role, accounts, ends_at: ends_at.map(Time) }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Login {
    #[schema(value_type = String)]
    key: Secret,
}

/// Begins a session: the answer sets its cookie.
#[utoipa::path(post, path = "/v1/session", tag = "session", request_body = Login,
    responses((status = 201, body = SessionView), (status = 401, description = "`auth.key_unknown`"),
        (status = 403, description = "`auth.host` or `auth.origin`"),
        (status = 429, description = "`request.rate_limited`")))]
pub(super) async fn begin(State(shared): State<Arc<Shared>>, request: Request) -> Result<Response, Problem> {
    same_site(&shared, request.headers(), false)?;
    let peer = request.extensions().get::<Peer>().copied();
    let JsonBody(login): JsonBody<Login> = body::json(request, &shared).await?;
    let key = keys::find(&*shared.store, login.key.expose()).await?;
    let key = key.ok_or_else(|| shared.admission.failure(peer, auth::key_unknown()))?;
    shared.admission.request(key.id)?;
    let secret = keys::secret("").map_err(|error| {
        tracing::error!(%error, "No random bytes");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "host.randomness_missing", "The host failed.")
    })?;
    let now = shared.clock.now();
    let ends_at = Timestamp::from_seconds(now.as_seconds().saturating_add(WHOLE.as_secs().cast_signed()));
    let session = Session { key: key.id, used_at: now, ends_at };
    shared.store.add_session(session, keys::hash(secret.expose())).await?;
    note(&shared, &key, "POST").await;
    let set = set_cookie(&shared, secret.expose(), WHOLE);
    Ok((StatusCode::CREATED, [(header::SET_COOKIE, set)], Json(SessionView::new(&key, Some(ends_at))))
        .into_response())
}

/// Who is asking, and what they may.
#[utoipa::path(get, path = "/v1/session", tag = "session", responses((status = 200, body = SessionView)))]
pub(super) async fn who(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Json<SessionView>, Problem> {
    let session = of(&shared, &headers).await?;
    Ok(Json(SessionView::new(&caller.0, session.map(|session| session.ends_at))))
}

/// Ends the session whose cookie comes with it.
#[utoipa::path(delete, path = "/v1/session", tag = "session", responses((status = 204)))]
pub(super) async fn end(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(cookie) = cookie(&headers) {
        shared.store.end_session(keys::hash(cookie)).await?;
    }
    note(&shared, &caller.0, "DELETE").await;
    let clear = set_cookie(&shared, "", Duration::ZERO);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, clear)]).into_response())
}

async fn note(shared: &Shared, key: &ApiKey, method: &str) {
    let actor = Actor { key: Some(key.id), name: key.name.clone() };
    audit::record(shared, actor, format!("{method} /v1/session"), "/v1/session".to_owned(), None).await;
}

fn set_cookie(shared: &Shared, value: &str, age: Duration) -> String {
    let public = shared.config.server.public_url.as_ref();
    let secure = if public.is_some_and(|url| url.scheme() == "https") { "; Secure" } else { "" };
    format!("{COOKIE}={value}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{secure}", age.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_are_the_hosts_own_lead_to_it() {
        let public = Url::parse("https://inbox.example.com/messages").unwrap();
        for (host, is_own) in [
            ("inbox.example.com", true),
            ("inbox.example.com:443", true),
            ("INBOX.example.com", true),
            ("inbox.example.com:8080", false),
            ("127.0.0.1:8080", true),
            ("[::1]:8080", true),
            ("localhost:8080", true),
            ("127.0.0.1:9090", false),
            ("localhost", false),
            ("evil.example", false),
            ("evil.example:8080", false),
            ("inbox.example.com.evil.example", false),
            ("evil.example@inbox.example.com", false),
            ("127.0.0.1.evil.example:8080", false),
            ("", false),
        ] {
            assert_eq!(is_own_host(host, Some(&public), 8080), is_own, "{host}");
        }
        assert!(!is_own_host("inbox.example.com", None, 8080));
    }

    #[test]
    fn the_cookie_is_found_among_others_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        assert_eq!(cookie(&headers), None);
        headers.append(header::COOKIE, "a=1; xjackfield_session=2; jackfield_sessions=3".parse().unwrap());
        assert_eq!(cookie(&headers), None);
        headers.append(header::COOKIE, "b=4; jackfield_session=s-5_; c=6".parse().unwrap());
        assert_eq!(cookie(&headers), Some("s-5_"));
    }
}
