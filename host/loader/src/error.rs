//! Why a file is not a usable connector.

use std::{
    borrow::Cow,
    fmt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::text::{cut, printable};

/// As long as `expected` and `found` are at most; what is found may be text of the file.
const MAX_TEXT_BYTES: usize = 2048;

/// The steps from a file to a usable library, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Step {
    /// There is a file.
    Found,
    /// It can be read.
    Readable,
    /// Nobody but root, the host's user and their groups can change it.
    Permissions,
    /// It is a shared library for this machine, and whole.
    ObjectFile,
    /// It says what it is.
    Manifest,
    /// Its bytes are allowed to run here.
    Trust,
    /// It loads in a process where it can do no harm.
    Trial,
    /// The system's loader takes it.
    Open,
    /// It exports a root module of the boundary.
    Header,
    /// Its idea of the boundary and ours agree.
    Layout,
    /// What it says when run is what it says when read.
    Document,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Found => "found",
            Self::Readable => "readable",
            Self::Permissions => "permissions",
            Self::ObjectFile => "object file",
            Self::Manifest => "manifest",
            Self::Trust => "trust",
            Self::Trial => "trial",
            Self::Open => "open",
            Self::Header => "header",
            Self::Layout => "layout",
            Self::Document => "document",
        })
    }
}

/// The first step that a file failed: what was expected, what was found, what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}: {code} at the step \"{step}\": expected {expected}, found {found}. {fix}", printable(&path.to_string_lossy()))]
#[non_exhaustive]
pub struct LoadError {
    /// The file.
    pub path: Box<Path>,
    /// The step that failed.
    pub step: Step,
    /// Stable code.
    pub code: Cow<'static, str>,
    /// What the step needs.
    pub expected: String,
    /// What there is instead.
    pub found: String,
    /// One suggestion.
    pub fix: String,
}

/// A failed check that does not know its file yet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failed {
    step: Step,
    code: &'static str,
    expected: String,
    found: String,
    fix: &'static str,
}

impl Failed {
    pub(crate) fn new(
        (step, code): (Step, &'static str),
        expected: impl Into<String>,
        found: impl fmt::Display,
        fix: &'static str,
    ) -> Self {
        let text = |text: &str| printable(&cut(text, MAX_TEXT_BYTES));
        Self { step, code, expected: text(&expected.into()), found: text(&found.to_string()), fix }
    }

    pub(crate) fn of(self, path: impl Into<PathBuf>) -> LoadError {
        let Self { step, code, expected, found, fix } = self;
        let (path, code, fix) = (path.into().into_boxed_path(), Cow::Borrowed(code), fix.to_owned());
        LoadError { path, step, code, expected, found, fix }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_found_is_told_in_one_line() {
        let found = format!("x\n{}", "y".repeat(1 << 20));
        let failed = Failed::new((Step::Open, "open.refused"), "a\tb", found, "Mend it.");
        let told = failed.of("a\n\u{1b}[31m.so").to_string();
        assert!(told.len() < 3 * MAX_TEXT_BYTES && !told.contains(char::is_control), "{told}");
    }
}
