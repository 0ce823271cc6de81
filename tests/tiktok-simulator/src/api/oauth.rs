//! Token endpoints (protocol reference, sections 3.3 to 3.6).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::params::{json as parse, required};
use super::{Refusal, Reply, code};
use crate::shared::Shared;
use crate::state::{Exchange, Issued, Refresh, World};

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
    /// The app, once its secret is right.
    fn app(&self, shared: &Shared) -> Result<&str, Refusal> {
        let id = required(self.client_id.as_deref(), "client_id")?;
        let secret = required(self.client_secret.as_deref(), "client_secret")?;
        credentials(shared, id, secret)?;
        Ok(id)
    }

    fn check_grant_type(&self, expected: &str) -> Result<(), Refusal> {
        if required(self.grant_type.as_deref(), "grant_type")? == expected {
            return Ok(());
        }
        let message = format!("Unsupported grant_type; this endpoint takes {expected}.");
        Err(Refusal::new(code::GRANT_TYPE, message))
    }
}

/// Checks an app's own credentials.
pub(crate) fn credentials(shared: &Shared, id: &str, secret: &str) -> Result<(), Refusal> {
    let world = shared.world();
    if world.apps.find(id).is_some_and(|app| app.secret == secret) {
        return Ok(());
    }
    Err(wrong_app(&world))
}

fn wrong_app(world: &World) -> Refusal {
    Refusal::new(world.settings.wrong_app_code, "The app id or the secret is wrong.")
}

/// `POST /tt_user/oauth2/token/`.
pub(crate) async fn token(State(shared): State<Arc<Shared>>, bytes: Bytes) -> Reply {
    exchange(&shared, &bytes).into()
}

fn exchange(shared: &Shared, bytes: &[u8]) -> Result<Value, Refusal> {
    let body: Body = parse(bytes)?;
    let app_id = body.app(shared)?;
    body.check_grant_type("authorization_code")?;
    let auth_code = required(body.auth_code.as_deref(), "auth_code")?;
    let redirect_uri = required(body.redirect_uri.as_deref(), "redirect_uri")?;
    let now_ms = shared.clock.now_ms();
    shared.update(|world| {
        let exchange = Exchange { app_id, auth_code, redirect_uri };
        let issued = world.grants.redeem(&mut world.ids, exchange, now_ms)?;
        Ok(data(&issued, world.settings.minimal_token_answers))
    })
}

/// `POST /tt_user/oauth2/refresh_token/`.
pub(crate) async fn refresh(State(shared): State<Arc<Shared>>, bytes: Bytes) -> Reply {
    rotate(&shared, &bytes).into()
}

fn rotate(shared: &Shared, bytes: &[u8]) -> Result<Value, Refusal> {
    let body: Body = parse(bytes)?;
    let app_id = body.app(shared)?;
    body.check_grant_type("refresh_token")?;
    let refresh_token = required(body.refresh_token.as_deref(), "refresh_token")?;
    let now_ms = shared.clock.now_ms();
    shared.update(|world| {
        let exchange = Refresh {
            app_id,
            refresh_token,
            rotates: world.settings.refresh_rotates,
            extends: world.settings.refresh_extends,
        };
        let issued = world.grants.refresh(&mut world.ids, exchange, now_ms)?;
        Ok(data(&issued, world.settings.minimal_token_answers))
    })
}

/// The members of a token answer; some real ones had only the necessary four (section 3.3).
fn data(issued: &Issued, minimal: bool) -> Value {
    let mut data = json!({
        "access_token": issued.access_token,
        "expires_in": issued.expires_in,
        "refresh_token": issued.refresh_token,
        "open_id": issued.grant.open_id,
    });
    if !minimal {
        data["refresh_token_expires_in"] = json!(issued.refresh_token_expires_in);
        data["scope"] = json!(issued.grant.scopes.join(","));
        data["token_type"] = json!("Bearer");
    }
    data
}

/// `POST /tt_user/oauth2/revoke/`.
pub(crate) async fn revoke(State(shared): State<Arc<Shared>>, bytes: Bytes) -> Reply {
    end(&shared, &bytes).into()
}

fn end(shared: &Shared, bytes: &[u8]) -> Result<Value, Refusal> {
    let body: Body = parse(bytes)?;
    let app_id = body.app(shared)?;
    let access_token = required(body.access_token.as_deref(), "access_token")?;
    let now_ms = shared.clock.now_ms();
    shared.update(|world| world.grants.revoke(app_id, access_token, now_ms))?;
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
    let now_ms = shared.clock.now_ms();
    let world = shared.world();
    world.apps.find(app_id).ok_or_else(|| wrong_app(&world))?;
    let grant = world.grants.check(access_token, now_ms)?;
    grant.belongs_to(app_id)?;
    Ok(json!({
        "app_id": app_id,
        "creator_id": grant.open_id,
        "scope": grant.scopes.join(","),
    }))
}
