//! What somebody wants to send, and what of it the verdict is asked about.

use connector_api::{
    Content, Medium,
    capabilities::{Draft, Part, Reason, ReasonCode},
};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::problem::Problem;
use crate::{
    media::may_be,
    model::{AccountId, MediumId, StoredMedium},
    shared::Shared,
    store::medium_gone,
};

const KINDS: [&str; 2] = ["text", "media"];

/// What a message is to say.
#[derive(Deserialize, ToSchema)]
#[schema(as = OutgoingContent)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum OutgoingContent {
    /// Plain text.
    Text { text: String },
    /// A file that was uploaded for the account.
    Media {
        media: MediumId,
        /// As what it is sent, where that is not what it is: `file`; a picture as `sticker` or `gif`; a sound as `voice`.
        media_kind: Option<String>,
        /// Text that belongs to it.
        caption: Option<String>,
    },
}

/// What is sent.
pub(super) struct Carried {
    pub(super) content: Content,
    pub(super) medium: Option<StoredMedium>,
}

impl OutgoingContent {
    pub(super) fn read(content: Map<String, Value>) -> Result<Self, Problem> {
        let malformed = || {
            let form = "{\"content\": {\"kind\": \"text\", \"text\": \"…\"}} or \
                        {\"content\": {\"kind\": \"media\", \"media\": \"…\"}}";
            Problem::malformed(format!("The body has not the form that this route takes: {form}."))
        };
        let kind = content.get("kind").and_then(Value::as_str).ok_or_else(malformed)?;
        if !KINDS.contains(&kind) {
            let text = format!("This host sends text and media only, and nothing of the kind {kind:?}.");
            return Err(Problem::denied(vec![Reason::permanent(ReasonCode::CONTENT_KIND_UNSUPPORTED, text)]));
        }
        serde_json::from_value(Value::Object(content)).map_err(|_| malformed())
    }

    /// With the file that it names, where that belongs to the account.
    pub(super) async fn carried(self, shared: &Shared, account: AccountId) -> Result<Carried, Problem> {
        let (id, wanted, caption) = match self {
            Self::Text { text } => return Ok(Carried { content: Content::text(text), medium: None }),
            Self::Media { media, media_kind, caption } => (media, media_kind, caption),
        };
        let medium = shared.store.medium(id).await?.filter(|medium| medium.account == account);
        let medium = medium.ok_or_else(|| Problem::denied(vec![medium_gone()]))?;
        let kind = wanted.unwrap_or_else(|| medium.kind.clone());
        if !may_be(&medium.mime, &kind) {
            let text = format!("The file is of type {}, which is not sent as {kind:?}.", medium.mime);
            return Err(Problem::denied(vec![Reason::permanent(ReasonCode::CONTENT_MIME_UNSUPPORTED, text)]));
        }
        let mut content = Medium::of_kind(kind).with_mime(&medium.mime);
        content.caption = caption;
        Ok(Carried { content: Content::Media(content), medium: Some(medium) })
    }
}

impl Carried {
    /// What the verdict is asked about: the file as it was measured.
    pub(super) fn draft(&self) -> Draft {
        Draft::of(match (&self.content, &self.medium) {
            (Content::Text { text }, _) => Part::text(text),
            (Content::Media(content), Some(medium)) => {
                let part = Part::medium(&content.media_kind, &medium.mime, medium.bytes);
                content.caption.iter().fold(part, |part, caption| part.with_text(caption))
            }
            (other, _) => Part::of_kind(other.kind()),
        })
    }
}
