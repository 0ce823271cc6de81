//! What a message says (protocol reference, section 6.4).

use connector_api::Content;
use serde_json::Value;

use super::field;

/// TikTok's kind of a message in lower case; `unknown` where it names none.
pub(super) fn kind(payload: &Value) -> String {
    let name = field::id(payload, "type").unwrap_or_default();
    field::open_id(&name).to_ascii_lowercase()
}

/// The content; what this version cannot show says what arrived, and is never dropped.
pub(super) fn read(payload: &Value) -> Content {
    let kind = kind(payload);
    let block = payload.get(&kind).unwrap_or(&Value::Null);
    match kind.as_str() {
        "text" => text(block),
        "image" => fallback("image", "This is a picture; it can be seen in TikTok.", None),
        "video" => fallback("video", "This is a video; it can be seen in TikTok.", None),
        "sticker" => fallback("sticker", "This is a sticker.", field::url(block, "url")),
        "emoji" => fallback("emoji", "This is an animated emoji.", field::url(block, "url")),
        "share_post" => fallback("post_share", "This is a TikTok post.", post_url(block)),
        "template" => fallback("question_card", question_card(block), None),
        other => fallback(
            other,
            format!("This is a message of the kind \"{other}\", which TikTok does not pass on."),
            None,
        ),
    }
}

fn text(block: &Value) -> Content {
    match block.get("body").unwrap_or(block) {
        Value::String(text) => Content::text(text),
        _ => fallback("text", "This is a text that TikTok did not pass on.", None),
    }
}

fn fallback(kind: &str, text: impl Into<String>, url: Option<String>) -> Content {
    Content::Fallback { original_kind: kind.to_owned(), text: text.into(), url, medium: None }
}

/// The post's player: as given, or made from the post's id, for either may be missing.
fn post_url(block: &Value) -> Option<String> {
    let by_id = || {
        let id = field::id(block, "video_id")?;
        let digits = id.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| format!("https://www.tiktok.com/player/v1/{id}"))
    };
    field::url(block, "embed_url").or_else(by_id)
}

/// A question card as plain text: each title, and its buttons a line each.
fn question_card(block: &Value) -> String {
    let mut lines = vec!["This is a question card.".to_owned()];
    for element in items(block, "elements") {
        lines.extend(field::id(element, "title"));
        let buttons = items(element, "buttons").filter_map(|button| field::id(button, "text"));
        lines.extend(buttons.map(|label| format!("– {label}")));
    }
    lines.join("\n")
}

fn items<'a>(object: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    object.get(name).and_then(Value::as_array).into_iter().flatten()
}
