//! Reactions: several at once, each with a person of its own (protocol reference, sections 4.3, 6.4 and 12.3).

use connector_api::{Event, EventKind, Reaction};
use serde_json::Value;

use super::{Told, field, key, parties};

/// The event of one reaction to `message`; `None` where it does not say who reacted how, or where the business did.
pub(crate) fn event(told: &Told<'_>, conversation: &str, message: &str, item: &Value) -> Option<Event> {
    let reactor = field::id(item, "unique_identifier").filter(|id| id != told.account)?;
    // Lists tell only what stands.
    let removed = match field::word(item, "operation").as_deref() {
        None | Some("add") => false,
        Some("remove") => true,
        Some(_) => return None,
    };
    let (emoji, url) = (field::id(item, "emoji"), field::url(item, "ai_emoji_url"));
    let own = field::moment(item, "timestamp");
    let at = own.unwrap_or_else(|| told.at());
    let reaction = Reaction::new(emoji, url).removed(removed);
    let dedup_key = key(
        "reaction",
        &[
            &own.map_or_else(|| told.mark(), |at| at.as_millis().to_string()),
            if removed { "REMOVE" } else { "ADD" },
            message,
            &reactor,
            &sign(&reaction),
        ],
    );
    let kind = EventKind::MessageReacted {
        conversation: conversation.to_owned(),
        contact: parties::person(told.payload, reactor),
        message: message.to_owned(),
        reaction,
    };
    Some(Event::new(told.account, dedup_key, at, kind))
}

/// What stays the same of a sign: a picture's address is signed anew each time.
fn sign(reaction: &Reaction) -> String {
    let address = |url: &String| url.split(['?', '#']).next().unwrap_or_default().to_owned();
    reaction.emoji.clone().or_else(|| reaction.url.as_ref().map(address)).unwrap_or_default()
}
