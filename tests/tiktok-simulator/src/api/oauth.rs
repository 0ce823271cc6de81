//! Token endpoints (protocol reference, sections 3.3 to 3.6).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::params::{json as parse, required};
use super::{PREFIX, Refusal, Reply, code};
use crate::shared::Shared;
use crate::state::Issued;
use crate::violation::ViolationKind;

/// The members of all four bodies.
#[derive(Debug, Deserialize)]
struct Body {
    client_id: Option<String>,
    client_secret: Option<String>,
    grant_type: Option<String>,
    auth_code: Option<String>,
    redirect_uri: Option<String>,
    refresh_token: Option<String>,
    access_token: Option<String>,
    app_id: Option<String>,
}

impl Body {
    fn check_app(&self, shared: &Shared) -> Result<(), Refusal> {
        let id = required(self.client_id.as_deref(), "client_id")?;
        let secret = required(self.client_secret.as_deref(), "client_secret")?;
        credentials(shared, id, secret)
    }

    fn check_grant_type(&self, expected: &str) -> Result<(), Refusal> {
        if required(self.grant_type.as_deref(), "grant_type")? == expected {
            return Ok(());
        }
        let message = format!("Unsupported grant_type; this endpoint takes {expected}.");
        Err(Refusal::new(code::GRANT_TYPE, message))
    }
}

/// Checks the app's own credentials.
pub(crate) fn credentials(shared: &Shared, id: &str, secret: &str) -> Result<(), Refusal> {
    if id == shared.app_id && secret == shared.app_secret {
        return Ok(());
    }
    let message = "The app id or the secret is wrong.";
    Err(Refusal::new(code::CREDENTIALS, message))
}

/// `POST /tt_user/oauth2/token/`.
pub(crate) async fn token(State(shared): State<Arc<Shared>>, bytes: Bytes) -> Reply {
    exchange(&shared, &bytes).into()
}

fn exchange(shared: &Shared, bytes: &[u8]) -> Result<Value, Refusal> {
    let body: Body = parse(bytes)?;
    body.check_app(shared)?;
    body.check_grant_type("authorization_code")?;
    let auth_code = required(body.auth_code.as_deref(), "auth_code")?;
    let redirect_uri = required(body.redirect_uri.as_deref(), "redirect_uri")?;
    let now_ms = shared.clock.now_ms();
    shared.update(|world| {
        if world.grants.code_was_used(auth_code) {
            let path = format!("{PREFIX}/tt_user/oauth2/token/");
            let detail = "the code was exchanged before";
            world.judge(ViolationKind::AuthCodeReused, &path, detail, now_ms);
        }
        let issued = world.grants.redeem(&mut world.ids, auth_code, redirect_uri, now_ms)?;
        Ok(data(&issued))
    })
}

/// `POST /tt_user/oauth2/refresh_token/`.
pub(crate) async fn refresh(State(shared): State<Arc<Shared>>, bytes: Bytes) -> Reply {
    rotate(&shared, &bytes).into()
}

fn rotate(shared: &Shared, bytes: &[u8]) -> Result<Value, Refusal> {
    let body: Body = parse(bytes)?;
    body.check_app(shared)?;
    body.check_grant_type("refresh_token")?;
    let refresh_token = required(body.refresh_token.as_deref(), "refresh_token")?;
    let now_ms = shared.clock.now_ms();
    shared.update(|world| {
        if world.grants.refresh_was_spent(refresh_token) {
            let path = format!("{PREFIX}/tt_user/oauth2/refresh_token/");
            let detail = "the token was rotated before";
            world.judge(ViolationKind::RefreshTokenReused, &path, detail, now_ms);
        }
        let issued = world.grants.rotate(&mut world.ids, refresh_token, now_ms)?;
        Ok(data(&issued))
    })
}

fn data(issued: &Issued) -> Value {
    json!({
        "access_token": issued.access_token,
        "expires_in": issued.expires_in,
        "refresh_token": issued.refresh_token,
        "refresh_token_expires_in": issued.refresh_token_expires_in,
        "open_id": issued.grant.business_id,
        "scope": issued.grant.scopes.join(","),
        "token_type": "Bearer",
    })
}

/// `POST /tt_user/oauth2/revoke/`.
pub(crate) async fn revoke(State(shared): State<Arc<Shared>>, bytes: Bytes) -> Reply {
    end(&shared, &bytes).into()
}

fn end(shared: &Shared, bytes: &[u8]) -> Result<Value, Refusal> {
    let body: Body = parse(bytes)?;
    body.check_app(shared)?;
    let access_token = required(body.access_token.as_deref(), "access_token")?;
    let now_ms = shared.clock.now_ms();
    shared.update(|world| world.grants.revoke(access_token, now_ms))?;
    Ok(json!({}))
}

/// `POST /tt_user/token_info/get/`, which needs no secret.
pub(crate) async fn token_info(State(shared): State<Arc<Shared>>, bytes: Bytes) -> Reply {
    inspect(&shared, &bytes).into()
}

fn inspect(shared: &Shared, bytes: &[u8]) -> Result<Value, Refusal> {
    let body: Body = parse(bytes)?;
    let app_id = required(body.app_id.as_deref(), "app_id")?;
    let access_token = required(body.access_token.as_deref(), "access_token")?;
    if app_id != shared.app_id {
        let message = "The app id is wrong.";
        return Err(Refusal::new(code::CREDENTIALS, message));
    }
    let now_ms = shared.clock.now_ms();
    let world = shared.world();
    let grant = world.grants.check(access_token, now_ms)?;
    Ok(json!({
        "app_id": app_id,
        "creator_id": grant.business_id,
        "scope": grant.scopes.join(","),
    }))
}
