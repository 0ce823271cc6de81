//! The bytes of an event, and everything that may vary in them
//! (protocol reference, sections 6.1 and 13, items 17 and 21).

use serde::Serialize;
use serde_json::{Value, json};

use super::NewEvent;
use crate::settings::Settings;
use crate::state::App;

/// The envelope of every event (protocol reference, section 6.1).
#[derive(Serialize)]
struct Envelope<'a> {
    client_key: &'a str,
    event: &'a str,
    create_time: Value,
    user_openid: &'a str,
    content: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    envelope_extra: Option<&'a str>,
}

/// How text is escaped in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escapes {
    /// Everything that may stand raw does.
    Few,
    /// The content's text has `\uXXXX` instead of non-ASCII characters.
    Inner,
    /// The envelope's text has.
    Outer,
    /// The content has `\/`, and spaces between its members.
    Slashes,
}

impl Escapes {
    fn of(settings: &Settings, number: usize) -> Self {
        if !settings.fuzz_escapes {
            return Self::Few;
        }
        match number % 4 {
            1 => Self::Inner,
            2 => Self::Outer,
            3 => Self::Slashes,
            _ => Self::Few,
        }
    }
}

/// The payload as this app sees it, with the variations that the settings ask for.
pub(crate) fn payload(settings: &Settings, app: &App, event: &NewEvent) -> Value {
    let mut content = event.content.clone();
    rename_account(&mut content, &event.business_id, &app.open_id(&event.business_id));
    if content.is_object() {
        for path in &settings.omitted_members {
            omit(&mut content, path);
        }
        if settings.extra_members {
            content["content_extra"] = json!({ "since": "tomorrow", "list": [1, null, true] });
        }
        if settings.times_as_text {
            times_as_text(&mut content);
        }
    }
    content
}

/// The request body of the event with this number.
pub(crate) fn render(
    settings: &Settings,
    app: &App,
    event: &NewEvent,
    payload: &Value,
    at: (usize, i64),
) -> String {
    let (number, create_time) = at;
    let escapes = Escapes::of(settings, number);
    let content = match payload {
        Value::String(text) => json!(text),
        other if settings.content_as_object => other.clone(),
        other => json!(inner(other, escapes)),
    };
    let envelope = Envelope {
        client_key: &app.app_id,
        event: &event.event,
        create_time: if settings.times_as_text { json!(create_time.to_string()) } else { json!(create_time) },
        user_openid: &app.open_id(&event.business_id),
        content,
        envelope_extra: settings.extra_members.then_some("since tomorrow"),
    };
    let text = serde_json::to_string(&envelope).unwrap_or_default();
    if escapes == Escapes::Outer { ascii(&text) } else { text }
}

fn inner(payload: &Value, escapes: Escapes) -> String {
    match escapes {
        Escapes::Few | Escapes::Outer => payload.to_string(),
        Escapes::Inner => ascii(&payload.to_string()),
        Escapes::Slashes => {
            let spaced = serde_json::to_string_pretty(payload).unwrap_or_default();
            spaced.replace('/', "\\/")
        }
    }
}

/// The same JSON in ASCII. Only strings contain other characters.
fn ascii(text: &str) -> String {
    let mut units = [0; 2];
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii() {
            escaped.push(character);
        } else {
            for unit in character.encode_utf16(&mut units) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    escaped
}

fn rename_account(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::String(text) if text == from => to.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(|item| rename_account(item, from, to)),
        Value::Object(members) => members.values_mut().for_each(|member| rename_account(member, from, to)),
        _ => {}
    }
}

fn omit(content: &mut Value, path: &str) {
    let (holder, name) = match path.rsplit_once('.') {
        Some((holder, name)) => (content.pointer_mut(&format!("/{}", holder.replace('.', "/"))), name),
        None => (Some(content), path),
    };
    if let Some(members) = holder.and_then(Value::as_object_mut) {
        members.remove(name);
    }
}

fn times_as_text(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(times_as_text),
        Value::Object(members) => {
            for (name, member) in members {
                if name.ends_with("timestamp") && member.is_number() {
                    *member = json!(member.to_string());
                } else {
                    times_as_text(member);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_change_bytes_and_not_meaning() {
        let payload = json!({ "text": { "body": "café 👋 a/b" } });
        for escapes in [Escapes::Few, Escapes::Inner, Escapes::Slashes] {
            let text = inner(&payload, escapes);
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), payload, "{escapes:?}");
        }
        assert!(inner(&payload, Escapes::Inner).contains(r"caf\u00e9 \ud83d\udc4b"));
        assert!(inner(&payload, Escapes::Slashes).contains(r"a\/b"));
    }

    #[test]
    fn members_are_omitted_by_path() {
        let mut content = json!({ "from_user": { "id": "1", "role": "x" }, "scene_type": 0 });
        omit(&mut content, "from_user.role");
        omit(&mut content, "scene_type");
        omit(&mut content, "nothing.here");
        assert_eq!(content, json!({ "from_user": { "id": "1" } }));
    }
}
