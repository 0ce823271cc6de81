//! Ways in which customers can begin: which URLs are made, and what stands in them.

use connector_api::{CapabilityDocument, ChannelConnector, EntryPoints, EntryPointsRequest, ErrorClass};

use super::{Looked, not_applicable};
use crate::{Finding, platform::FakePlatform, subject::Subject};

pub(super) const ID: &str = "entry-points.as-declared";

const HANDLE: &str = "conformance";
/// One word, so that it stands in a URL as it is.
const PREFILLED: &str = "prefilled";

/// What the connector made.
pub(crate) type Seen = EntryPoints;

pub(super) async fn look(
    _: &Subject,
    platform: &FakePlatform,
    document: &CapabilityDocument,
) -> Looked<Seen> {
    if document.entry_points.is_empty() {
        return not_applicable("the document declares no entry points");
    }
    platform.paced().await;
    let request = EntryPointsRequest::new(platform.account().await).with_handle(Some(HANDLE.to_owned()));
    match platform.instance.entry_points(request.with_prefilled_text(PREFILLED)).await {
        Ok(made) => Ok(made),
        Err(error) if error.class == ErrorClass::Unsupported => not_applicable("no entry point is made"),
        Err(error) => Err(error.to_string().into()),
    }
}

pub(super) fn against(document: &CapabilityDocument, made: &Seen) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, entry) in document.entry_points.iter().enumerate() {
        let mut wrong = |name: &str, text: String| {
            let text = format!("{}: {text}", entry.kind);
            found.push(Finding::of_leaf(format!("/entry_points/{index}/{name}"), text));
        };
        let Some(url) = made.urls.get(&entry.kind) else {
            if !made.refused.contains_key(&entry.kind) {
                wrong("kind", "it is neither made nor refused".to_owned());
            }
            continue;
        };
        if !entry.available {
            wrong("available", format!("{url} is made"));
        }
        let template = entry.url_template.replace("{username}", HANDLE);
        if !url.starts_with(&template) {
            wrong("url_template", format!("{url} is made, and not {template}"));
        }
        let is_prefilled = url.contains(PREFILLED);
        if is_prefilled != entry.prefilled_text {
            wrong("prefilled_text", format!("{url} is made for a text"));
        }
    }
    found
}
