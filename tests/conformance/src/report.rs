//! What was found, for people and for programs.

use std::{fmt::Write as _, time::Duration};

use serde_json::{Value, json};

use crate::{
    SamplesSource,
    suite::{CHECKS, Check},
};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What, in a sentence.
    pub text: String,
    /// The leaf of the document that says otherwise, where it is one: a JSON pointer, or a pattern of paths.
    pub leaf: Option<String>,
}

impl Finding {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), leaf: None }
    }

    pub(crate) fn of_leaf(leaf: impl Into<String>, text: impl Into<String>) -> Self {
        Self { text: text.into(), leaf: Some(leaf.into()) }
    }
}

/// What became of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not.
    Failed(Vec<Finding>),
    /// The document declares nothing that it is about, as it says.
    NotApplicable(String),
    /// It could not be made, as it says: nothing is known, and its level is not reached.
    Skipped(String),
    /// It does not count, for the reason that somebody gave.
    Excluded(String),
}

impl Outcome {
    /// Passed where nothing was found.
    pub(crate) fn of(findings: Vec<Finding>) -> Self {
        if findings.is_empty() { Self::Passed } else { Self::Failed(findings) }
    }

    /// Whether the level of the check can be reached.
    #[must_use]
    pub fn holds(&self) -> bool {
        matches!(self, Self::Passed | Self::NotApplicable(_) | Self::Excluded(_))
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::NotApplicable(_) => "not_applicable",
            Self::Skipped(_) => "skipped",
            Self::Excluded(_) => "excluded",
        }
    }

    /// Why, where it is not simply passed.
    pub(crate) fn why(&self) -> String {
        match self {
            Self::Failed(findings) => {
                findings.iter().map(|finding| finding.text.as_str()).collect::<Vec<_>>().join("; ")
            }
            other => other.reason().unwrap_or_default().to_owned(),
        }
    }

    fn reason(&self) -> Option<&str> {
        match self {
            Self::NotApplicable(why) | Self::Skipped(why) | Self::Excluded(why) => Some(why),
            Self::Passed | Self::Failed(_) => None,
        }
    }
}

/// One check and what became of it.
#[derive(Debug, Clone)]
pub struct Row {
    /// The check.
    pub check: &'static Check,
    /// What became of it.
    pub outcome: Outcome,
    /// How long it took.
    pub took: Duration,
}

impl Row {
    /// Whether both were skipped at one level for one reason.
    fn is_skipped_like(&self, other: &Self) -> bool {
        matches!(self.outcome, Outcome::Skipped(_))
            && self.outcome == other.outcome
            && self.check.level == other.check.level
    }
}

/// Every check that was made.
#[derive(Debug, Clone)]
pub struct Report {
    /// The file's name.
    pub file: String,
    /// The seed that it was made with.
    pub seed: u64,
    /// Where the samples come from.
    pub samples: SamplesSource,
    /// Only checks that somebody named were made, of which no level follows.
    pub named: bool,
    /// In the order of the suite.
    pub rows: Vec<Row>,
}

impl Report {
    /// The highest level of which, and below which, everything holds.
    #[must_use]
    pub fn level(&self) -> u8 {
        let made = self.rows.iter().map(|row| row.check.level).max().unwrap_or_default();
        let holds = |level: &u8| {
            let mut of_level = CHECKS.iter().filter(|check| check.level == *level);
            of_level.all(|check| self.rows.iter().any(|row| row.check.id == check.id && row.outcome.holds()))
        };
        (1..=made).take_while(holds).last().unwrap_or_default()
    }

