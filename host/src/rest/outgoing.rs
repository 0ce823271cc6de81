//! What somebody wants to send, what of it the verdict is asked about, and the messages that carry it.

use connector_api::{
    CardButton, Content, Medium, QuestionCard, SharedPost,
    capabilities::{Draft, Part, Permit, Reason, ReasonCode, Step},
};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{problem::Problem, strict};
use crate::{
    media::may_be,
    model::{AccountId, MediumId, StoredMedium},
    shared::Shared,
    store::{PlannedMessage, medium_gone},
};

const KINDS: [&str; 6] = ["text", "media", "post", "question_card", "buttons", "quick_replies"];
/// How choices are laid out where nobody says.
const LAYOUT: &str = "buttons";

/// What a message is to say.
#[derive(Deserialize, ToSchema)]
#[schema(as = OutgoingContent)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
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
    /// A post of the business's own, by the platform's id.
    Post { post_id: String },
    /// A question with answers to tap.
    QuestionCard {
        /// An open id: `buttons`, `links`; `buttons` where it is missing.
        layout: Option<String>,
        title: String,
        buttons: Vec<OutgoingButton>,
    },
    /// A text with buttons below; a numbered list in a text where the channel has none and the policy lets it be.
    Buttons { text: String, buttons: Vec<OutgoingButton> },
    /// A text with answers to tap; likewise.
    QuickReplies { text: String, buttons: Vec<OutgoingButton> },
}

/// Something to tap.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OutgoingButton {
    label: String,
    /// Comes back with the answer.
    id: Option<String>,
}

/// One part of what is sent.
pub(super) struct Carried {
    content: Content,
    medium: Option<StoredMedium>,
    /// What the verdict is asked about: a file as it was measured.
    part: Part,
}

impl OutgoingContent {
    /// A content that stands at `place` of a body.
    pub(super) fn read(content: Map<String, Value>, place: &str) -> Result<Self, Problem> {
        let kind = content.get("kind").and_then(Value::as_str);
        if let Some(kind) = kind.filter(|kind| !KINDS.contains(kind)) {
            let text = format!("This host sends {}, and nothing of the kind {kind:?}.", KINDS.join(", "));
            return Err(Problem::denied(vec![Reason::permanent(ReasonCode::CONTENT_KIND_UNSUPPORTED, text)]));
        }
        strict::of(Value::Object(content), place)
    }

    /// With the file that it names, where that belongs to the account.
    pub(super) async fn carried(self, shared: &Shared, account: AccountId) -> Result<Carried, Problem> {
        let (id, wanted, caption) = match self {
            Self::Text { text } => return Ok(Carried::new(Content::text(text), None)),
            Self::Post { post_id } => {
                return Ok(Carried::new(Content::Post(SharedPost::new(Some(post_id), None)), None));
            }
            Self::QuestionCard { layout, title, buttons } => {
                return Ok(Carried::choices("question_card", layout, title, buttons));
            }
            Self::Buttons { text, buttons } => return Ok(Carried::choices("buttons", None, text, buttons)),
            Self::QuickReplies { text, buttons } => {
                return Ok(Carried::choices("quick_replies", None, text, buttons));
            }
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
        Ok(Carried::new(Content::Media(content), Some(medium)))
    }
}

impl Carried {
    pub(super) fn new(content: Content, medium: Option<StoredMedium>) -> Self {
        let part = match (&content, &medium) {
            (Content::Text { text }, _) => Part::text(text),
            (Content::Media(content), Some(medium)) => {
                let part = Part::medium(&content.media_kind, &medium.mime, medium.bytes);
                content.caption.iter().fold(part, |part, caption| part.with_text(caption))
            }
            (Content::QuestionCard(card), _) => {
                let labels = card.buttons.iter().map(|button| &button.label);
                let ids = card.buttons.iter().filter_map(|button| button.id.as_ref());
                Part::choices(content.kind(), &card.title, labels).laid_out(&card.layout, ids)
            }
            (other, _) => Part::of_kind(other.kind()),
        };
        Self { content, medium, part }
    }

    fn choices(kind: &str, layout: Option<String>, title: String, buttons: Vec<OutgoingButton>) -> Self {
        let buttons = buttons.into_iter().map(|button| CardButton::new(button.label, button.id)).collect();
        let layout = layout.unwrap_or_else(|| LAYOUT.to_owned());
        let card = Content::QuestionCard(QuestionCard::new(layout, title, buttons));
        Self::new(card, None).sent_as(Some(kind))
    }

    /// Asked about as that kind, where the content does not say it.
    pub(super) fn sent_as(mut self, kind: Option<&str>) -> Self {
        if let Some(kind) = kind {
            kind.clone_into(&mut self.part.kind);
        }
        self
    }

    /// For what this host sends without files.
    pub(super) fn without_file(self) -> Result<(Content, Part), Problem> {
        if self.medium.is_none() {
            return Ok((self.content, self.part));
        }
        let text = "This host answers comments with no files.";
        Err(Problem::denied(vec![Reason::permanent(ReasonCode::CONTENT_KIND_UNSUPPORTED, text)]))
    }

    /// What the verdict on all parts at once is asked about.
    pub(super) fn draft(parts: &[Self]) -> Draft {
        Draft { parts: parts.iter().map(|carried| carried.part.clone()).collect(), quotes: None }
    }
}

/// The message that a step of a verdict's plan means; `None` where this host cannot put it into one.
pub(super) fn planned(step: &Step, parts: &[Carried], permit: Permit) -> Option<PlannedMessage> {
    let (content, medium) = match &step.parts[..] {
        [part] => content_of(part, parts)?,
        // A text beside a file is what the file is captioned with.
        [one, other] => {
            let (text, file) = if one.is_medium() { (other, one) } else { (one, other) };
            if text.kind != "text" || !file.is_medium() || file.text.is_some() {
                return None;
            }
            content_of(&Part { text: text.text.clone(), ..file.clone() }, parts)?
        }
        _ => return None,
    };
    let permit = Permit { places: step.costs, ..permit };
    let kind = step.parts.first().filter(|part| !part.choices.is_empty()).map(|part| &part.kind);
    let sent_as = kind.filter(|kind| **kind != content.kind()).cloned();
    Some(PlannedMessage { content, sent_as, medium, quotes: step.quotes, permit })
}

/// What a part of a plan means, by the part of the request that it came of.
fn content_of(part: &Part, parts: &[Carried]) -> Option<(Content, Option<MediumId>)> {
    if part.kind == "text" {
        return Some((Content::text(part.text.as_deref()?), None));
    }
    let same = |carried: &&Carried| {
        let asked = &carried.part;
        if !part.choices.is_empty() {
            // Whatever kind the choices became, they are the same ones below the same text.
            return Part { kind: part.kind.clone(), ..asked.clone() } == *part;
        }
        (&asked.mime, asked.bytes, &asked.choices) == (&part.mime, part.bytes, &part.choices)
            && (asked.kind == part.kind || part.is_medium())
    };
    let carried = parts.iter().find(same)?;
    let content = match &carried.content {
        Content::Media(asked) => {
            let mut medium = asked.clone();
            part.kind.clone_into(&mut medium.media_kind);
            medium.caption.clone_from(&part.text);
            Content::Media(medium)
        }
        other => other.clone(),
    };
    Some((content, carried.medium.as_ref().map(|medium| medium.id)))
}

/// What is to be one message and cannot be.
pub(super) fn not_together() -> Reason {
    let text = "This host cannot put these parts into one message; send them one by one.";
    Reason::permanent(ReasonCode::CONTENT_COMBINATION_UNSUPPORTED, text)
}
