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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::document::Limit;

    const UNITS: [TextUnit; 5] =
        [TextUnit::Bytes, TextUnit::Utf16, TextUnit::CodePoints, TextUnit::Graphemes, TextUnit::Unknown];
    /// Two flags, a family of four and a combining accent.
    const HARD: &str = "🇧🇷🇯🇵 👨‍👩‍👧‍👦 e\u{301}";

    fn limit(max: u64, unit: TextUnit) -> TextLimit {
        TextLimit { max: Limit::At(max), unit }
    }

    #[test]
    fn each_unit_counts_its_own() {
        let table = [("é", [2, 1, 1, 1, 1]), ("👋", [4, 2, 1, 1, 2]), (HARD, [46, 23, 15, 6, 23])];
        for (text, lengths) in table {
            assert_eq!(UNITS.map(|unit| measure(text, unit)), lengths, "{text}");
        }
    }

    #[test]
    fn a_text_comes_apart_after_words_and_between_characters() {
        let table: &[(&str, u64, &[&str])] = &[
            ("one two three", 8, &["one two ", "three"]),
            ("onetwothree", 4, &["onet", "woth", "ree"]),
            ("a🇧🇷🇯🇵", 5, &["a🇧🇷", "🇯🇵"]),
            ("abc", 3, &["abc"]),
        ];
        for (text, max, pieces) in table {
            assert_eq!(split(text, limit(*max, TextUnit::Utf16)).unwrap(), *pieces, "{text}");
        }
        assert_eq!(split("👋", limit(3, TextUnit::Bytes)), None);
        assert_eq!(split("a     ", limit(2, TextUnit::Bytes)), None);
    }

    #[test]
    fn choices_become_a_numbered_list() {
        let choices = ["Track".to_owned(), "Return".to_owned()];
        assert_eq!(numbered("What now?", &choices), "What now?\n1. Track\n2. Return");
        assert_eq!(numbered("", &choices), "1. Track\n2. Return");
    }

    proptest! {
        #[test]
        fn splitting_loses_no_character_in_any_unit(
            text in r"(\PC|[ \n]|🇧🇷|👨‍👩‍👧|e\u{301}){1,60}",
            max in 1_u64..20,
            unit in prop::sample::select(UNITS.to_vec()),
        ) {
            if let Some(pieces) = split(&text, limit(max, unit)) {
                prop_assert_eq!(pieces.concat(), text);
                for piece in pieces {
                    prop_assert!(measure(&piece, unit) <= max, "{:?}", piece);
                }
            }
        }
    }
}
