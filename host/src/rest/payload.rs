//! What an outgoing webhook carries: the event as listeners hear it, and what it is about as it is now.

use connector_api::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    conversations,
    views::{AccountView, EventView, MessageView, Time},
};
use crate::{model::InboxEvent, shared::Shared, store::StoreError};

/// The body of the delivery of `event`.
///
/// # Errors
/// Where the store fails.
pub(crate) async fn payload(shared: &Shared, event: InboxEvent) -> Result<String, StoreError> {
    let current = current(shared, &event).await?;
    let (at, view) = (event.at, EventView::from(event));
    let kind = view.name();
    let mut data = json!(view);
    if let Value::Object(data) = &mut data {
        data.insert("current".to_owned(), current.into());
    }
    Ok(body(kind, at, &data))
}

/// The body of a test.
pub(crate) fn test_payload(kind: &str, at: Timestamp) -> String {
    body(kind, at, &json!({}))
}

fn body(kind: &str, at: Timestamp, data: &Value) -> String {
    json!({"type": kind, "timestamp": Time(at), "data": data}).to_string()
}

/// The message and its conversation, or the account. What was erased meanwhile is not there.
async fn current(shared: &Shared, event: &InboxEvent) -> Result<Map<String, Value>, StoreError> {
    let mut current = Map::new();
    if let Some(id) = event.message
        && let Some(message) = shared.store.message(id).await?
    {
        current.insert("message".to_owned(), json!(MessageView::from(message)));
    }
    if let Some(id) = event.conversation
        && let Some(conversation) = shared.store.conversation(id).await?
    {
        current.insert("conversation".to_owned(), json!(conversations::view(shared, conversation).await?));
    } else if let Some(id) = event.account
        && let Some(account) = shared.store.account(id).await?
    {
        current.insert("account".to_owned(), json!(AccountView::from(account)));
    }
    Ok(current)
}
