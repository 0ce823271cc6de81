//! Why a file is not a usable connector.

use std::{fmt, path::PathBuf};

use serde::Serialize;

/// The steps from a file to a usable library, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Step {
    /// There is a file.
    Found,
    /// It can be read.
    Readable,
    /// It is a shared library for this machine, and whole.
    ObjectFile,
    /// It says what it is.
    Manifest,
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
            Self::ObjectFile => "object file",
            Self::Manifest => "manifest",
            Self::Open => "open",
            Self::Header => "header",
            Self::Layout => "layout",
            Self::Document => "document",
        })
    }
}

/// The first step that a file failed: what was expected, what was found, what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{}: {code} at the step \"{step}\": expected {expected}, found {found}. {fix}", path.display())]
#[non_exhaustive]
pub struct LoadError {
    /// The file.
    pub path: PathBuf,
    /// The step that failed.
    pub step: Step,
    /// Stable code.
    pub code: &'static str,
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
        Self { step, code, expected: expected.into(), found: found.to_string(), fix }
    }

    pub(crate) fn of(self, path: impl Into<PathBuf>) -> LoadError {
        let Self { step, code, expected, found, fix } = self;
        LoadError { path: path.into(), step, code, expected, found, fix: fix.to_owned() }
    }
}
