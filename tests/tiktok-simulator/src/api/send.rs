//! `POST /business/message/send/` (protocol reference, sections 4.1, 6.6 and 8).

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use serde_json::{Value, json};

use super::access::{admit, allow};
use super::gate::Mishap;
use super::reply::Afterwards;
use super::send_request::{Payload, SendRequest, business_id, parse};
use super::{Refusal, Reply, code};
use crate::observed::{Outcome, ReceivedSend, SenderAction};
use crate::settings::EchoMode;
use crate::shared::Shared;
use crate::state::{Closed, Content, Outgoing, Source, World};
use crate::violation::ViolationKind;
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
    uri: Uri,
    headers: HeaderMap,
    bytes: Bytes,
) -> Reply {
    let mishap = mishap.map(|Extension(mishap)| mishap).unwrap_or_default();
    let accepted = match check(&shared, &headers, &bytes, uri.path()) {
        Ok(request) => accept(&shared, request, mishap, uri.path()),
        Err(refusal) => Err(refusal),
    };
    let accepted = match accepted {
        Ok(accepted) => accepted,
        Err(refusal) => return refuse(&shared, refusal, uri.path()),
    };
    let afterwards = match accepted.echo {
        Some(event) => echo(&shared, event).await,
        None => None,
    };
    Reply::from(Ok(answer(&accepted.message_id, mishap))).then(afterwards)
}

fn check(shared: &Shared, headers: &HeaderMap, bytes: &[u8], path: &str) -> Result<SendRequest, Refusal> {
    let grant = admit(shared, headers, path)?;
    allow(&grant, &business_id(bytes)?, "message.list.send")?;
    parse(bytes)
}

fn refuse(shared: &Shared, refusal: Refusal, path: &str) -> Reply {
    if refusal.code == code::PARAMETER {
        let now_ms = shared.clock.now_ms();
        let kind = ViolationKind::InvalidRequest;
        shared.update(|world| world.judge(kind, path, refusal.message.clone(), now_ms));
    }
    Err(refusal).into()
}

fn accept(shared: &Shared, request: SendRequest, mishap: Mishap, path: &str) -> Result<Accepted, Refusal> {
    let now_ms = shared.clock.now_ms();
    shared.update(|world| {
        check_conversation(world, &request)?;
        let content = match request.payload {
            Payload::Action(action) => {
                world.sender_actions.push(SenderAction {
                    conversation_id: request.conversation_id,
                    action,
                    at_ms: now_ms,
                });
                return Ok(Accepted { message_id: String::new(), echo: None });
            }
            Payload::Message(content) => content,
        };
        check_window(world, &request.conversation_id, path, now_ms)?;
        let echoed = world.settings.echo != EchoMode::Off && !mishap.without_echo;
        let message = NewMessage {
            conversation_id: request.conversation_id,
            content,
            referenced_message_id: request.referenced_message_id,
            echoed,
        };
        let (message_id, event) = write(world, message, now_ms).ok_or_else(not_found)?;
        let echo = echoed.then_some(event);
        Ok(Accepted { message_id, echo })
    })
}

fn check_conversation(world: &mut World, request: &SendRequest) -> Result<(), Refusal> {
    let conversation = world
        .conversation(&request.conversation_id)
        .filter(|known| known.business_id == request.business_id)
        .ok_or_else(not_found)?;
    match &request.referenced_message_id {
        Some(quoted) if conversation.message(quoted).is_none() => {
            let message = "The message of referenced_message_id does not exist.";
            Err(Refusal::new(code::NOT_FOUND, message))
        }
        _ => Ok(()),
    }
}

fn not_found() -> Refusal {
    let message = "The conversation of recipient does not exist.";
    Refusal::new(code::NOT_FOUND, message)
}

fn check_window(world: &mut World, conversation_id: &str, path: &str, now_ms: i64) -> Result<(), Refusal> {
    let profile = world.settings.window;
    let conversation = world.conversation(conversation_id).ok_or_else(not_found)?;
    let Err(closed) = conversation.window.check(profile, now_ms) else {
        return Ok(());
    };
    let (kind, message) = match closed {
        Closed::NeverOpened => (ViolationKind::WindowClosed, "The user has not sent a message yet."),
        Closed::Expired => {
            (ViolationKind::WindowClosed, "The 48-hour window since the user's last message has closed.")
        }
        Closed::UsedUp => {
            (ViolationKind::QuotaExceeded, "The messages allowed since the user's last message are used up.")
        }
    };
    world.judge(kind, path, message, now_ms);
    Err(Refusal::new(code::MESSAGE_RULES, message))
}

struct NewMessage {
    conversation_id: String,
    content: Content,
    referenced_message_id: Option<String>,
    echoed: bool,
}

fn write(world: &mut World, message: NewMessage, now_ms: i64) -> Option<(String, NewEvent)> {
    let outgoing = Outgoing {
        source: Source::Api,
        content: message.content.clone(),
        referenced_message_id: message.referenced_message_id.clone(),
    };
    let (message_id, event) = world.business_says(&message.conversation_id, outgoing, now_ms)?;
    let customer = world.conversation(&message.conversation_id)?.customer.clone();
    world.sends.push(ReceivedSend {
        message_id: message_id.clone(),
        conversation_id: message.conversation_id,
        customer,
        business_id: event.business_id.clone(),
        message_type: message.content.rest_type().to_owned(),
        text: message.content.text().map(str::to_owned),
        referenced_message_id: message.referenced_message_id,
        echoed: message.echoed,
        at_ms: now_ms,
    });
    Some((message_id, event))
}

/// Posts the echo now and waits for its answer, or leaves it for after the response.
async fn echo(shared: &Arc<Shared>, event: NewEvent) -> Option<Afterwards> {
    let (mode, wait_ms) = {
        let world = shared.world();
        (world.settings.echo, world.settings.echo_wait_ms)
    };
    if mode != EchoMode::BeforeResponse {
        let shared = Arc::clone(shared);
        return Some(Afterwards::new(move || {
            dispatch(&shared, event);
        }));
    }
    let event_id = dispatch(shared, event);
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
