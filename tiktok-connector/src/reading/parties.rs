//! Who wrote to whom.

use connector_api::Contact;
use serde_json::Value;

use super::{Told, field};

/// Which way a message went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// The customer wrote.
    Inbound,
    /// The business wrote.
    Echo,
}

/// By ids, then by roles, then by what holds otherwise (protocol reference, section 12.2).
pub(crate) fn direction(told: &Told<'_>) -> Direction {
    by_ids(told).or_else(|| by_roles(told.payload)).unwrap_or(told.otherwise)
}

fn by_ids(told: &Told<'_>) -> Option<Direction> {
    let is_account = |user| field::id_in(told.payload, user, "id").as_deref() == Some(told.account);
    one_of(is_account("from_user"), is_account("to_user"))
}

fn by_roles(payload: &Value) -> Option<Direction> {
    let is_business = |user| {
        field::id_in(payload, user, "role").is_some_and(|role| role.eq_ignore_ascii_case("business_account"))
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
pub(crate) fn contact(told: &Told<'_>, direction: Direction) -> Option<Contact> {
    let (user, handle) = match direction {
        Direction::Inbound => ("from_user", sender(told.payload)),
        Direction::Echo => ("to_user", recipient(told.payload)),
    };
    let is_customer = |id: &String| *id != told.account;
    let id = field::id_in(told.payload, user, "id")
        .filter(is_customer)
        .or_else(|| field::id(told.payload, "unique_identifier").filter(is_customer))
        .or_else(|| told.otherwise_customer.map(str::to_owned))?;
    Some(Contact::new(id).with_handle(handle))
}

/// The person of this id, with the handle where the payload has it.
pub(crate) fn person(payload: &Value, id: String) -> Contact {
    let is = |user| field::id_in(payload, user, "id").as_deref() == Some(id.as_str());
    let handle = if is("from_user") {
        sender(payload)
    } else if is("to_user") {
        recipient(payload)
    } else {
        None
    };
    Contact::new(id).with_handle(handle)
}

fn sender(payload: &Value) -> Option<String> {
    field::id(payload, "from").or_else(|| field::id(payload, "sender"))
}

fn recipient(payload: &Value) -> Option<String> {
    field::id(payload, "to").or_else(|| field::id(payload, "recipient"))
}
