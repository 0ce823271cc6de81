//! Which leaves of a document the kit would miss: each is changed, and the checks that are derived from the document are made
//! again, held against what the library was seen to do.

use std::fmt::Write as _;

use connector_api::CapabilityDocument;
use serde_json::Value;
use tracing_subscriber::layer::SubscriberExt;

use crate::{
    Finding, KitError, Options, Outcome,
    checks::{decoding, document, inbound, operations, settings, verdicts},
    claims,
    exercise::{Answer, received},
    leaf::{is_prose, leaves, matches, others},
    records::Records,
    subject::Subject,
};

/// One leaf with another value, and who noticed it.
#[derive(Debug, Clone)]
pub struct Proof {
    /// The leaf: `content[outbound text].limits.text.max`.
    pub path: String,
    /// What stood in its place.
    pub value: Value,
    /// The ids of the checks that failed and named the leaf.
    pub noticed_by: Vec<&'static str>,
}

/// What the library was seen to do, whatever its document says.
struct Witness {
    version: String,
    outcomes: Vec<Answer>,
    answered: operations::Answered,
    /// `None` where the document describes no settings.
    settings: Option<settings::Seen>,
}

/// Changes each leaf of the document of a library. With a fake platform also what the library does there is held against it.
///
/// # Errors
/// Where nothing can be said, because the file does not load or no instance starts.
pub async fn proofs(options: Options) -> Result<Vec<Proof>, KitError> {
    let records = Records::default();
    let _logged = tracing::subscriber::set_default(tracing_subscriber::registry().with(records.clone()));
    let subject = Subject::of(options, records).await?;
    let witness = witness(&subject).await.map_err(KitError::DoesNotStart)?;
    if !subject.options.platform.is_empty() {
        look(&subject).await?;
    }
    let mut proofs = Vec::new();
    for leaf in leaves(&subject.json) {
        for value in others(subject.json.pointer(&leaf.pointer).unwrap_or(&Value::Null)) {
            let mut json = subject.json.clone();
            if let Some(place) = json.pointer_mut(&leaf.pointer) {
                *place = value.clone();
            }
            let noticed_by = against(&subject, &witness, &json)
                .into_iter()
                .filter(|(_, findings)| {
                    findings.iter().any(|finding| names(finding, &leaf.pointer, &leaf.path))
                })
                .map(|(id, _)| id);
            proofs.push(Proof { path: leaf.path.clone(), value, noticed_by: noticed_by.collect() });
        }
    }
    if let Some(Ok(platform)) = subject.still.into_inner() {
        platform.stop().await;
    }
    Ok(proofs)
}

/// Looks at the platform; a part of which nothing can be seen there would be missed by every leaf.
async fn look(subject: &Subject) -> Result<(), KitError> {
    for (id, why) in claims::look(subject).await {
        if let Outcome::Skipped(_) | Outcome::Failed(_) = why {
            return Err(KitError::DoesNotStart(format!("{id}: {}", why.why())));
        }
    }
    Ok(())
}

/// What is seen of the library; where nothing is, why.
async fn witness(subject: &Subject) -> Result<Witness, String> {
    let library = subject.loaded.as_ref().map_err(|error| format!("the file does not load: {error}"))?;
    let (document, version) = (library.document(), library.manifest().version.clone());
    let why = |error| subject.source.missing().unwrap_or_else(|| subject.why_not_started(&error));
    let answered = operations::answered(subject, document).await.map_err(why)?;
    let settings = settings::look(subject, document).await.ok();
    Ok(Witness { version, outcomes: received(subject).await.samples.clone(), answered, settings })
}

/// The proofs for people: each leaf that says something to a host, and how many say something to people only.
#[must_use]
pub fn told(proofs: &[Proof]) -> String {
    let (prose, others): (Vec<_>, Vec<_>) = proofs.iter().partition(|proof| is_prose(&proof.path));
    let mut text = "each leaf of the document, changed to another value: the checks that notice\n".to_owned();
    for Proof { path, value, noticed_by } in &others {
        let by = if noticed_by.is_empty() { "nobody".to_owned() } else { noticed_by.join(", ") };
        let _infallible = writeln!(text, "{path} = {value}: {by}");
    }
    let missed = others.iter().filter(|proof| proof.noticed_by.is_empty()).count();
    let _infallible = writeln!(
        text,
        "{} changes: {} are noticed, {missed} by nobody; {} more are of words for people (notes, descriptions, evidence), \
         and not listed",
        others.len(),
        others.len() - missed,
        prose.len()
    );
    text
}

/// Whether a finding is about that leaf: a pointer to it, or a pattern of paths.
fn names(finding: &Finding, pointer: &str, path: &str) -> bool {
    finding
        .leaf
        .as_deref()
        .is_some_and(|leaf| leaf == pointer || (!leaf.starts_with('/') && matches(leaf, path)))
}

/// What the checks have against a document.
fn against(subject: &Subject, seen: &Witness, json: &Value) -> Vec<(&'static str, Vec<Finding>)> {
    let Ok(document) = serde_json::from_value::<CapabilityDocument>(json.clone()) else {
        // A host refuses the file; the whole document is named.
        return vec![("load.passes-every-step", vec![Finding::of_leaf("*", "the document cannot be read")])];
    };
    let understood = serde_json::to_value(&document).unwrap_or_default();
    let samples = &subject.samples;
    let mut all = claims::against(subject, &document);
    all.extend([
        ("document.has-no-unknown-words", document::unknown_words(json, &understood)),
        ("document.names-the-connector", document::misnamed(&document, &seen.version)),
        ("document.is-coherent", document::contradictions(&document, json)),
        ("inbound.declared-kinds-arrive", inbound::not_as_declared(&document, json, samples, &seen.outcomes)),
        ("inbound.undeclared-kinds-are-declared", inbound::not_declared(&document, samples)),
        (
            "operations.declared-are-offered",
            operations::operations_against(&document, json, &seen.answered, false),
        ),
        (
            "operations.undeclared-are-unsupported",
            operations::operations_against(&document, json, &seen.answered, true),
        ),
        ("kinds.declared-are-offered", operations::kinds_against(&document, json, &seen.answered, false)),
        (
            "kinds.undeclared-are-unsupported",
            operations::kinds_against(&document, json, &seen.answered, true),
        ),
        ("verdicts.are-as-the-author-says", verdicts::differing(&document, samples)),
    ]);
    if let Some(tried) = &seen.settings {
        all.push(("settings.as-declared", settings::against(&document, samples, tried)));
    }
    if document.delivery.decoding.is_some() {
        all.push(("decoding.as-declared", decoding::against(&document, samples)));
    }
    all
}
