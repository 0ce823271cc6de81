//! Who wrote to whom.

use connector_api::Contact;
use serde_json::Value;

use super::{Delivery, field};

/// Which way a message went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// The customer wrote.
    Inbound,
    /// The business wrote.
    Echo,
}

/// By ids, then by roles, then by the event's name (protocol reference, section 12.2).
pub(super) fn direction(delivery: &Delivery<'_>) -> Direction {
    by_ids(delivery).or_else(|| by_roles(&delivery.envelope.content)).unwrap_or(
        match delivery.envelope.event.as_str() {
            "im_send_msg" => Direction::Echo,
            _ => Direction::Inbound,
        },
    )
}

fn by_ids(delivery: &Delivery<'_>) -> Option<Direction> {
    let account = delivery.envelope.account.as_str();
    let is_account = |user| field::id_in(&delivery.envelope.content, user, "id").as_deref() == Some(account);
    one_of(is_account("from_user"), is_account("to_user"))
}

fn by_roles(content: &Value) -> Option<Direction> {
    let is_business = |user| {
        field::id_in(content, user, "role").is_some_and(|role| role.eq_ignore_ascii_case("business_account"))
    };
    one_of(is_business("from_user"), is_business("to_user"))
}

fn one_of(from_business: bool, to_business: bool) -> Option<Direction> {
    match (from_business, to_business) {
        (true, false) => Some(Direction::Echo),
        (false, true) => Some(Direction::Inbound),
        _ => None,
    }
}

/// The customer: the other side's id, or else `unique_identifier`, which names the same person. The handle changes
/// and identifies nobody (protocol reference, sections 6.3 and 12.1).
pub(super) fn contact(delivery: &Delivery<'_>, direction: Direction) -> Option<Contact> {
    let content = &delivery.envelope.content;
    let (user, handle) = match direction {
        Direction::Inbound => ("from_user", "from"),
        Direction::Echo => ("to_user", "to"),
    };
    let is_customer = |id: &String| *id != delivery.envelope.account;
    let id = field::id_in(content, user, "id")
        .filter(is_customer)
        .or_else(|| field::id(content, "unique_identifier").filter(is_customer))?;
    Some(Contact::new(id).with_handle(field::id(content, handle)))
}
