//! What people in the simulated world can do, for the Rust API and the control API alike.

use std::sync::Arc;

use serde_json::Value;

use crate::error::SimulatorError;
use crate::observed::SentEvent;
use crate::shared::Shared;
use crate::state::{
    Arrival, AutoMessageType, Automation, Content, DIRECT_MESSAGE, Direction, Incoming, Outgoing, Reaction,
    ReplySource, Said, Source, World,
};
use crate::utterance::{self, Utterance};
use crate::webhook::{NewEvent, check_callback_url, dispatch, release};

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

/// Finds the place, does something there and posts the events of it.
fn act(
    shared: &Arc<Shared>,
    place: Place<'_>,
    action: impl FnOnce(&mut World, &str, i64) -> Result<Option<Said>, SimulatorError>,
) -> Result<SentEvent, SimulatorError> {
    let now_ms = shared.clock.now_ms();
    let (conversation_id, said) = shared.update(|world| {
        let id = place.find(world)?;
        let said = action(world, &id, now_ms)?;
        said.map(|said| (id.clone(), said)).ok_or(SimulatorError::UnknownConversation(id))
    })?;
    let event_id = said.event.map(|event| dispatch(shared, &event)).unwrap_or_default();
    for event in said.then {
        dispatch(shared, &event);
    }
    Ok(SentEvent { message_id: said.message_id, conversation_id, event_id })
}

/// A customer sends something, perhaps quoting a message.
pub(crate) fn customer_sends(
    shared: &Arc<Shared>,
    place: Place<'_>,
    utterance: &Utterance,
    quotes: Option<&str>,
) -> Result<SentEvent, SimulatorError> {
    let business = place.business;
    let content = utterance::store(shared, business, utterance)?;
    act(shared, place, |world, id, now_ms| {
        if let Some(quoted) = quotes {
            message_exists(world, id, quoted)?;
        }
        let referenced_message_id = quotes.map(str::to_owned);
        let incoming = Incoming { content, referenced_message_id, reply_source: None };
        Ok(world.customer_says(id, incoming, now_ms))
    })
}

fn message_exists(world: &mut World, conversation_id: &str, message_id: &str) -> Result<(), SimulatorError> {
    let found = world.conversation(conversation_id).and_then(|talk| talk.message(message_id));
    found.map(|_| ()).ok_or_else(|| SimulatorError::UnknownMessage(message_id.to_owned()))
}

/// A customer opens the conversation and sees everything in it.
pub(crate) fn customer_reads(shared: &Arc<Shared>, place: Place<'_>) -> Result<SentEvent, SimulatorError> {
    act(shared, place, |world, id, now_ms| {
        let said = world.customer_reads(id, now_ms);
        said.map(Some).ok_or_else(|| SimulatorError::NothingToRead(id.to_owned()))
    })
}

/// A customer taps a button of a card: its text, with the card as its source.
pub(crate) fn customer_taps(
    shared: &Arc<Shared>,
    place: Place<'_>,
    message_id: &str,
    button: &str,
) -> Result<SentEvent, SimulatorError> {
    act(shared, place, |world, id, now_ms| {
        message_exists(world, id, message_id)?;
        let message = world.conversation(id).and_then(|talk| talk.message(message_id));
        let found = message.and_then(|message| tapped(&message.content, button));
        let (title, unique_id) = found.ok_or_else(|| SimulatorError::UnknownButton(button.to_owned()))?;
        let reply_source = Some(ReplySource {
            reply_source_msg_id: message_id.to_owned(),
            reply_source_unique_id: unique_id,
        });
        let incoming =
            Incoming { content: Content::Text { body: title }, referenced_message_id: None, reply_source };
        Ok(world.customer_says(id, incoming, now_ms))
    })
}

/// Title and id of a button that is named by either.
fn tapped(content: &Content, button: &str) -> Option<(String, Option<String>)> {
    let Content::Template { template } = content else {
        return None;
    };
    let mut buttons = template["buttons"].as_array()?.iter();
    let found = buttons.find(|known| known["id"] == button || known["title"] == button)?;
    Some((found["title"].as_str()?.to_owned(), found["id"].as_str().map(str::to_owned)))
}

/// One side reacts to messages.
pub(crate) fn reacts(
    shared: &Arc<Shared>,
    place: Place<'_>,
    direction: Direction,
    reactions: &[Reaction],
) -> Result<SentEvent, SimulatorError> {
    act(shared, place, |world, id, now_ms| {
        for reaction in reactions {
            message_exists(world, id, &reaction.message_id)?;
        }
        Ok(world.reacts(id, direction, reactions, now_ms))
    })
}

/// A customer comes by an ad or a link.
pub(crate) fn arrives(
    shared: &Arc<Shared>,
    place: Place<'_>,
    arrival: &Arrival,
) -> Result<SentEvent, SimulatorError> {
    act(shared, place, |world, id, now_ms| Ok(world.arrives(id, arrival, now_ms)))
}

