//! `POST /business/message/send/` (protocol reference, sections 4.1, 6.6 and 8).

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::access::{admit, allow_messaging};
use super::gate::Mishap;
use super::reply::Afterwards;
use super::send_request::{Payload, SendRequest, Target, business_id, parse};
use super::{Refusal, Reply, comment_reply, send_rules};
use crate::observed::{Outcome, ReceivedSend, SenderAction};
use crate::settings::EchoMode;
use crate::shared::Shared;
use crate::state::{Content, Outgoing, Source, World};
use crate::webhook::{NewEvent, dispatch};

/// An accepted send: the id for the answer and the event that echoes it.
struct Accepted {
    message_id: String,
    echo: Option<NewEvent>,
}

/// Accepts a message or a sender action.
pub(crate) async fn send(
    State(shared): State<Arc<Shared>>,
    mishap: Option<Extension<Mishap>>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Reply {
    let mishap = mishap.map(|Extension(mishap)| mishap).unwrap_or_default();
    let accepted = check(&shared, &headers, &bytes)
        .and_then(|(business_id, request)| accept(&shared, &business_id, request, mishap));
    let accepted = match accepted {
        Ok(accepted) => accepted,
        Err(refusal) => return Err(refusal).into(),
    };
    let afterwards = match accepted.echo {
        Some(event) => echo(&shared, event, mishap).await,
        None => None,
    };
    Reply::from(Ok(answer(&accepted.message_id, mishap))).then(afterwards)
}

fn check(shared: &Shared, headers: &HeaderMap, bytes: &[u8]) -> Result<(String, SendRequest), Refusal> {
    let grant = admit(shared, headers)?;
    allow_messaging(shared, &grant, &business_id(bytes)?, "message.list.send")?;
    let unit = shared.world().settings.text_unit;
    Ok((grant.business_id, parse(bytes, unit)?))
}

fn accept(
    shared: &Shared,
    business_id: &str,
    request: SendRequest,
    mishap: Mishap,
) -> Result<Accepted, Refusal> {
    let now_ms = shared.clock.now_ms();
    shared.update(|world| {
        let conversation_id = send_rules::conversation(world, business_id, &request, now_ms)?;
        let content = match request.payload {
            Payload::Action(action) => {
                world.sender_actions.push(SenderAction { conversation_id, action, at_ms: now_ms });
                return Ok(Accepted { message_id: String::new(), echo: None });
            }
            Payload::Post(item_id) => send_rules::post(world, business_id, &item_id)?,
            Payload::Message(content) => content,
        };
        let answers_comment = matches!(request.target, Target::Comment(_));
        send_rules::check(world, &conversation_id, (&content, answers_comment), now_ms)?;
        let echoed = world.settings.echo != EchoMode::Off && !mishap.without_echo;
        let message = NewMessage {
            conversation_id,
            content,
            referenced_message_id: request.referenced_message_id,
            echoed,
        };
        let (message_id, event) =
            write(world, message, now_ms).ok_or_else(|| super::unknown_conversation(world, "recipient"))?;
        if let Target::Comment(comment_id) = &request.target {
            comment_reply::note(world, comment_id);
        }
        Ok(Accepted { message_id, echo: event.filter(|_| echoed) })
    })
}

struct NewMessage {
    conversation_id: String,
    content: Content,
    referenced_message_id: Option<String>,
    echoed: bool,
}

fn write(world: &mut World, message: NewMessage, now_ms: i64) -> Option<(String, Option<NewEvent>)> {
    let outgoing = Outgoing {
        source: Source::Api,
        content: message.content.clone(),
        referenced_message_id: message.referenced_message_id.clone(),
        automation: None,
    };
    let said = world.business_says(&message.conversation_id, outgoing, now_ms)?;
    let message_id = said.message_id;
    let conversation = world.conversation(&message.conversation_id)?;
    let (customer, business_id) = (conversation.customer.clone(), conversation.business_id.clone());
    world.daily.note(&business_id, &message.conversation_id, now_ms);
    world.sends.push(ReceivedSend {
        message_id: message_id.clone(),
        conversation_id: message.conversation_id,
        customer,
        business_id,
        message_type: message.content.rest_type().to_owned(),
        text: message.content.text().map(str::to_owned),
        content: message.content,
        referenced_message_id: message.referenced_message_id,
        echoed: message.echoed,
        at_ms: now_ms,
    });
    Some((message_id, said.event))
}

/// Posts the echo now and waits for its answer, or leaves it for after the response.
async fn echo(shared: &Arc<Shared>, event: NewEvent, mishap: Mishap) -> Option<Afterwards> {
    let (mode, wait_ms) = {
        let world = shared.world();
        (world.settings.echo, world.settings.echo_wait_ms)
    };
    if mode != EchoMode::BeforeResponse && !mishap.echo_first {
        let shared = Arc::clone(shared);
        return Some(Afterwards::new(move || {
            dispatch(&shared, &event);
        }));
    }
    let event_id = dispatch(shared, &event);
    let answered = shared.wait_for("echo", Duration::from_millis(wait_ms), |world| {
        let log = &world.deliveries;
        log.iter()
            .find(|entry| entry.event_id == event_id)
            .filter(|entry| entry.outcome != Outcome::Pending || !entry.attempts.is_empty())
            .map(|_| ())
    });
    // A callback that never answers must not keep the sender waiting for ever.
    answered.await.ok();
    None
}

fn answer(message_id: &str, mishap: Mishap) -> Value {
    if mishap.without_id {
        return json!({ "message": {} });
    }
    json!({ "message": { "message_id": message_id } })
}
