//! The simulated HTTP API.

mod access;
mod authorize;
mod business;
pub(crate) mod code;
mod gate;
mod lists;
mod oauth;
mod params;
mod reply;
mod send;
mod send_request;
mod template;
mod webhook_config;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};

pub(crate) use reply::{Refusal, Reply};

use crate::shared::Shared;

/// What every API path begins with (protocol reference, section 2.1).
pub(crate) const PREFIX: &str = "/open_api/v1.3";

/// Where account owners consent (protocol reference, section 3.1).
pub(crate) const AUTHORIZE: &str = "/v2/auth/authorize";

/// The consent page and everything below [`PREFIX`].
pub(crate) fn router(shared: &Arc<Shared>) -> Router {
    let endpoints: [(&str, MethodRouter<Arc<Shared>>); 11] = [
        ("/tt_user/oauth2/token/", post(oauth::token)),
        ("/tt_user/oauth2/refresh_token/", post(oauth::refresh)),
        ("/tt_user/oauth2/revoke/", post(oauth::revoke)),
        ("/tt_user/token_info/get/", post(oauth::token_info)),
        ("/business/get/", get(business::get)),
        ("/business/message/send/", post(send::send)),
        ("/business/message/conversation/list/", get(lists::conversations)),
        ("/business/message/content/list/", get(lists::messages)),
        ("/business/webhook/update/", post(webhook_config::update)),
        ("/business/webhook/list/", get(webhook_config::list)),
        ("/business/webhook/delete/", post(webhook_config::delete)),
    ];
    let mut api = Router::new();
    for (path, endpoint) in endpoints {
        api = api.route(&format!("{PREFIX}{path}"), endpoint);
    }
    let api = api
        .fallback(gate::unknown_path)
        .method_not_allowed_fallback(gate::wrong_method)
        .layer(from_fn_with_state(Arc::clone(shared), gate::gate));
    Router::new()
        .route(AUTHORIZE, get(authorize::consent))
        .route(&format!("{AUTHORIZE}/"), get(authorize::consent))
        .merge(api)
        .with_state(Arc::clone(shared))
}