/// A customer asks a suggested question, and the automation answers.
pub(crate) fn asks(
    shared: &Arc<Shared>,
    place: Place<'_>,
    question: &str,
) -> Result<SentEvent, SimulatorError> {
    act(shared, place, |world, id, now_ms| {
        let answer = suggested_answer(world, id, question);
        let answer = answer.ok_or_else(|| SimulatorError::UnknownQuestion(question.to_owned()))?;
        let content = Content::text_of(question);
        let incoming = Incoming { content, referenced_message_id: None, reply_source: None };
        let Some(mut said) = world.customer_says(id, incoming, now_ms) else { return Ok(None) };
        let reply = world.automation_says(id, Automation::SuggestedQuestion, &answer, now_ms);
        said.then.extend(reply.and_then(|reply| reply.event));
        Ok(Some(said))
    })
}

fn suggested_answer(world: &World, conversation_id: &str, question: &str) -> Option<String> {
    let (account, ..) = world.people(conversation_id)?;
    let mut live = account.auto_messages.live(AutoMessageType::SuggestedQuestion);
    let found = live.find(|known| known.block["question"] == question)?;
    found.block["answer"].as_str().map(str::to_owned)
}

/// A customer comments on a video; returns the comment's id and the event's name, if there is one.
pub(crate) fn comments(
    shared: &Arc<Shared>,
    customer: &str,
    business: Option<&str>,
    text: &str,
) -> Result<(String, Option<String>), SimulatorError> {
    let now_ms = shared.clock.now_ms();
    let (comment_id, event) = shared.update(|world| {
        let business_id = world.account(business)?.business_id.clone();
        Ok::<_, SimulatorError>(world.comments(customer, &business_id, text, now_ms))
    })?;
    Ok((comment_id, event.map(|event| dispatch(shared, &event))))
}

/// Someone of the business sends something by hand, in the app or on the web.
pub(crate) fn colleague_sends(
    shared: &Arc<Shared>,
    place: Place<'_>,
    source: Source,
    utterance: &Utterance,
) -> Result<SentEvent, SimulatorError> {
    let content = utterance::store(shared, place.business, utterance)?;
    let sent = act(shared, place, |world, id, now_ms| {
        let outgoing = Outgoing { source, content, referenced_message_id: None, automation: None };
        // Whoever answers a request accepts it.
        if let Some(conversation) = world.conversation(id) {
            conversation.accepted = true;
        }
        Ok(world.business_says(id, outgoing, now_ms))
    })?;
    release(shared, &sent.conversation_id);
    Ok(sent)
}

/// One of TikTok's automations writes for the business.
pub(crate) fn automation_sends(
    shared: &Arc<Shared>,
    place: Place<'_>,
    automation: Automation,
    text: &str,
) -> Result<SentEvent, SimulatorError> {
    act(shared, place, |world, id, now_ms| Ok(world.automation_says(id, automation, text, now_ms)))
}

/// Someone of the business accepts a message request; what was held back is posted.
pub(crate) fn accepts(shared: &Arc<Shared>, place: Place<'_>) -> Result<String, SimulatorError> {
    let conversation_id = shared.update(|world| {
        let id = place.find(world)?;
        if let Some(conversation) = world.conversation(&id) {
            conversation.accepted = true;
        }
        Ok::<_, SimulatorError>(id)
    })?;
    release(shared, &conversation_id);
    Ok(conversation_id)
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
    Ok(dispatch(shared, &event))
}

/// What `im_receive_msg` would carry if this customer wrote now: a base for raw events.
pub(crate) fn sample_content(shared: &Arc<Shared>, place: Place<'_>) -> Result<Value, SimulatorError> {
    let now_ms = shared.clock.now_ms();
    shared.update(|world| {
        let id = place.find(world)?;
        world.sample(&id, now_ms).ok_or(SimulatorError::UnknownConversation(id))
    })
}

/// Registers the first app's callback URL of direct messages, or none.
pub(crate) fn set_callback(shared: &Shared, url: Option<&str>) -> Result<(), SimulatorError> {
    if let Some(url) = url {
        check_callback_url(url)?;
    }
    shared.update(|world| {
        let callbacks = &mut world.apps.first_mut().callbacks;
        match url {
            Some(url) => callbacks.insert(DIRECT_MESSAGE.to_owned(), url.to_owned()),
            None => callbacks.remove(DIRECT_MESSAGE),
        }
    });
    Ok(())
}

/// An owner disconnects the app: the tokens die, and `authorization.removed` says so
/// (protocol reference, section 3.7).
pub(crate) fn disconnects(
    shared: &Arc<Shared>,
    business: Option<&str>,
    reason: i64,
) -> Result<String, SimulatorError> {
    let business_id = shared.revoke_tokens(business)?;
    let content = serde_json::json!({ "reason": reason });
    raw_event(shared, Some(&business_id), "authorization.removed", content)
}
