//! Rules of this workspace that no lint knows. Each is proved able to fail.

#![allow(clippy::unwrap_used, reason = "a file that cannot be read fails the test")]

mod frozen;
mod source;

use std::collections::BTreeSet;

use connector_capabilities::ReasonCode;
use source::{Source, root};

/// Folders whose code may be unsafe, and the one file whose macro needs an unsafe attribute.
const UNSAFE_PLACES: &[&str] =
    &["connector-api/abi/", "host/loader/", "connector-api/src/export.rs", "tests/hostile-connectors/"];
const MOST_LINES: usize = 500;

type Rule = fn(&Source) -> Vec<usize>;

#[track_caller]
fn check(rule: Rule, why: &str) {
    let sources = Source::all();
    assert!(sources.len() > 50, "the sources were not found");
    let found: Vec<String> = sources
        .iter()
        .flat_map(|source| rule(source).into_iter().map(move |line| format!("{}:{line}", source.path)))
        .collect();
    assert!(found.is_empty(), "{why}:\n{}", found.join("\n"));
}

#[track_caller]
fn notices(rule: Rule, path: &str, text: &str, lines: &[usize]) {
    assert_eq!(rule(&Source::new(path, text)), lines, "{path}:\n{text}");
}

fn connector_names(source: &Source) -> Vec<usize> {
    if !source.path.starts_with("host/") {
        return Vec::new();
    }
    let ids = connector_ids();
    source.lines_where(|line| ids.iter().any(|id| line.text.to_lowercase().contains(id)))
}

fn connector_ids() -> Vec<String> {
    let folders = root().read_dir().unwrap().map(|entry| entry.unwrap().file_name());
    folders.filter_map(|name| name.to_str()?.strip_suffix("-connector").map(str::to_owned)).collect()
}

/// What reads requests that it does not verify wholly, and answers only whoever asked.
const VERIFIES_LESS: &str = "host/src/decode.rs";

fn verifies_less(source: &Source) -> Vec<usize> {
    if !source.path.starts_with("host/") || source.path == VERIFIES_LESS {
        return Vec::new();
    }
    source.lines_where(|line| line.has_word("verified") && line.code.contains(".verified("))
}

fn unsafe_elsewhere(source: &Source) -> Vec<usize> {
    if UNSAFE_PLACES.iter().any(|place| source.path.starts_with(place)) {
        return Vec::new();
    }
    source.every_line_where(|line| line.has_word("unsafe"))
}

fn unexplained_unsafe(source: &Source) -> Vec<usize> {
    source.every_line_where(|line| {
        line.has_word("unsafe") && line.code.contains("unsafe {") && !line.is_explained("// SAFETY:")
    })
}

fn unwraps(source: &Source) -> Vec<usize> {
    source.lines_where(|line| line.code.contains(concat!(".unwrap", "()")))
}

fn ignored_tests(source: &Source) -> Vec<usize> {
    source.every_line_where(|line| line.code.trim_start().starts_with(concat!("#[", "ignore")))
}

fn too_long(source: &Source) -> Vec<usize> {
    let lines = source.line_count();
    if lines > MOST_LINES { vec![lines] } else { Vec::new() }
}

#[test]
fn the_host_names_no_connector() {
    assert!(connector_ids().contains(&"tiktok".to_owned()));
    notices(connector_names, "host/src/a.rs", "fn a() {}\n// As TikTok does.\n", &[2]);
    notices(connector_names, "host/src/a.rs", "#[cfg(test)]\nmod tests {\n    // TikTok\n}\n", &[]);
    notices(connector_names, "host/tests/a.rs", "// TikTok\n", &[]);
    check(connector_names, "the host must not name a connector");
}

#[test]
fn a_host_that_serves_verifies_everything() {
    notices(verifies_less, "host/src/a.rs", "fn a() {\n    b.verified(Verification::Skipped)\n}\n", &[2]);
    notices(verifies_less, VERIFIES_LESS, "a.verified(Verification::Skipped)\n", &[]);
    check(verifies_less, "only `connectors decode` may verify less than everything");
}

#[test]
fn only_the_boundary_and_the_loader_are_unsafe() {
    notices(unsafe_elsewhere, "host/src/a.rs", "// unsafe\nfn a() { unsafe { b() } }\n", &[2]);
    notices(unsafe_elsewhere, "host/loader/src/a.rs", "fn a() { unsafe { b() } }\n", &[]);
    notices(unsafe_elsewhere, "host/src/a.rs", "#![allow(unsafe_code)]\n", &[]);
    check(unsafe_elsewhere, "unsafe code belongs into connector-api/abi or host/loader");
}

#[test]
fn every_unsafe_block_says_why_it_is_sound() {
    notices(unexplained_unsafe, "host/loader/src/a.rs", "fn a() {\n    unsafe { b() }\n}\n", &[2]);
    notices(
        unexplained_unsafe,
        "host/loader/src/a.rs",
        "// SAFETY: b is sound.\nlet a =\n    unsafe { b() };\n",
        &[],
    );
    check(unexplained_unsafe, "an unsafe block needs a comment `// SAFETY:` above it");
}

#[test]
fn nothing_unwraps_outside_tests() {
    notices(unwraps, "host/src/a.rs", concat!("a", ".unwrap", "();\n// b", ".unwrap", "()\n"), &[1]);
    notices(unwraps, "host/src/a_tests.rs", concat!("a", ".unwrap", "();\n"), &[]);
    check(unwraps, "an error must be handled outside tests");
}

#[test]
fn no_test_is_ignored() {
    notices(ignored_tests, "tests/a.rs", concat!("#[test]\n#[", "ignore = \"slow\"]\nfn a() {}\n"), &[2]);
    check(ignored_tests, "a test that nobody runs proves nothing");
}

#[test]
fn no_file_is_too_long() {
    notices(too_long, "host/src/a.rs", &"\n".repeat(MOST_LINES), &[]);
    notices(too_long, "host/src/a.rs", &"\n".repeat(MOST_LINES + 1), &[MOST_LINES + 1]);
    check(too_long, "a file must have one reason to exist");
}

#[test]
fn every_reason_code_is_unique_and_well_formed() {
    let codes: Vec<&str> = ReasonCode::KNOWN.iter().map(ReasonCode::as_str).collect();
    let distinct: BTreeSet<&str> = codes.iter().copied().collect();

    assert_eq!(distinct.len(), codes.len(), "a reason code stands in the table twice: {codes:?}");
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    for code in codes {
        assert!(
            code.split_once('.').is_some_and(|(area, detail)| is_word(area) && is_word(detail)),
            "{code}"
        );
    }
}
