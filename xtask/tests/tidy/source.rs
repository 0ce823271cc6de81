//! The Rust files of the workspace, line by line.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// What was built, and sources of the past, which follow the rules of their time.
const SKIPPED_FOLDERS: &[&str] = &["target", "frozen-1.0"];
const EXPLANATION_LINES: usize = 6;

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// One Rust file.
pub(crate) struct Source {
    /// From the workspace's folder, with `/`.
    pub(crate) path: String,
    lines: Vec<String>,
    /// The lines from here on are a test module.
    tests_from: usize,
}

/// One line with what stands above it.
pub(crate) struct Line<'a> {
    /// All of it.
    pub(crate) text: &'a str,
    /// Without a comment at its end.
    pub(crate) code: &'a str,
    above: &'a [String],
}

impl Line<'_> {
    /// Whether the code contains `word` as a whole word.
    pub(crate) fn has_word(&self, word: &str) -> bool {
        self.code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|found| found == word)
    }

    /// Whether `comment` stands in one of the lines above.
    pub(crate) fn is_explained(&self, comment: &str) -> bool {
        self.above.iter().rev().take(EXPLANATION_LINES).any(|line| line.trim_start().starts_with(comment))
    }
}

impl Source {
    /// Every Rust file of the workspace but the samples in this folder.
    pub(crate) fn all() -> Vec<Self> {
        let root = root();
        let mut folders = vec![root.clone()];
        let mut sources = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap();
                if name.starts_with('.') || SKIPPED_FOLDERS.contains(&name) {
                    continue;
                }
                let inside = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
                if path.is_dir() {
                    folders.push(path);
                } else if name.ends_with(".rs") && !inside.starts_with("xtask/tests/tidy/") {
                    sources.push(Self::new(&inside, &fs::read_to_string(&path).unwrap()));
                }
            }
        }
        sources
    }

    /// A file with this content.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let tests_from = if is_test_file(path) { 0 } else { test_module(&lines).unwrap_or(lines.len()) };
        Self { path: path.to_owned(), lines, tests_from }
    }

    /// How long it is.
    pub(crate) fn line_count(&self) -> usize {
        self.lines.len()
    }

    /// The numbers of the lines outside tests that match, from 1.
    pub(crate) fn lines_where(&self, matches: impl Fn(&Line<'_>) -> bool) -> Vec<usize> {
        self.matching(self.tests_from, matches)
    }

    /// The numbers of all lines that match, from 1.
    pub(crate) fn every_line_where(&self, matches: impl Fn(&Line<'_>) -> bool) -> Vec<usize> {
        self.matching(self.lines.len(), matches)
    }

    fn matching(&self, end: usize, matches: impl Fn(&Line<'_>) -> bool) -> Vec<usize> {
        let found = self.lines.iter().take(end).enumerate().filter(|(index, text)| {
            let code = if text.trim_start().starts_with("//") { "" } else { text.as_str() };
            let code = code.split_once(" // ").map_or(code, |(code, _)| code);
            let above = self.lines.get(..*index).unwrap_or_default();
            matches(&Line { text, code, above })
        });
        found.map(|(index, _)| index + 1).collect()
    }
}

fn is_test_file(path: &str) -> bool {
    let in_folder = path.split('/').any(|folder| folder == "tests");
    in_folder || path.ends_with("/tests.rs") || path.ends_with("_tests.rs")
}

fn test_module(lines: &[String]) -> Option<usize> {
    lines.windows(2).position(|pair| {
        pair.first().is_some_and(|line| line == "#[cfg(test)]")
            && pair.last().is_some_and(|line| line.starts_with("mod ") && line.ends_with('{'))
    })
}
