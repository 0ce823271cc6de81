//! The consent page, where the account owner always agrees (protocol reference, section 3.1).

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use url::Url;

use super::params::Query;
use crate::shared::Shared;
use crate::state::{App, World};
use crate::webhook::is_local_http;

/// `GET /v2/auth/authorize`: redirects back at once, since there is no human to ask.
///
/// Beyond the real parameters, `business` chooses the consenting account.
pub(crate) async fn consent(State(shared): State<Arc<Shared>>, uri: Uri) -> Response {
    let query = Query::of(&uri);
    match redirect(&shared, &query) {
        Ok(target) => (StatusCode::FOUND, [(LOCATION, String::from(target))]).into_response(),
        Err(problem) => {
            let page = format!("<html><body><h1>Authorization failed</h1><p>{problem}</p></body></html>");
            (StatusCode::BAD_REQUEST, Html(page)).into_response()
        }
    }
}

fn redirect(shared: &Shared, query: &Query) -> Result<Url, &'static str> {
    let value = |name| query.optional(name).unwrap_or_default();
    let redirect_uri = value("redirect_uri");
    let now_ms = shared.clock.now_ms();
    shared.update(|world| {
        let app = world.apps.find(value("client_key")).ok_or("client_key is not an app that exists")?;
        let mut target = registered(app, redirect_uri)?;
        let answer = agree(world, query, now_ms)?;
        target.query_pairs_mut().extend_pairs(answer).append_pair("state", value("state"));
        Ok(target)
    })
}

/// The redirect URL, if it is registered character by character.
fn registered(app: &App, redirect_uri: &str) -> Result<Url, &'static str> {
    let target = Url::parse(redirect_uri).map_err(|_| "redirect_uri is not a URL")?;
    let known = if app.redirect_uris.is_empty() {
        is_local_http(&target)
    } else {
        app.redirect_uris.iter().any(|uri| uri == redirect_uri)
    };
    if known { Ok(target) } else { Err("redirect_uri is not registered for this app") }
}

/// What is appended to the redirect: a code, or why there is none.
fn agree(world: &mut World, query: &Query, now_ms: i64) -> Result<Vec<(&'static str, String)>, &'static str> {
    if query.optional("response_type") != Some("code") {
        return Err("response_type must be code");
    }
    let asked: Vec<String> = query
        .optional("scope")
        .unwrap_or_default()
        .split(',')
        .map(|scope| scope.trim().to_owned())
        .filter(|scope| !scope.is_empty())
        .collect();
    let app_id = query.optional("client_key").unwrap_or_default();
    let app = world.apps.find(app_id).ok_or("client_key is not an app that exists")?;
    let approved = asked.iter().all(|scope| app.approved_scopes.contains(scope));
    if asked.is_empty() || !approved {
        return Ok(vec![("error", "invalid_scope".to_owned()), ("error_type", "scope".to_owned())]);
    }
    let account =
        world.account(query.optional("business")).map_err(|_| "business names no simulated account")?;
    let business_id = account.business_id.clone();
    let granted = asked.into_iter().filter(|scope| !world.settings.withheld_scopes.contains(scope)).collect();
    let grant = world.grants.consent(app, &business_id, granted, now_ms);
    let redirect_uri = query.optional("redirect_uri").unwrap_or_default();
    let code = world.grants.issue_code(&mut world.ids, grant, redirect_uri, now_ms);
    Ok(vec![("code", code)])
}
