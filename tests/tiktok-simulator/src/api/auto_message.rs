//! Welcome message, suggested questions and chat prompts (protocol reference, section 4.7).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::access::{admit, allow_messaging};
use super::params::{json as parse, required};
use super::{Refusal, Reply, code};
use crate::settings::TextUnit;
use crate::shared::Shared;
use crate::state::{AuditStatus, AutoMessage, AutoMessageType, AutoMessages, DIRECT_MESSAGE, Grant};
use crate::webhook::{NewEvent, content, dispatch};

#[derive(Debug, Deserialize)]
struct Body {
    business_id: Option<String>,
    auto_message_type: Option<String>,
    auto_message_id: Option<String>,
    auto_message_ids: Option<Vec<String>>,
    operation_status: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// A call that may be made.
struct Call<'a> {
    shared: &'a Arc<Shared>,
    grant: Grant,
    body: Body,
    kind: AutoMessageType,
}

impl<'a> Call<'a> {
    fn check(shared: &'a Arc<Shared>, headers: &HeaderMap, bytes: &[u8]) -> Result<Self, Refusal> {
        let grant = admit(shared, headers)?;
        let body: Body = parse(bytes)?;
        let business_id = required(body.business_id.as_deref(), "business_id")?;
        allow_messaging(shared, &grant, business_id, "message.list.manage")?;
        let name = required(body.auto_message_type.as_deref(), "auto_message_type")?;
        let kind: Option<AutoMessageType> = serde_json::from_value(json!(name)).ok();
        let kind = kind.ok_or_else(|| Refusal::param("auto_message_type"))?;
        Ok(Self { shared, grant, body, kind })
    }

    fn id(&self) -> Result<&str, Refusal> {
        required(self.body.auto_message_id.as_deref(), "auto_message_id")
    }

    /// Changes the account's auto messages.
    fn change<T>(&self, change: impl FnOnce(&mut AutoMessages) -> Result<T, Refusal>) -> Result<T, Refusal> {
        self.shared.update(|world| {
            let account = world.account_mut(Some(&self.grant.business_id));
            let account = account.map_err(|_| Refusal::param("business_id"))?;
            change(&mut account.auto_messages)
        })
    }

    /// The object of the type, whose texts keep their limits.
    fn block(&self) -> Result<Value, Refusal> {
        let unit = self.shared.world().settings.text_unit;
        let (name, limits) = self.kind.form();
        let block = self.body.rest.get(name).ok_or_else(|| Refusal::missing(name))?;
        for (member, most) in limits {
            text(block, name, (member, *most), unit)?;
        }
        Ok(block.clone())
    }

    fn report(&self, message: &AutoMessage, action: &str) {
        let now_ms = self.shared.clock.now_ms();
        let content = content::auto_message_config(message, action, now_ms);
        dispatch(self.shared, &event(&self.grant.business_id, "im_auto_message_config_update", content));
    }
}

fn text(block: &Value, holder: &str, limit: (&str, usize), unit: TextUnit) -> Result<(), Refusal> {
    let (member, most) = limit;
    let name = format!("{holder}.{member}");
    match block.get(member).and_then(Value::as_str) {
        None | Some("") => Err(Refusal::missing(&name)),
        Some(text) if unit.length(text) > most => Err(Refusal::param(&name)),
        Some(_) => Ok(()),
    }
}

/// An event about an account, outside any conversation.
pub(crate) fn event(business_id: &str, name: &str, content: Value) -> NewEvent {
    NewEvent {
        category: DIRECT_MESSAGE.to_owned(),
        event: name.to_owned(),
        business_id: business_id.to_owned(),
        lane: business_id.to_owned(),
        content,
    }
}

fn unknown() -> Refusal {
    Refusal::new(code::NOT_FOUND, "The auto message does not exist.")
}

fn answer(message: &AutoMessage) -> Value {
    json!({ "auto_message": { "auto_message_id": message.auto_message_id } })
}

/// `auto_message/create/`: one object per call.
pub(crate) async fn create(State(shared): State<Arc<Shared>>, headers: HeaderMap, bytes: Bytes) -> Reply {
    added(&shared, &headers, &bytes).into()
}

fn added(shared: &Arc<Shared>, headers: &HeaderMap, bytes: &[u8]) -> Result<Value, Refusal> {
    let call = Call::check(shared, headers, bytes)?;
    let block = call.block()?;
    let auto_message_id = shared.update(|world| world.ids.digits("auto message"));
    let message = AutoMessage {
        auto_message_id,
        auto_message_type: call.kind,
        audit_status: AuditStatus::Reviewing,
        block,
    };
    call.change(|messages| {
        if messages.of_type(call.kind).count() >= call.kind.most() {
            return Err(Refusal::new(
                code::PARAMETER,
                "The account has as many of this type as it may have.",
            ));
        }
        if messages.of_type(call.kind).any(|known| known.block == message.block) {
            return Err(Refusal::new(code::PARAMETER, "The account has this auto message already."));
        }
        messages.messages.push(message.clone());
        Ok(())
    })?;
    call.report(&message, "CREATE");
    Ok(answer(&message))
}

