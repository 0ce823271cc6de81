//! How the types of other crates look in JSON, for the OpenAPI document only.

#![allow(dead_code, reason = "these types are described and never made")]

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

/// What a message says.
#[derive(Serialize, ToSchema)]
#[schema(as = Content)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum ContentSchema {
    /// Plain text.
    Text { text: String },
    /// A medium of any kind.
    Media {
        /// An open id: `image`, `video`, `voice`, `file`, …
        media_kind: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        media_id: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        mime: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        caption: Option<String>,
    },
    /// A post of the platform that somebody shared.
    Post {
        #[serde(skip_serializing_if = "Option::is_none")]
        post_id: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        url: Option<String>,
    },
    /// A question with answers to tap.
    QuestionCard {
        /// An open id: `buttons`, `links`.
        layout: String,
        title: String,
        buttons: Vec<CardButtonSchema>,
    },
    /// Something that cannot be shown: says what arrived.
    Fallback {
        /// The platform's kind, an open id.
        original_kind: String,
        text: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        /// The medium behind it, where the host can get it; then `media` of the message tells of it.
        #[serde(skip_serializing_if = "Option::is_none")]
        medium: Option<MediumSchema>,
    },
    /// Content of a later time.
    Unknown,
}

/// A medium, by the platform's name for it or by a URL.
#[derive(Serialize, ToSchema)]
#[schema(as = ChannelMedium)]
pub(super) struct MediumSchema {
    /// An open id: `image`, `video`, `sticker`, …
    media_kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    media_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mime: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    caption: Option<String>,
}

/// Which button of which card a customer tapped.
#[derive(Serialize, ToSchema)]
#[schema(as = CardAnswer)]
pub(super) struct CardAnswerSchema {
    /// The platform's id of the message with the card.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// The business's own name of the button.
    #[serde(skip_serializing_if = "Option::is_none")]
    button: Option<String>,
}

/// What a message lost of what was asked for.
#[derive(Serialize, ToSchema)]
#[schema(as = Loss)]
pub(super) struct LossSchema {
    /// Stable: `split`, `choices_as_text`, `medium_as_link`, `converted`, `quote_dropped`.
    code: String,
    /// One sentence.
    text: String,
}

/// One answer of a question card.
#[derive(Serialize, ToSchema)]
#[schema(as = CardButton)]
pub(super) struct CardButtonSchema {
    label: String,
    /// Comes back with the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

/// How a customer came; what the platform does not tell is missing.
#[derive(Serialize, ToSchema)]
#[schema(as = ReferralDetails)]
pub(super) struct ReferralSchema {
    /// An open id: `ad`, `short_link`, …; `unknown` where the platform does not say.
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ad_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ad_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    advertiser_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
}

/// One reason against an action.
#[derive(Serialize, ToSchema)]
#[schema(as = Reason)]
pub(super) struct ReasonSchema {
    /// Stable, of the form `area.detail`; an open list.
    code: String,
    /// One sentence in English.
    text: String,
    /// The figures and names of this case, for translation.
    #[schema(required = false)]
    params: BTreeMap<String, ParamSchema>,
    /// Whether waiting or the customer can change it.
    permanent: bool,
    /// What helps: `wait_for_customer`, `retry_at`, `shrink_to`, …; an open list.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
    /// When the same may work, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_at: Option<i64>,
    /// Whether the platform would certainly refuse; where it is missing: yes.
    #[schema(required = false)]
    certain: bool,
    /// Who decided: `connector`, `account`, `conversation` or `live`.
    #[serde(skip_serializing_if = "Option::is_none")]
    layer: Option<String>,
    /// The rule that decided, as the document names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    /// Where the rule comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<BTreeMap<String, String>>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Param)]
#[serde(untagged)]
pub(super) enum ParamSchema {
    Number(i64),
    Text(String),
}

/// What a channel can do; its schema comes from `docs/capabilities.schema.json`.
#[derive(Serialize, ToSchema)]
#[schema(as = CapabilityDocument)]
pub(super) struct CapabilityDocumentSchema {}
