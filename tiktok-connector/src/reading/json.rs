//! JSON from people who cut texts in the middle of a character.

use std::borrow::Cow;

use serde_json::Value;

/// Reads JSON. Halves of characters, which strict readers refuse, become U+FFFD; everything else stays an error.
///
/// Whole numbers are exact up to 64 bits, which holds ids of 19 digits (protocol reference, section 14, T35).
pub(crate) fn read(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).ok().or_else(|| {
        let text = String::from_utf8_lossy(bytes);
        serde_json::from_str(&whole_characters(&text)).ok()
    })
}

/// The text with every `\uXXXX` that is half a character replaced.
fn whole_characters(text: &str) -> Cow<'_, str> {
    if !text.contains("\\u") {
        return Cow::Borrowed(text);
    }
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, escape)) = rest.split_once('\\') {
        whole.push_str(before);
        let (written, after) = match (unit(escape), escape.get(5..)) {
            (Some(0xD800..=0xDBFF), Some(after)) => {
                match after.strip_prefix('\\').map(|low| (unit(low), low)) {
                    Some((Some(0xDC00..=0xDFFF), low)) => (escape.get(..11), low.get(5..)),
                    _ => (Some("ufffd"), Some(after)),
                }
            }
            (Some(0xDC00..=0xDFFF), after) => (Some("ufffd"), after),
            (Some(_), after) => (escape.get(..5), after),
            // Another escape: its character goes along, because it may be a backslash.
            (None, _) => {
                let length = escape.chars().next().map_or(0, char::len_utf8);
                (escape.get(..length), escape.get(length..))
            }
        };
        whole.push('\\');
        whole.push_str(written.unwrap_or_default());
        rest = after.unwrap_or_default();
    }
    whole.push_str(rest);
    Cow::Owned(whole)
}

/// The UTF-16 unit of `uXXXX` at the beginning.
fn unit(escape: &str) -> Option<u16> {
    let digits = escape.strip_prefix('u')?.get(..4)?;
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| u16::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_characters_are_replaced_and_nothing_else_changes() {
        let table: [(&[u8], Option<&str>); 12] = [
            (br#""caf\u00e9""#, Some("café")),
            (br#""\ud83d\udc4b""#, Some("👋")),
            (br#""cut \ud83d""#, Some("cut \u{fffd}")),
            (br#""\udc4b cut""#, Some("\u{fffd} cut")),
            (br#""\ud83d\ud83d\udc4b""#, Some("\u{fffd}👋")),
            (br#""\ud83d\n\udc4b""#, Some("\u{fffd}\n\u{fffd}")),
            (br#""\\ud83d \ud83d""#, Some("\\ud83d \u{fffd}")),
            (br#""\\\ud83d\"""#, Some("\\\u{fffd}\"")),
            (b"\"\xf0\x9f\x91\"", Some("\u{fffd}")),
            (br#""\ud83""#, None),
            (br#""\ud83d"#, None),
            ("\"\\ué1234 \\ud83d\"".as_bytes(), None),
        ];
        for (bytes, expected) in table {
            let read = read(bytes);
            assert_eq!(read.as_ref().and_then(Value::as_str), expected, "{}", bytes.escape_ascii());
        }
    }
}
