//! The table of checks, and running them.

use std::{future::Future, pin::Pin, time::Instant};

use tracing_subscriber::layer::SubscriberExt;

use crate::{KitError, Options, Outcome, Report, Row, checks, records::Records, subject::Subject};

/// A running check.
pub(crate) type Running<'a> = Pin<Box<dyn Future<Output = Outcome> + 'a>>;

/// One check.
pub struct Check {
    /// Stable, for ever: `area.what-holds`.
    pub id: &'static str,
    /// From 1, what everybody needs, to 5.
    pub level: u8,
    /// What holds, in a sentence.
    pub title: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// How to mend it.
    pub mend: &'static str,
    pub(crate) run: for<'a> fn(&'a Subject) -> Running<'a>,
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Check").field("id", &self.id).field("level", &self.level).finish_non_exhaustive()
    }
}

/// Rows of the table: id, level, title, why, how to mend it, and the function.
macro_rules! table {
    ($($id:literal, $level:literal, $title:literal, $why:literal, $mend:literal, $run:path;)*) => {
        &[$($crate::suite::Check {
            id: $id,
            level: $level,
            title: $title,
            why: $why,
            mend: $mend,
            run: |subject| Box::pin($run(subject)),
        }),*]
    };
}
pub(crate) use table;

/// Every check, in the order in which they are made.
pub static CHECKS: std::sync::LazyLock<Vec<&'static Check>> = std::sync::LazyLock::new(|| {
    let tables = [
        checks::document::CHECKS,
        checks::receive::CHECKS,
        checks::settings::CHECKS,
        checks::inbound::CHECKS,
        checks::decoding::CHECKS,
        checks::limits::CHECKS,
        checks::verdicts::CHECKS,
        checks::operations::CHECKS,
        checks::calls::CHECKS,
        checks::logs::CHECKS,
        checks::shutdown::CHECKS,
        checks::platform::CHECKS,
        checks::claims::CHECKS,
        checks::faults::CHECKS,
    ];
    let mut all: Vec<&'static Check> = tables.into_iter().flatten().collect();
    all.sort_by_key(|check| check.level);
    all
});

/// Makes every check up to the level that is asked for.
///
/// # Errors
/// Where nothing can be said of the file. What is wrong with the file is no error, but in the report.
pub async fn run(options: Options) -> Result<Report, KitError> {
    if let Some(id) =
        options.exclude.keys().chain(&options.only).find(|id| CHECKS.iter().all(|check| check.id != **id))
    {
        return Err(KitError::NoSuchCheck(id.clone()));
    }
    if let Some(id) = options.exclude.keys().find(|id| id.starts_with("load.")) {
        return Err(KitError::Indispensable(id.clone()));
    }
    let records = Records::default();
    // What connectors log is written on this thread, which reads what their processes say.
    let _logged = tracing::subscriber::set_default(tracing_subscriber::registry().with(records.clone()));
    let file = options.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let subject = Subject::of(options, records).await?;
    let mut rows = Vec::new();
    let Options { only, level, .. } = &subject.options;
    let is_wanted = |check: &&&Check| match only.is_empty() {
        true => check.level <= *level,
        false => only.iter().any(|id| id == check.id),
    };
    for check in CHECKS.iter().filter(is_wanted) {
        let began = Instant::now();
        let outcome = match subject.options.exclude.get(check.id) {
            Some(why) => Outcome::Excluded(why.clone()),
            None if subject.loaded.is_err() && !check.id.starts_with("load.") => {
                Outcome::Skipped("the file does not load".to_owned())
            }
            None => (check.run)(&subject).await,
        };
        rows.push(Row { check, outcome, took: began.elapsed() });
    }
    for platform in [subject.platform, subject.still] {
        if let Some(Ok(platform)) = platform.into_inner() {
            platform.stop().await;
        }
    }
    Ok(Report {
        file,
        seed: subject.options.seed,
        samples: subject.source,
        named: !subject.options.only.is_empty(),
        rows,
    })
}
