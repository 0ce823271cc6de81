//! What stands around every webhook (protocol reference, section 6.1).

use connector_api::Timestamp;
use serde_json::Value;

use crate::reading::{NotUnderstood, field, json};

/// One webhook's envelope, opened.
pub(super) struct Envelope {
    /// TikTok's name of the event, in lower case.
    pub(super) event: String,
    /// The business account: `user_openid` is the business, not the customer.
    pub(super) account: String,
    /// The envelope's time.
    pub(super) created_at: Option<Timestamp>,
    /// The payload; `Null` where it is not JSON.
    pub(super) content: Value,
}

impl Envelope {
    /// Reads an envelope that is addressed to the app `app_id`, or to any.
    pub(super) fn read(body: &[u8], app_id: Option<&str>) -> Result<Self, NotUnderstood> {
        let envelope: Value = json::read(body).ok_or("the body is not JSON")?;
        if !envelope.is_object() {
            return Err("the body is not a JSON object");
        }
        let addressed_to = field::id(&envelope, "client_key");
        if app_id.zip(addressed_to).is_some_and(|(own, key)| own != key) {
            return Err("addressed to another app");
        }
        let event = field::id(&envelope, "event").ok_or("no event name")?;
        Ok(Self {
            event: event.to_ascii_lowercase(),
            account: field::id(&envelope, "user_openid").ok_or("no account named")?,
            created_at: field::moment(&envelope, "create_time"),
            content: content(envelope),
        })
    }
}

/// The payload: JSON text inside the JSON, or already an object.
fn content(mut envelope: Value) -> Value {
    match envelope.get_mut("content").map(Value::take) {
        Some(Value::String(text)) => json::read(text.as_bytes()).unwrap_or(Value::Null),
        Some(content) => content,
        None => Value::Null,
    }
}
