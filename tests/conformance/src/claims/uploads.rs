//! How long the platform keeps what was uploaded.

use connector_api::{
    CapabilityDocument, ChannelConnector, Content, Medium, SendRequest, UploadMediaRequest,
    capabilities::document::ContentRule,
};

use super::{Looked, Tried, differing, not_applicable};
use crate::{
    Finding,
    declared::goes_out,
    platform::{FakePlatform, is_taken},
    requests::medium,
    subject::Subject,
};

pub(super) const ID: &str = "uploads.as-declared";

/// By kind: seconds since the upload.
#[derive(Debug, Default)]
pub(crate) struct Seen(Vec<(String, Vec<Tried>)>);

fn lasting(rule: &ContentRule) -> Option<u64> {
    let lasts = rule.limits.media.as_ref().filter(|_| goes_out(rule))?.upload_lasts_seconds;
    lasts.map(u64::from).filter(|seconds| *seconds > 1)
}

pub(super) async fn look(
    _: &Subject,
    platform: &FakePlatform,
    document: &CapabilityDocument,
) -> Looked<Seen> {
    let mut seen = Seen::default();
    for (rule, lasts) in document.content.iter().filter_map(|rule| Some((rule, lasting(rule)?))) {
        let mimes = rule.limits.media.iter().flat_map(|media| &media.mimes);
        let mime = mimes.map(String::as_str).next().unwrap_or("image/png");
        platform.paced().await;
        let upload = UploadMediaRequest::new(platform.account().await, mime, medium(mime));
        let uploaded = platform.instance.upload_media(upload).await.map_err(|error| error.to_string())?;
        let mut tried = Vec::new();
        for (passes, age) in [(lasts - 1, lasts - 1), (1, lasts)] {
            platform.wait(passes).await?;
            let conversation = platform.conversation("uploads").await?;
            let content = Content::Media(Medium::by_id(&rule.kind, &uploaded.media_id).with_mime(mime));
            let request = SendRequest::new(platform.account().await, conversation, content, "message-1");
            platform.unpaced();
            let taken = is_taken(platform.provoking(platform.instance.send(request)).await?)?;
            tried.push(Tried { size: age, taken });
        }
        seen.0.push((rule.kind.clone(), tried));
    }
    if seen.0.is_empty() {
        return not_applicable("the document does not say how long an upload lasts");
    }
    Ok(seen)
}

pub(super) fn against(document: &CapabilityDocument, seen: &Seen) -> Vec<Finding> {
    let rules = document.content.iter().enumerate();
    let wrong = rules.filter_map(|(index, rule)| {
        let (lasts, (_, tried)) = (lasting(rule)?, seen.0.iter().find(|(kind, _)| *kind == rule.kind)?);
        let leaf = format!("/content/{index}/limits/media/upload_lasts_seconds");
        differing(&leaf, tried, |age| age < lasts)
    });
    wrong.collect()
}
