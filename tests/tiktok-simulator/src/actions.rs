//! What people in the simulated world can do, for the Rust API and the control API alike.

use std::sync::Arc;

use serde_json::Value;

use crate::error::SimulatorError;
use crate::observed::SentEvent;
use crate::shared::Shared;
use crate::state::{Content, DIRECT_MESSAGE, Direction, Outgoing, Source, World};
use crate::webhook::{NewEvent, check_callback_url, dispatch};

/// A conversation, named by its people or by its id.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) customer: &'a str,
    pub(crate) business: Option<&'a str>,
    pub(crate) conversation: Option<&'a str>,
}

impl Place<'_> {
    /// The conversation's id. Without one given, the conversation begins on first use.
    fn find(self, world: &mut World) -> Result<String, SimulatorError> {
        let Some(wanted) = self.conversation else {
            return world.conversation_with(self.customer, self.business);
        };
        world
            .conversation(wanted)
            .filter(|known| known.customer == self.customer)
            .map(|known| known.conversation_id.clone())
            .ok_or_else(|| SimulatorError::UnknownConversation(wanted.to_owned()))
    }
}

/// A customer writes.
pub(crate) fn customer_says(
    shared: &Arc<Shared>,
    place: Place<'_>,
    text: &str,
) -> Result<SentEvent, SimulatorError> {
    let now_ms = shared.clock.now_ms();
    let (conversation_id, (message_id, event)) = shared.update(|world| {
        let id = place.find(world)?;
        let said = world.customer_says(&id, text, now_ms);
        said.map(|said| (id.clone(), said)).ok_or(SimulatorError::UnknownConversation(id))
    })?;
    Ok(report(shared, message_id, conversation_id, event))
}

/// A customer opens the conversation and sees everything in it.
pub(crate) fn customer_reads(shared: &Arc<Shared>, place: Place<'_>) -> Result<SentEvent, SimulatorError> {
    let now_ms = shared.clock.now_ms();
    let (conversation_id, event) = shared.update(|world| {
        let id = place.find(world)?;
        let seen = world.customer_reads(&id, now_ms);
        seen.map(|event| (id.clone(), event)).ok_or(SimulatorError::NothingToRead(id))
    })?;
    Ok(report(shared, String::new(), conversation_id, event))
}

/// Someone of the business writes by hand, in the app or on the web.
pub(crate) fn colleague_says(
    shared: &Arc<Shared>,
    place: Place<'_>,
    source: Source,
    text: &str,
) -> Result<SentEvent, SimulatorError> {
    let now_ms = shared.clock.now_ms();
    let outgoing =
        Outgoing { source, content: Content::Text { body: text.to_owned() }, referenced_message_id: None };
    let (conversation_id, (message_id, event)) = shared.update(|world| {
        let id = place.find(world)?;
        let said = world.business_says(&id, outgoing, now_ms);
        said.map(|said| (id.clone(), said)).ok_or(SimulatorError::UnknownConversation(id))
    })?;
    Ok(report(shared, message_id, conversation_id, event))
}

/// Posts any event with any content. Content that is a JSON string goes out as it is.
pub(crate) fn raw_event(
    shared: &Arc<Shared>,
    business: Option<&str>,
    event: &str,
    content: Value,
) -> Result<String, SimulatorError> {
    let business_id = shared.world().account(business)?.business_id.clone();
    let lane = content["conversation_id"].as_str().unwrap_or(&business_id).to_owned();
    let event =
        NewEvent { category: DIRECT_MESSAGE.to_owned(), event: event.to_owned(), business_id, lane, content };
    Ok(dispatch(shared, event))
}

/// What `im_receive_msg` would carry if this customer wrote now: a base for raw events.
pub(crate) fn sample_content(shared: &Arc<Shared>, place: Place<'_>) -> Result<Value, SimulatorError> {
    let now_ms = shared.clock.now_ms();
    shared.update(|world| {
        let id = place.find(world)?;
        let content = Content::Text { body: String::new() };
        let mut payload = world
            .unsent(&id, Direction::Incoming, content, now_ms)
            .ok_or(SimulatorError::UnknownConversation(id))?;
        if let Some(members) = payload.as_object_mut() {
            members.remove("text");
            members.remove("type");
        }
        Ok(payload)
    })
}

/// Registers the callback URL of direct messages, or none.
pub(crate) fn set_callback(shared: &Shared, url: Option<&str>) -> Result<(), SimulatorError> {
    if let Some(url) = url {
        check_callback_url(url)?;
    }
    shared.update(|world| match url {
        Some(url) => world.callbacks.insert(DIRECT_MESSAGE.to_owned(), url.to_owned()),
        None => world.callbacks.remove(DIRECT_MESSAGE),
    });
    Ok(())
}

fn report(shared: &Arc<Shared>, message_id: String, conversation_id: String, event: NewEvent) -> SentEvent {
    SentEvent { message_id, conversation_id, event_id: dispatch(shared, event) }
}
