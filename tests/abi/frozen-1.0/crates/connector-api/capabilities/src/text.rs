//! Texts: how long they are, and how they come apart.

use unicode_segmentation::UnicodeSegmentation;

use crate::document::{TextLimit, TextUnit};

/// The length of `text` in `unit`. An unknown unit counts as UTF-16 units, the strictest that platforms use for
/// "characters".
#[must_use]
pub fn measure(text: &str, unit: TextUnit) -> u64 {
    let length = match unit {
        TextUnit::Bytes => text.len(),
        TextUnit::CodePoints => text.chars().count(),
        TextUnit::Graphemes => text.graphemes(true).count(),
        TextUnit::Utf16 | TextUnit::Unknown => text.encode_utf16().count(),
    };
    length as u64
}

/// `text` in pieces that `limit` allows, after white space where there is some. Together they are `text`, to the byte.
///
/// `None` where that is impossible: a single character is too long, or a piece would be nothing but white space.
#[must_use]
pub fn split(text: &str, limit: TextLimit) -> Option<Vec<String>> {
    let Some(most) = limit.max.number() else {
        return Some(vec![text.to_owned()]);
    };
    let mut pieces = Pieces { limit, most, done: Vec::new(), open: String::new(), length: 0, word_end: None };
    for grapheme in text.graphemes(true) {
        if measure(grapheme, limit.unit) <= most {
            pieces.add(grapheme);
            continue;
        }
        for character in grapheme.chars() {
            let character = character.to_string();
            if measure(&character, limit.unit) > most {
                return None;
            }
            pieces.add(&character);
        }
    }
    pieces.done.push(pieces.open);
    pieces.done.iter().all(|piece| !piece.trim().is_empty()).then_some(pieces.done)
}

struct Pieces {
    limit: TextLimit,
    most: u64,
    done: Vec<String>,
    open: String,
    length: u64,
    /// Behind the last white space of `open`.
    word_end: Option<usize>,
}

impl Pieces {
    fn add(&mut self, atom: &str) {
        let size = measure(atom, self.limit.unit);
        while self.length + size > self.most {
            let rest = self.word_end.take().map(|end| self.open.split_off(end)).unwrap_or_default();
            self.done.push(std::mem::replace(&mut self.open, rest));
            self.length = measure(&self.open, self.limit.unit);
        }
        self.open.push_str(atom);
        self.length += size;
        if atom.trim().is_empty() {
            self.word_end = Some(self.open.len());
        }
    }
}

/// `choices` as a plain list below `title`, each with its number.
#[must_use]
pub fn numbered(title: &str, choices: &[String]) -> String {
    let lines = choices.iter().enumerate().map(|(index, choice)| format!("{}. {choice}", index + 1));
    let title = Some(title.to_owned()).filter(|title| !title.is_empty());
    title.into_iter().chain(lines).collect::<Vec<_>>().join("\n")
}
