//! The switch of Comment-to-Message (protocol reference, section 4.8).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::{admit, allow_messaging};
use super::params::{Query, json as parse, required};
use super::{Refusal, Reply, code};
use crate::regions;
use crate::shared::Shared;

const KIND: &str = "COMMENT_TO_MESSAGE";

#[derive(Debug, Deserialize)]
struct Body {
    business_id: Option<String>,
    direct_reply_type: Option<String>,
    operation_status: Option<String>,
}

/// `POST /business/message/direct_reply/update/`.
pub(crate) async fn update(State(shared): State<Arc<Shared>>, headers: HeaderMap, bytes: Bytes) -> Reply {
    switch(&shared, &headers, &bytes).into()
}

fn switch(shared: &Shared, headers: &HeaderMap, bytes: &[u8]) -> Result<Value, Refusal> {
    let grant = admit(shared, headers)?;
    let body: Body = parse(bytes)?;
    let business_id = required(body.business_id.as_deref(), "business_id")?;
    allow_messaging(shared, &grant, business_id, "message.list.manage")?;
    if required(body.direct_reply_type.as_deref(), "direct_reply_type")? != KIND {
        return Err(Refusal::param("direct_reply_type"));
    }
    let on = match required(body.operation_status.as_deref(), "operation_status")? {
        "ENABLE" => true,
        "DISABLE" => false,
        _ => return Err(Refusal::param("operation_status")),
    };
    shared.update(|world| {
        let account = world.account_mut(Some(&grant.business_id));
        let account = account.map_err(|_| Refusal::param("business_id"))?;
        if on && !regions::may_answer_comments(&account.country) {
            let message = "No permission: Comment-to-Message is not available in the region of this account.";
            return Err(Refusal::new(code::PERMISSION, message));
        }
        account.answers_comments = on;
        Ok(json!({}))
    })
}

/// `GET /business/message/direct_reply/get/`.
pub(crate) async fn get(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap) -> Reply {
    read(&shared, &uri, &headers).into()
}

fn read(shared: &Shared, uri: &Uri, headers: &HeaderMap) -> Result<Value, Refusal> {
    let grant = admit(shared, headers)?;
    let query = Query::of(uri);
    let business_id = query.id("business_id")?;
    allow_messaging(shared, &grant, business_id, "message.list.manage")?;
    if query.required("direct_reply_type")? != KIND {
        return Err(Refusal::param("direct_reply_type"));
    }
    let world = shared.world();
    let account = world.account(Some(&grant.business_id)).map_err(|_| Refusal::param("business_id"))?;
    let status = if account.answers_comments { "ENABLE" } else { "DISABLE" };
    Ok(json!({ "business_id": business_id, "direct_reply_type": KIND, "operation_status": status }))
}
