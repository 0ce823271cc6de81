//! Whether people are told what the author means.

use connector_api::CapabilityDocument;

use crate::{
    Finding, Outcome,
    samples::Samples,
    subject::{NO_SAMPLES, Subject},
    suite::{Check, table},
};

pub(crate) static CHECKS: &[Check] = table![
    "verdicts.are-as-the-author-says", 3, "the document makes of actions what the samples say",
        "a changed figure changes what people may do, and nobody notices",
        "mend the leaf, or the sample under \"verdicts\"", are_as_the_author_says;
];

async fn are_as_the_author_says(subject: &Subject) -> Outcome {
    let Some(document) = subject.document() else { return Outcome::Skipped("no document".to_owned()) };
    if subject.samples.verdicts.is_empty() && subject.source.missing().is_some() {
        return Outcome::Skipped(NO_SAMPLES.to_owned());
    }
    if subject.samples.verdicts.is_empty() {
        return Outcome::NotApplicable("conformance.json has no \"verdicts\"".to_owned());
    }
    let mut found = differing(&document, &subject.samples);
    found.dedup_by(|one, other| one.text == other.text);
    Outcome::of(found)
}

/// Samples with another verdict, once for each leaf that they prove.
pub(crate) fn differing(document: &CapabilityDocument, samples: &Samples) -> Vec<Finding> {
    let differing = samples.verdicts.iter().filter_map(|sample| Some((sample, sample.differs(document)?)));
    let findings = differing.flat_map(|(sample, text)| match sample.proves.is_empty() {
        true => vec![Finding::new(text)],
        false => sample.proves.iter().map(|leaf| Finding::of_leaf(leaf, text.clone())).collect(),
    });
    findings.collect()
}
