//! Between what people write and what the full-text index tells apart.
//!
//! The index splits text at what is no letter and no digit, and folds case and accents (`unicode61`). That finds whole
//! words and beginnings of words. Scripts that put nothing between words would be one word each line, so every
//! character of theirs is made a word here; a query for several of them becomes a phrase, which finds exactly that run,
//! from one character on. (The `trigram` index would find nothing shorter than three, which most words of these scripts
//! are, and is several times larger.)

use crate::model::SnippetPart;

/// Goes between the characters of such scripts: a separator that nobody sees, and that is taken out again.
const BETWEEN: char = '\u{200b}';
/// Around what was found, in a snippet of the index.
pub(super) const HIT_BEGINS: char = '\u{2}';
pub(super) const HIT_ENDS: char = '\u{3}';
/// Words and phrases of a query; more are not looked at.
const MAX_TERMS: usize = 16;

/// A text as the index gets it.
pub(super) fn words(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            words.push(' ');
        } else if stands_alone(character) {
            words.extend([BETWEEN, character, BETWEEN]);
        } else {
            words.push(character);
        }
    }
    words
}

/// Whether it is of a script that puts nothing between words: Thai, Lao, Burmese, Khmer, Chinese, Japanese.
fn stands_alone(character: char) -> bool {
    matches!(u32::from(character),
        0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x2E80..=0x2FDF | 0x3005..=0x3007
        | 0x3040..=0x312F | 0x31A0..=0x31BF | 0x31F0..=0x31FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF
        | 0xF900..=0xFAFF | 0xFF66..=0xFF9F | 0x20000..=0x3FFFF)
}

/// What a person typed, in the language of the index: nothing of it is an operator but quotation marks.
pub(super) fn query(typed: &str) -> String {
    let mut terms: Vec<String> = Vec::new();
    for (number, part) in typed.split('"').enumerate() {
        // Between an opening and a closing mark.
        if number % 2 == 1 {
            terms.push(format!("\"{}\"", words(part)));
        } else {
            terms.extend(part.split_whitespace().map(|word| format!("\"{}\"*", words(word))));
        }
    }
    terms.truncate(MAX_TERMS);
    terms.join(" ")
}

/// A snippet of the index, as it was written.
pub(super) fn snippet(marked: &str) -> Vec<SnippetPart> {
    let mut parts: Vec<SnippetPart> = Vec::new();
    let mut hit = false;
    for character in marked.chars() {
        match character {
            HIT_BEGINS => hit = true,
            HIT_ENDS => hit = false,
            BETWEEN => {}
            character => match parts.last_mut() {
                Some(part) if part.hit == hit => part.text.push(character),
                _ => parts.push(SnippetPart { text: character.into(), hit }),
            },
        }
    }
    parts
}
