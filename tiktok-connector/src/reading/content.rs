//! What a message says (protocol reference, sections 4.3 and 6.4).

use connector_api::{CardButton, Content, Medium, QuestionCard, SharedPost};
use serde_json::Value;

use super::field;

/// TikTok's kind of a message in lower case; `unknown` where it names none.
pub(crate) fn kind(payload: &Value) -> String {
    let word = field::word(payload, "type").or_else(|| field::word(payload, "message_type"));
    word.unwrap_or_else(|| "unknown".to_owned())
}

/// The content; what this version cannot show says what arrived, and is never dropped.
pub(crate) fn read(payload: &Value) -> Content {
    let kind = kind(payload);
    let block = payload.get(&kind).unwrap_or(&Value::Null);
    match kind.as_str() {
        "text" => text(block),
        "image" => image(block),
        "video" => video(block),
        "sticker" => picture("sticker", "This is a sticker.", block),
        "emoji" => picture("emoji", "This is an animated emoji.", block),
        "share_post" => post(block),
        "template" => question_card(block),
        other => fallback(
            other,
            format!("This is a message of the kind \"{other}\", which TikTok does not pass on."),
            field::url(block, "url"),
        ),
    }
}

fn text(block: &Value) -> Content {
    match block.get("body").unwrap_or(block) {
        Value::String(text) => Content::text(text),
        _ => fallback("text", "This is a text that TikTok did not pass on.", None),
    }
}

fn image(block: &Value) -> Content {
    match field::id(block, "media_id") {
        Some(id) => Content::Media(Medium::by_id("image", id)),
        None => fallback("image", "This is a picture that TikTok did not pass on.", None),
    }
}

fn video(block: &Value) -> Content {
    let medium = field::id(block, "media_id").map(|id| Medium::by_id("video", id));
    Content::Fallback {
        original_kind: "video".to_owned(),
        text: "This is a video.".to_owned(),
        url: None,
        medium,
    }
}

/// A picture at an address that everybody can open, perhaps only for some weeks.
fn picture(kind: &str, text: &str, block: &Value) -> Content {
    let url = field::url(block, "url");
    let medium = url.as_ref().map(|url| Medium::by_url(kind, url));
    Content::Fallback { original_kind: kind.to_owned(), text: text.to_owned(), url, medium }
}

fn fallback(kind: &str, text: impl Into<String>, url: Option<String>) -> Content {
    Content::Fallback { original_kind: kind.to_owned(), text: text.into(), url, medium: None }
}

/// The post's player as given, or made from the post's id: either may be missing.
fn post(block: &Value) -> Content {
    let id = field::id(block, "video_id").filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()));
    let by_id = || id.as_ref().map(|id| format!("https://www.tiktok.com/player/v1/{id}"));
    let url = field::url(block, "embed_url").or_else(by_id);
    if id.is_none() && url.is_none() {
        return fallback("post_share", "This is a TikTok post that cannot be seen here.", None);
    }
    Content::Post(SharedPost::new(id, url))
}

/// Webhooks nest a card in `elements` and call a label `text`; lists do neither.
fn question_card(block: &Value) -> Content {
    let layout = match field::word(block, "type").as_deref() {
        Some("qa_button_card") => "buttons".to_owned(),
        Some("qa_link_card") => "links".to_owned(),
        other => other.unwrap_or("unknown").to_owned(),
    };
    let elements = match field::items(block, "elements") {
        [] => std::slice::from_ref(block),
        elements => elements,
    };
    let titles: Vec<String> = elements.iter().filter_map(|element| field::id(element, "title")).collect();
    let buttons = elements.iter().flat_map(|element| field::items(element, "buttons"));
    let buttons: Vec<CardButton> = buttons.filter_map(button).collect();
    if titles.is_empty() && buttons.is_empty() {
        return fallback("question_card", "This is a question card that TikTok did not pass on.", None);
    }
    Content::QuestionCard(QuestionCard::new(layout, titles.join("\n"), buttons))
}

fn button(told: &Value) -> Option<CardButton> {
    let label = field::id(told, "text").or_else(|| field::id(told, "title"))?;
    Some(CardButton::new(label, field::id(told, "id")))
}
