//! What a document claims of the platform, held against what the fake platform did.
//!
//! Each part has a `look`, which does at the platform what the document claims, and `against`, which says where a document
//! claims something else than was seen. A check is both; [`proofs`](crate::proofs) looks once and holds many documents
//! against it. Here the platform's clock stands still, so that days pass at once.

mod arrivals;
mod automatic;
mod choices;
mod comments;
mod entry;
mod facts;
mod history;
mod rate;
mod statuses;
mod uploads;

use std::sync::Arc;

use connector_api::CapabilityDocument;
use tokio::sync::OnceCell;

use crate::{Finding, Outcome, leaf::path_of, platform::FakePlatform, subject::Subject};

/// What was seen, or why nothing was.
pub(crate) type Looked<T> = Result<T, Outcome>;

impl From<String> for Outcome {
    fn from(text: String) -> Self {
        Self::Failed(vec![Finding::new(text)])
    }
}

fn not_applicable<T>(why: &str) -> Looked<T> {
    Err(Outcome::NotApplicable(why.to_owned()))
}

/// Something of this size, and whether the platform took it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tried {
    pub(crate) size: u64,
    pub(crate) taken: bool,
}

/// What contradicts the leaf that says which sizes the platform takes.
fn differing(leaf: &str, tried: &[Tried], takes: impl Fn(u64) -> bool) -> Option<Finding> {
    let odd = tried.iter().find(|tried| tried.taken != takes(tried.size))?;
    let text = match odd.taken {
        true => format!("{leaf}: the platform takes {}", odd.size),
        false => format!("{leaf}: the platform refuses {}", odd.size),
    };
    Some(Finding::of_leaf(leaf, text))
}

/// Pointers in texts become what people read.
fn readable(subject: &Subject, findings: Vec<Finding>) -> Vec<Finding> {
    let read = |finding: Finding| match &finding.leaf {
        Some(leaf) => {
            let text = finding.text.replace(leaf.as_str(), &path_of(&subject.json, leaf));
            Finding { text, ..finding }
        }
        None => finding,
    };
    findings.into_iter().map(read).collect()
}

/// The fake platform whose clock stands still, started for the first check that needs it.
pub(crate) async fn still(subject: &Subject) -> Looked<(&FakePlatform, Arc<CapabilityDocument>)> {
    if let Some(outcome) = subject.without_platform() {
        return Err(outcome);
    }
    let document = subject.document().ok_or_else(|| Outcome::Skipped("no document".to_owned()))?;
    let started = subject.still.get_or_init(|| async {
        let platform = FakePlatform::start(subject).await?;
        platform.stand_still().await?;
        Ok(platform)
    });
    match started.await {
        Ok(platform) => Ok((platform, document)),
        Err(why) => Err(Outcome::Skipped(format!("the fake platform, or its clock, does not work: {why}"))),
    }
}

macro_rules! parts {
    ($($part:ident;)*) => {
        /// What was seen so far.
        #[derive(Default)]
        pub(crate) struct Claims {
            $($part: OnceCell<Looked<$part::Seen>>,)*
        }

        $(
            /// Looks once for all checks.
            async fn $part(subject: &Subject) -> &Looked<$part::Seen> {
                let look = || async {
                    let (platform, document) = still(subject).await?;
                    $part::look(subject, platform, &document).await
                };
                subject.claims.$part.get_or_init(look).await
            }
        )*

        /// Looks at everything; the checks that saw nothing, and why.
        pub(crate) async fn look(subject: &Subject) -> Vec<(&'static str, Outcome)> {
            let mut unseen = Vec::new();
            $(if let Err(outcome) = $part(subject).await {
                unseen.push(($part::ID, outcome.clone()));
            })*
            unseen
        }

        /// What was seen against a document, by the id of the check; nothing where nothing was seen.
        pub(crate) fn against(
            subject: &Subject,
            document: &CapabilityDocument,
        ) -> Vec<(&'static str, Vec<Finding>)> {
            let mut all = Vec::new();
            $(if let Some(Ok(seen)) = subject.claims.$part.get() {
                all.push(($part::ID, $part::against(document, seen)));
            })*
            all
        }

        /// The checks: what is seen, against the document of the library.
        pub(crate) mod checks {
            use crate::{Outcome, subject::Subject};

            $(pub(crate) async fn $part(subject: &Subject) -> Outcome {
                match (super::$part(subject).await, subject.document()) {
                    (Ok(seen), Some(document)) => {
                        Outcome::of(super::readable(subject, super::$part::against(&document, seen)))
                    }
                    (Err(outcome), _) => outcome.clone(),
                    _ => Outcome::Skipped("no document".to_owned()),
                }
            })*
        }
    };
}

parts! {
    automatic;
    comments;
    choices;
    rate;
    statuses;
    entry;
    facts;
    arrivals;
    uploads;
    history;
}

pub(crate) mod also {
    //! Checks about what was seen on the way, and that no leaf says.

    use crate::{Outcome, checks::texts, subject::Subject};

    pub(crate) async fn automatic_read_back(subject: &Subject) -> Outcome {
        match super::automatic(subject).await {
            Ok(seen) => texts(&seen.odd),
            Err(outcome) => outcome.clone(),
        }
    }

    pub(crate) async fn comments_answered(subject: &Subject) -> Outcome {
        match super::comments(subject).await {
            Ok(seen) => texts(&seen.odd),
            Err(outcome) => outcome.clone(),
        }
    }
}
