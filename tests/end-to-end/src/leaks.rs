//! What must never stand in a log: keys, tokens, secrets, and what people write to each other.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::Range,
    path::{Path, PathBuf},
    thread,
};

use aho_corasick::AhoCorasick;
use anyhow::{Context, Result};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

/// Shorter texts are words that a log may say for itself, such as `accepted`.
const SHORTEST: usize = 10;
/// Of longer ones the beginning is looked for.
const LONGEST: usize = 100;
/// What tokens of the simulator and secrets of endpoints begin with; what follows is long.
const BEGINNINGS: &[&str] = &["act.", "rft.", "code.", "whsec_"];
const FOLLOWS: usize = 32;
/// 256 random bits as keys and sessions write them.
const RANDOM: usize = 43;
const CHARACTERS_OF_RANDOM: fn(char) -> bool = |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
/// The fields in which contents hold what people write, and where it lies.
const WRITTEN: &[&str] = &["text", "caption", "title", "label", "url"];
/// Everything that the host keeps of what people wrote.
const KEPT: &[&str] = &[
    "SELECT content FROM messages",
    "SELECT content FROM parked_echoes",
    "SELECT json_object('text', text) FROM notes",
    "SELECT body FROM payloads",
];

/// A line of a log that says too much. Shown without what it must not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    /// The line, counted from 1.
    pub line: usize,
    /// What was found in it.
    pub what: &'static str,
    redacted: String,
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}: {}", self.line, self.what, self.redacted)
    }
}

/// Texts to look for, and what each is.
type Words = BTreeMap<String, &'static str>;

/// Looks through the log of a host when it goes out of scope, however its process has ended.
#[derive(Debug)]
pub(crate) struct Guard {
    pub(crate) log: PathBuf,
    pub(crate) database: PathBuf,
    /// What was handed to the host as a secret.
    pub(crate) secrets: Vec<String>,
    /// Its configuration: what that says is no secret.
    pub(crate) config: String,
    pub(crate) armed: bool,
}

impl Guard {
    /// What the log says and must not say.
    pub(crate) fn look(&self) -> Result<Vec<Leak>> {
        let log = std::fs::read(&self.log).with_context(|| self.log.display().to_string())?;
        let mut words: Words = written(&self.database)?.into_iter().map(|text| (text, "a text")).collect();
        words.retain(|word, _| word.len() >= SHORTEST && !self.config.contains(word.as_str()));
        words.extend(self.secrets.iter().map(|secret| (secret.clone(), "a secret")));
        find(&String::from_utf8_lossy(&log), &words)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if !self.armed || thread::panicking() {
            return;
        }
        match self.look() {
            Ok(leaks) if leaks.is_empty() => {}
            Ok(leaks) => {
                let lines: Vec<_> = leaks.iter().map(Leak::to_string).collect();
                panic!("the host's log says what no log may say:\n{}", lines.join("\n"));
            }
            Err(error) => panic!("the host's log was not looked through: {error:#}"),
        }
    }
}

/// What people wrote, as far as the host keeps it; nothing where there is no database.
fn written(database: &Path) -> Result<BTreeSet<String>> {
    let mut texts = BTreeSet::new();
    if !database.exists() {
        return Ok(texts);
    }
    let kept = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .with_context(|| database.display().to_string())?;
    for query in KEPT {
        let mut query = kept.prepare(query)?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            // Bodies that nobody understood need not be JSON.
            collect(&serde_json::from_slice(row.get_ref(0)?.as_bytes()?).unwrap_or_default(), &mut texts);
        }
    }
    Ok(texts)
}

fn collect(value: &Value, texts: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if WRITTEN.contains(&name.as_str()) => {
                        texts.extend(as_logged(text).map(ToOwned::to_owned));
                    }
                    // TikTok's contents are JSON inside of JSON.
                    Value::String(text) => collect(&serde_json::from_str(text).unwrap_or_default(), texts),
                    value => collect(value, texts),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        _ => {}
    }
}

