//! The consent page, where the account owner always agrees (protocol reference, section 3.1).

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use url::Url;

use super::params::Query;
use crate::shared::Shared;
use crate::state::World;
use crate::webhook::is_local_http;

/// `GET /v2/auth/authorize`: redirects back at once, since there is no human to ask.
///
/// Beyond the real parameters, `business` chooses the consenting account.
pub(crate) async fn consent(State(shared): State<Arc<Shared>>, uri: Uri) -> Response {
    let query = Query::of(&shared, &uri);
    match redirect(&shared, &query) {
        Ok(target) => (StatusCode::FOUND, [(LOCATION, String::from(target))]).into_response(),
        Err(problem) => {
            let page = format!("<html><body><h1>Authorization failed</h1><p>{problem}</p></body></html>");
            (StatusCode::BAD_REQUEST, Html(page)).into_response()
        }
    }
}

fn redirect(shared: &Shared, query: &Query<'_>) -> Result<Url, &'static str> {
    let value = |name| query.optional(name).unwrap_or_default();
    if value("client_key") != shared.app_id {
        return Err("client_key is not an app that exists");
    }
    let redirect_uri = value("redirect_uri");
    let now_ms = shared.clock.now_ms();
    shared.update(|world| {
        let mut target = registered(world, redirect_uri)?;
        let answer = agree(shared, world, query, now_ms)?;
        target.query_pairs_mut().extend_pairs(answer).append_pair("state", value("state"));
        Ok(target)
    })
}

/// The redirect URL, if it is registered character by character.
fn registered(world: &World, redirect_uri: &str) -> Result<Url, &'static str> {
    let target = Url::parse(redirect_uri).map_err(|_| "redirect_uri is not a URL")?;
    let known = if world.redirect_uris.is_empty() {
        is_local_http(&target)
    } else {
        world.redirect_uris.iter().any(|uri| uri == redirect_uri)
    };
    if known { Ok(target) } else { Err("redirect_uri is not registered for this app") }
}

/// What is appended to the redirect: a code, or why there is none.
fn agree(
    shared: &Shared,
    world: &mut World,
    query: &Query<'_>,
    now_ms: i64,
) -> Result<Vec<(&'static str, String)>, &'static str> {
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
    let approved = asked.iter().all(|scope| shared.approved_scopes.contains(scope));
    if asked.is_empty() || !approved {
        return Ok(vec![("error", "invalid_scope".to_owned()), ("error_type", "scope".to_owned())]);
    }
    let account =
        world.account(query.optional("business")).map_err(|_| "business names no simulated account")?;
    let business_id = account.business_id.clone();
    let granted = asked.into_iter().filter(|scope| !world.settings.withheld_scopes.contains(scope)).collect();
    let grant = world.grants.consent(&business_id, granted, now_ms);
    let redirect_uri = query.optional("redirect_uri").unwrap_or_default();
    let code = world.grants.issue_code(&mut world.ids, grant, redirect_uri, now_ms);
    Ok(vec![("code", code)])
}
