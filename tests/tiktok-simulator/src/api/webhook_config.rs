//! Callback registration, which needs the secret but no token (protocol reference, section 4.9).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::Uri;
use serde::Deserialize;
use serde_json::{Value, json};

use super::oauth::credentials;
use super::params::{Query, json as parse, required};
use super::{Refusal, Reply};
use crate::shared::Shared;
use crate::webhook::check_callback_url;

const CATEGORIES: [&str; 4] = ["DIRECT_MESSAGE", "COMMENT", "VIDEO", "BRAND_MENTION"];

#[derive(Debug, Deserialize)]
struct Body {
    app_id: Option<String>,
    secret: Option<String>,
    event_type: Option<String>,
    callback_url: Option<String>,
}

impl Body {
    /// App and category, once the credentials are right.
    fn named(&self, shared: &Shared) -> Result<(&str, &str), Refusal> {
        let id = required(self.app_id.as_deref(), "app_id")?;
        let secret = required(self.secret.as_deref(), "secret")?;
        credentials(shared, id, secret)?;
        let category = required(self.event_type.as_deref(), "event_type")?;
        if CATEGORIES.contains(&category) { Ok((id, category)) } else { Err(Refusal::param("event_type")) }
    }
}

/// `POST /business/webhook/update/`, which overwrites.
pub(crate) async fn update(State(shared): State<Arc<Shared>>, bytes: Bytes) -> Reply {
    set(&shared, &bytes).into()
}

fn set(shared: &Shared, bytes: &[u8]) -> Result<Value, Refusal> {
    let body: Body = parse(bytes)?;
    let (app_id, category) = body.named(shared)?;
    let url = required(body.callback_url.as_deref(), "callback_url")?;
    check_callback_url(url).map_err(|_| Refusal::param("callback_url"))?;
    shared.update(|world| {
        let app = world.apps.find_mut(app_id);
        app.map(|app| app.callbacks.insert(category.to_owned(), url.to_owned()));
    });
    Ok(json!({ "app_id": app_id, "event_type": category, "callback_url": url }))
}

/// `GET /business/webhook/list/`, with the secret in the query string.
pub(crate) async fn list(State(shared): State<Arc<Shared>>, uri: Uri) -> Reply {
    read(&shared, &uri).into()
}

fn read(shared: &Shared, uri: &Uri) -> Result<Value, Refusal> {
    let query = Query::of(uri);
    let value = |name| query.optional(name).map(str::to_owned);
    let body = Body {
        app_id: value("app_id"),
        secret: value("secret"),
        event_type: value("event_type"),
        callback_url: None,
    };
    let (app_id, category) = body.named(shared)?;
    let mut data = json!({ "app_id": app_id, "event_type": category });
    if let Some(url) = shared.world().apps.find(app_id).and_then(|app| app.callbacks.get(category)) {
        data["callback_url"] = json!(url);
    }
    Ok(data)
}

/// `POST /business/webhook/delete/`.
pub(crate) async fn delete(State(shared): State<Arc<Shared>>, bytes: Bytes) -> Reply {
    remove(&shared, &bytes).into()
}

fn remove(shared: &Shared, bytes: &[u8]) -> Result<Value, Refusal> {
    let body: Body = parse(bytes)?;
    let (app_id, category) = body.named(shared)?;
    shared.update(|world| world.apps.find_mut(app_id).and_then(|app| app.callbacks.remove(category)));
    Ok(json!({ "app_id": app_id, "event_type": category }))
}