/// The longest piece of a text that a log would show unchanged.
fn as_logged(text: &str) -> Option<&str> {
    let pieces = text.split(|c: char| c.is_control() || !c.is_ascii() || matches!(c, '"' | '\\' | '\''));
    let longest = pieces.map(str::trim).max_by_key(|piece| piece.len())?;
    longest.get(..longest.len().min(LONGEST))
}

fn find(log: &str, words: &Words) -> Result<Vec<Leak>> {
    let searcher = AhoCorasick::new(words.keys())?;
    let mut leaks = Vec::new();
    for (number, line) in (1..).zip(log.lines()) {
        // A code such as `content.rejected` is none of the words that it is made of.
        let goes_on = |c: char| c.is_alphanumeric() || ".:_-".contains(c);
        let whole = |at: Range<usize>| {
            let before = line.get(..at.start).and_then(|before| before.chars().next_back());
            let after = line.get(at.end..).and_then(|after| after.chars().next());
            !before.is_some_and(goes_on) && !after.is_some_and(goes_on)
        };
        let word = searcher.find_overlapping_iter(line).find(|found| whole(found.range()));
        let found = word.and_then(|found| words.values().nth(found.pattern().as_usize()).copied());
        if let Some(what) = found.or_else(|| shape(line)) {
            leaks.push(Leak { line: number, what, redacted: redacted(line, &searcher) });
        }
    }
    Ok(leaks)
}

/// What looks like a secret, whoever made it.
fn shape(line: &str) -> Option<&'static str> {
    let begins = |beginning: &str| {
        line.match_indices(beginning).any(|(at, _)| {
            let rest = line.get(at + beginning.len()..).unwrap_or_default();
            rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "+/=".contains(*c)).count() >= FOLLOWS
        })
    };
    if BEGINNINGS.iter().any(|beginning| begins(beginning)) {
        return Some("a token");
    }
    line.split(|c| !CHARACTERS_OF_RANDOM(c)).any(is_random).then_some("a key or a session")
}

fn is_random(word: &str) -> bool {
    let has = |kind: fn(&char) -> bool| word.chars().any(|c| kind(&c));
    word.len() >= RANDOM
        && has(char::is_ascii_uppercase)
        && has(char::is_ascii_lowercase)
        && has(char::is_ascii_digit)
}

/// The line as it may be shown.
fn redacted(line: &str, searcher: &AhoCorasick) -> String {
    let line = searcher.replace_all(line, &vec!["…"; searcher.patterns_len()]);
    let long = |word: &str| word.len() >= FOLLOWS && word.chars().any(|c| c.is_ascii_digit());
    let words = line.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && !"-_+/=.".contains(c));
    words.map(|word| if long(word) { "… " } else { word }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_log_may_say_is_found() -> Result<()> {
        let random = format!("jk_{}", "aB3_x-9Zq1".repeat(5));
        let (token, endpoint) = (format!("act.{}", "0f".repeat(32)), format!("whsec_{}", "aB3+/".repeat(9)));
        let words = [("where is my order", "a text"), ("sesame", "a secret")];
        let words = words.map(|(word, what)| (word.to_owned(), what)).into();
        let table = [
            ("INFO started", None),
            ("WARN refused text=\"where is my order\"", Some("a text")),
            ("WARN somewhere is my orders", None),
            ("DEBUG sesame", Some("a secret")),
            ("DEBUG opensesame2", None),
            (&format!("ERROR key={random}"), Some("a key or a session")),
            (&format!("ERROR header=Bearer {token}, gone"), Some("a token")),
            (&format!("ERROR {endpoint}"), Some("a token")),
            ("INFO code=\"content.sesame\"", None),
            ("INFO react.js is exact.", None),
            (&format!("INFO file=libx.so sha256={}", "0f".repeat(32)), None),
            ("INFO account=0198b7a0-0000-7000-8000-000000000000 at=2026-01-31T00:00:00.000000Z", None),
        ];
        for (line, expected) in table {
            let found = find(line, &words)?;
            assert_eq!(found.first().map(|leak| leak.what), expected, "{line}");
            for leak in found {
                for secret in [&random, &token, &endpoint, "where is my order", "sesame"] {
                    assert!(!leak.to_string().contains(secret), "{leak}");
                }
            }
        }
        Ok(())
    }
}