/// `auto_message/update/`: refused while it is being reviewed.
pub(crate) async fn update(State(shared): State<Arc<Shared>>, headers: HeaderMap, bytes: Bytes) -> Reply {
    edited(&shared, &headers, &bytes).into()
}

fn edited(shared: &Arc<Shared>, headers: &HeaderMap, bytes: &[u8]) -> Result<Value, Refusal> {
    let call = Call::check(shared, headers, bytes)?;
    let (id, block) = (call.id()?, call.block()?);
    let (old, new) = call.change(|messages| {
        let old = messages.get(id, call.kind).cloned().ok_or_else(unknown)?;
        if old.audit_status == AuditStatus::Reviewing {
            return Err(Refusal::new(code::PARAMETER, "The auto message is being reviewed."));
        }
        let new = AutoMessage { audit_status: AuditStatus::Reviewing, block, ..old.clone() };
        let known = messages.get_mut(id).ok_or_else(unknown)?;
        known.clone_from(&new);
        Ok((old, new))
    })?;
    // Editing a welcome message shows as a deletion and a creation (section 6.10).
    if call.kind == AutoMessageType::WelcomeMessage {
        call.report(&old, "DELETE");
        call.report(&new, "CREATE");
    } else {
        call.report(&new, "UPDATE");
    }
    Ok(answer(&new))
}

/// `auto_message/status/update/`: a whole type on or off.
pub(crate) async fn switch(State(shared): State<Arc<Shared>>, headers: HeaderMap, bytes: Bytes) -> Reply {
    switched(&shared, &headers, &bytes).into()
}

fn switched(shared: &Arc<Shared>, headers: &HeaderMap, bytes: &[u8]) -> Result<Value, Refusal> {
    let call = Call::check(shared, headers, bytes)?;
    let status = required(call.body.operation_status.as_deref(), "operation_status")?;
    let on = match status {
        "ENABLE" => true,
        "DISABLE" => false,
        _ => return Err(Refusal::param("operation_status")),
    };
    let concerned: Vec<AutoMessage> = call.change(|messages| {
        messages.switch(call.kind, on);
        Ok(messages.of_type(call.kind).cloned().collect())
    })?;
    for message in &concerned {
        call.report(message, status);
    }
    Ok(json!({}))
}

/// `auto_message/get/`.
pub(crate) async fn get(State(shared): State<Arc<Shared>>, headers: HeaderMap, bytes: Bytes) -> Reply {
    listed(&shared, &headers, &bytes).into()
}

fn listed(shared: &Arc<Shared>, headers: &HeaderMap, bytes: &[u8]) -> Result<Value, Refusal> {
    let call = Call::check(shared, headers, bytes)?;
    let wanted = call.body.auto_message_id.as_deref();
    call.change(|messages| {
        let of_type = messages.of_type(call.kind);
        let entries: Vec<Value> = of_type
            .filter(|message| wanted.is_none_or(|id| id == message.auto_message_id))
            .map(AutoMessage::entry)
            .collect();
        Ok(json!({
            "business_id": call.grant.open_id,
            "operation_status": if messages.is_on(call.kind) { "ENABLE" } else { "DISABLE" },
            "auto_messages": entries,
        }))
    })
}

/// `auto_message/delete/`: not for welcome messages.
pub(crate) async fn delete(State(shared): State<Arc<Shared>>, headers: HeaderMap, bytes: Bytes) -> Reply {
    removed(&shared, &headers, &bytes).into()
}

fn removed(shared: &Arc<Shared>, headers: &HeaderMap, bytes: &[u8]) -> Result<Value, Refusal> {
    let call = Call::check(shared, headers, bytes)?;
    if call.kind == AutoMessageType::WelcomeMessage {
        return Err(Refusal::param("auto_message_type"));
    }
    let id = call.id()?;
    let message = call.change(|messages| {
        let message = messages.get(id, call.kind).cloned().ok_or_else(unknown)?;
        messages.remove(id);
        Ok(message)
    })?;
    call.report(&message, "DELETE");
    Ok(json!({}))
}

/// `auto_message/sort/`: chat prompts in display order, all of them.
pub(crate) async fn sort(State(shared): State<Arc<Shared>>, headers: HeaderMap, bytes: Bytes) -> Reply {
    sorted(&shared, &headers, &bytes).into()
}

fn sorted(shared: &Arc<Shared>, headers: &HeaderMap, bytes: &[u8]) -> Result<Value, Refusal> {
    let call = Call::check(shared, headers, bytes)?;
    if call.kind != AutoMessageType::ChatPrompt {
        return Err(Refusal::param("auto_message_type"));
    }
    let ids = call.body.auto_message_ids.clone().ok_or_else(|| Refusal::missing("auto_message_ids"))?;
    call.change(|messages| {
        let mut known: Vec<&str> = messages.of_type(call.kind).map(|m| m.auto_message_id.as_str()).collect();
        let mut given: Vec<&str> = ids.iter().map(String::as_str).collect();
        known.sort_unstable();
        given.sort_unstable();
        if known != given {
            return Err(Refusal::param("auto_message_ids"));
        }
        messages.messages.sort_by_key(|message| ids.iter().position(|id| *id == message.auto_message_id));
        Ok(json!({}))
    })
}