    /// Whether what was made holds, whatever its level.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.rows.iter().all(|row| row.outcome.holds())
    }

    /// What became of one check.
    #[must_use]
    pub fn outcome(&self, id: &str) -> Option<&Outcome> {
        self.rows.iter().find(|row| row.check.id == id).map(|row| &row.outcome)
    }

    /// The ids of the checks that failed.
    #[must_use]
    pub fn failed(&self) -> Vec<&'static str> {
        let failed = self.rows.iter().filter(|row| matches!(row.outcome, Outcome::Failed(_)));
        failed.map(|row| row.check.id).collect()
    }

    /// For people.
    #[must_use]
    pub fn pretty(&self) -> String {
        let mut text = match &self.samples {
            SamplesSource::File(path) => format!("samples: {}\n", path.display()),
            missing => format!("{}\n", missing.missing().unwrap_or_default()),
        };
        let mut level = 0;
        for rows in self.rows.chunk_by(Row::is_skipped_like) {
            let [Row { check, outcome, .. }, others @ ..] = rows else { continue };
            if check.level != level {
                level = check.level;
                let _infallible = writeln!(text, "level {level}");
            }
            let mark = match outcome {
                Outcome::Passed => "  ok       ",
                Outcome::Failed(_) => "  FAILED   ",
                Outcome::NotApplicable(_) => "  -        ",
                Outcome::Skipped(_) => "  SKIPPED  ",
                Outcome::Excluded(_) => "  excluded ",
            };
            let why = outcome.reason().map(|why| format!(" ({why})")).unwrap_or_default();
            if !others.is_empty() {
                let ids: Vec<_> = rows.iter().map(|row| row.check.id).collect();
                let _infallible = writeln!(text, "{mark}{} checks{why}: {}", ids.len(), ids.join(", "));
                continue;
            }
            let _infallible = writeln!(text, "{mark}{}: {}{why}", check.id, check.title);
            if let Outcome::Failed(findings) = outcome {
                for finding in findings {
                    let _infallible = writeln!(text, "             {}", finding.text);
                }
                let _infallible =
                    writeln!(text, "             why:  {}\n             mend: {}", check.why, check.mend);
            }
        }
        let failed = self.failed().len();
        let seconds = self.rows.iter().map(|row| row.took).sum::<Duration>().as_secs_f64();
        let _infallible = writeln!(
            text,
            "{} {} ({} checks, {failed} failed{}, {seconds:.1} s, --seed {})",
            self.file,
            self.sentence(),
            self.rows.len(),
            self.left_out(),
            self.seed
        );
        text
    }

    /// How many checks somebody left out, for whom a level is worth less.
    fn left_out(&self) -> String {
        let excluded = self.rows.iter().filter(|row| matches!(row.outcome, Outcome::Excluded(_))).count();
        if excluded == 0 { String::new() } else { format!(", {excluded} left out") }
    }

    /// What is said of the file.
    fn sentence(&self) -> String {
        match (self.named, self.level()) {
            (true, _) if self.holds() => "holds what was named".to_owned(),
            (true, _) => "does not hold all that was named".to_owned(),
            (false, 0) => "reaches no level".to_owned(),
            (false, level) => format!("reaches level {level}"),
        }
    }

    /// For programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let row = |row: &Row| {
            let findings: Vec<Value> = match &row.outcome {
                Outcome::Failed(findings) => findings
                    .iter()
                    .map(|finding| json!({"text": finding.text, "leaf": finding.leaf}))
                    .collect(),
                _ => Vec::new(),
            };
            let milliseconds = u64::try_from(row.took.as_millis()).unwrap_or(u64::MAX);
            json!({"id": row.check.id, "level": row.check.level, "title": row.check.title,
                   "outcome": row.outcome.word(), "reason": row.outcome.reason(), "findings": findings,
                   "milliseconds": milliseconds})
        };
        let level = (!self.named).then(|| self.level());
        json!({"file": self.file, "level": level, "seed": self.seed, "samples": self.samples,
               "checks": self.rows.iter().map(row).collect::<Vec<_>>()})
    }

    /// For programs that show the results of tests.
    #[must_use]
    pub fn junit(&self) -> String {
        let failed = self.failed().len();
        let mut xml = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"{}\" tests=\"{}\" failures=\"{failed}\">\n",
            escaped(&self.file),
            self.rows.len()
        );
        for Row { check, outcome, took } in &self.rows {
            let head = format!(
                "  <testcase classname=\"level {}\" name=\"{}\" time=\"{:.3}\"",
                check.level,
                check.id,
                took.as_secs_f64()
            );
            let inside = match outcome {
                Outcome::Passed => None,
                Outcome::Failed(findings) => {
                    let texts: Vec<_> = findings.iter().map(|finding| escaped(&finding.text)).collect();
                    Some(format!(
                        "<failure message=\"{}\">{}</failure>",
                        escaped(check.title),
                        texts.join("\n")
                    ))
                }
                other => {
                    Some(format!("<skipped message=\"{}\"/>", escaped(other.reason().unwrap_or_default())))
                }
            };
            let _infallible = match inside {
                None => writeln!(xml, "{head}/>"),
                Some(inside) => writeln!(xml, "{head}>{inside}</testcase>"),
            };
        }
        xml.push_str("</testsuite>\n");
        xml
    }
}

/// A word of the contract, as JSON writes it.
pub(crate) fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        _ => "unknown".to_owned(),
    }
}

/// As text of XML, which has no way to write some control characters.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(c),
            c if c.is_control() => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}
