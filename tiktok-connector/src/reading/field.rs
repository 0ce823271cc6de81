//! Liberal reading of single fields.

use connector_api::Timestamp;
use serde_json::Value;
use url::Url;

/// From here on a number is milliseconds, below it is seconds (protocol reference, section 2.5).
const SMALLEST_MILLIS: i64 = 100_000_000_000;

/// The end of the year 9999: what lies beyond is no time but a mistake.
const LATEST_MILLIS: i64 = 253_402_300_799_999;

/// An id, or another short text that is not empty. Whole numbers are taken as the text that they are written with; a
/// number that does not fit 64 bits was rounded while it was read, and is no id.
pub(crate) fn id(object: &Value, name: &str) -> Option<String> {
    match object.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    }
}

/// The id of `from_user` and the like.
pub(crate) fn id_in(object: &Value, outer: &str, name: &str) -> Option<String> {
    id(object.get(outer)?, name)
}

/// A truth, where one is told.
pub(crate) fn flag(object: &Value, name: &str) -> Option<bool> {
    object.get(name)?.as_bool()
}

/// A word of TikTok's as an open id in lower case.
pub(crate) fn word(object: &Value, name: &str) -> Option<String> {
    id(object, name).map(|word| open_id(&word).to_ascii_lowercase())
}

/// What stands in a list; a lone object counts as a list of one.
pub(crate) fn items<'a>(object: &'a Value, name: &str) -> &'a [Value] {
    match object.get(name) {
        Some(Value::Array(items)) => items,
        Some(item @ Value::Object(_)) => std::slice::from_ref(item),
        _ => &[],
    }
}

/// A moment, in seconds or milliseconds, as a number or as a text.
pub(crate) fn moment(object: &Value, name: &str) -> Option<Timestamp> {
    let number = match object.get(name)? {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|float| float as i64)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }?;
    let millis = if number >= SMALLEST_MILLIS { number } else { number.checked_mul(1000)? };
    (1..=LATEST_MILLIS).contains(&millis).then(|| Timestamp::from_millis(millis))
}

/// A URL that a browser may safely open.
pub(crate) fn url(object: &Value, name: &str) -> Option<String> {
    let text = id(object, name)?;
    let url = Url::parse(&text).ok()?;
    matches!(url.scheme(), "https" | "http").then_some(text)
}

/// A name of the platform's as an open id; `unknown` where it does not look like one.
pub(crate) fn open_id(name: &str) -> &str {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    if (1..=64).contains(&name.len()) && name.bytes().all(allowed) { name } else { "unknown" }
}
