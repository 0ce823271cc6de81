//! The simulated HTTP API.

mod access;
mod authorize;
mod auto_message;
mod business;
mod capabilities;
pub(crate) mod code;
mod comment_reply;
mod direct_reply;
mod gate;
mod lists;
mod media;
mod oauth;
mod params;
mod reply;
mod send;
mod send_request;
mod send_rules;
mod template;
mod webhook_config;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};

pub(crate) use auto_message::event as account_event;
pub(crate) use reply::{Refusal, Reply};

use crate::shared::Shared;
use crate::state::World;

/// What every API path begins with (protocol reference, section 2.1).
pub(crate) const PREFIX: &str = "/open_api/v1.3";

/// Where account owners consent (protocol reference, section 3.1).
pub(crate) const AUTHORIZE: &str = "/v2/auth/authorize";

/// The consent page and everything below [`PREFIX`].
pub(crate) fn router(shared: &Arc<Shared>) -> Router {
    let endpoints: [(&str, MethodRouter<Arc<Shared>>); 22] = [
        ("/tt_user/oauth2/token/", post(oauth::token)),
        ("/tt_user/oauth2/refresh_token/", post(oauth::refresh)),
        ("/tt_user/oauth2/revoke/", post(oauth::revoke)),
        ("/tt_user/token_info/get/", post(oauth::token_info)),
        ("/business/get/", get(business::get)),
        ("/business/message/send/", post(send::send)),
        ("/business/message/conversation/list/", get(lists::conversations)),
        ("/business/message/content/list/", get(lists::messages)),
        ("/business/message/media/upload/", post(media::upload)),
        ("/business/message/media/download/", post(media::download)),
        ("/business/message/capabilities/get/", get(capabilities::get)),
        ("/business/message/auto_message/create/", post(auto_message::create)),
        ("/business/message/auto_message/update/", post(auto_message::update)),
        ("/business/message/auto_message/status/update/", post(auto_message::switch)),
        ("/business/message/auto_message/get/", post(auto_message::get)),
        ("/business/message/auto_message/delete/", post(auto_message::delete)),
        ("/business/message/auto_message/sort/", post(auto_message::sort)),
        ("/business/message/direct_reply/update/", post(direct_reply::update)),
        ("/business/message/direct_reply/get/", get(direct_reply::get)),
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
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(Arc::clone(shared), gate::gate));
    Router::new()
        .route(AUTHORIZE, get(authorize::consent))
        .route(&format!("{AUTHORIZE}/"), get(authorize::consent))
        .merge(api)
        .with_state(Arc::clone(shared))
}

/// The answer about a conversation that does not exist.
pub(crate) fn unknown_conversation(world: &World, member: &str) -> Refusal {
    match world.settings.unknown_conversation_code {
        code::PARAMETER => Refusal::param(member),
        other => Refusal::new(other, format!("The conversation of {member} does not exist.")),
    }
}
