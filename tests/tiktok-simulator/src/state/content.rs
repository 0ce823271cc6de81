//! What messages say.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Content {
    /// Plain text.
    Text {
        /// The text.
        body: String,
    },
    /// A picture, whose bytes are behind its `media_id`.
    Image {
        /// The id for `/business/message/media/download/`.
        media_id: String,
    },
    /// A film. Only customers send films.
    Video {
        /// The id for `/business/message/media/download/`.
        media_id: String,
    },
    /// A shared post.
    SharePost {
        /// The player's address; a private or removed post has none.
        embed_url: Option<String>,
        /// The post's id.
        video_id: Option<String>,
    },
    /// A sticker.
    Sticker {
        /// Its address, for about 30 days; it may be missing.
        url: Option<String>,
    },
    /// A big or animated emoji.
    Emoji {
        /// Its address, which does not expire.
        url: String,
    },
    /// A card with answer buttons, as the send request described it.
    Template {
        /// The `template` member of the request.
        template: Value,
    },
    /// Something the API cannot represent, such as a voice note (section 6.4).
    Other {
        /// The `type` of its event. Without one, no event reports it.
        webhook_type: Option<String>,
    },
}

impl Content {
    /// A text.
    #[must_use]
    pub fn text_of(body: &str) -> Self {
        Self::Text { body: body.to_owned() }
    }

    /// A post of an account that everybody may see.
    pub(crate) fn post(video_id: &str) -> Self {
        let embed_url = format!("https://www.tiktok.com/player/v1/{video_id}?utm_source=dm");
        Self::SharePost { embed_url: Some(embed_url), video_id: Some(video_id.to_owned()) }
    }

    /// The kind in REST spelling (protocol reference, section 7).
    #[must_use]
    pub fn rest_type(&self) -> &'static str {
        match self {
            Self::Text { .. } => "TEXT",
            Self::Image { .. } => "IMAGE",
            Self::Video { .. } => "VIDEO",
            Self::SharePost { .. } => "SHARE_POST",
            Self::Sticker { .. } => "STICKER",
            Self::Emoji { .. } => "EMOJI",
            Self::Template { .. } => "TEMPLATE",
            Self::Other { .. } => "OTHER",
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text { body } => Some(body),
            _ => None,
        }
    }

    /// The media behind it, if there are any.
    #[must_use]
    pub fn media_id(&self) -> Option<&str> {
        match self {
            Self::Image { media_id } | Self::Video { media_id } => Some(media_id),
            _ => None,
        }
    }

    /// Whether a text may quote it (protocol reference, section 4.1).
    pub(crate) fn can_be_quoted(&self) -> bool {
        matches!(self, Self::Text { .. } | Self::Image { .. } | Self::SharePost { .. })
    }

    /// The member that carries the content in REST history: its name and value.
    pub(crate) fn rest_block(&self) -> Option<(&'static str, Value)> {
        Some(match self {
            Self::Text { body } => ("text", json!({ "body": body })),
            Self::Image { media_id } => ("image", json!({ "media_id": media_id })),
            Self::Video { media_id } => ("video", json!({ "media_id": media_id })),
            Self::SharePost { embed_url, .. } => ("share_post", present([("embed_url", embed_url)])),
            Self::Sticker { url } => ("sticker", present([("url", url)])),
            Self::Emoji { url } => ("emoji", json!({ "url": url })),
            Self::Template { template } => ("template", template.clone()),
            Self::Other { .. } => return None,
        })
    }

    /// The `type` and its block in webhook spelling (protocol reference, sections 6.4 and 7).
    pub(crate) fn webhook_block(&self) -> (String, Option<Value>) {
        let kind = match self {
            Self::Other { webhook_type } => return (webhook_type.clone().unwrap_or_default(), None),
            other => other.rest_type().to_lowercase(),
        };
        let block = match self {
            Self::SharePost { embed_url, video_id } => {
                present([("embed_url", embed_url), ("video_id", video_id)])
            }
            Self::Template { template } => template_block(template),
            other => other.rest_block().map(|(_, block)| block).unwrap_or_default(),
        };
        (kind, Some(block))
    }
}

/// An object of the members that are there.
fn present<const N: usize>(members: [(&str, &Option<String>); N]) -> Value {
    let there =
        members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value.as_ref()?))));
    Value::Object(there.collect::<Map<_, _>>())
}

fn template_block(template: &Value) -> Value {
    let kind = template["type"].as_str().unwrap_or_default();
    let buttons: Vec<Value> = template["buttons"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|button| {
            let mut entry = json!({ "text": button["title"], "type": "REPLY" });
            if !button["id"].is_null() {
                entry["id"] = button["id"].clone();
            }
            entry
        })
        .collect();
    json!({
        "type": kind.to_lowercase(),
        "elements": [{ "title": template["title"], "buttons": buttons }],
    })
}

/// Which automation wrote a message: `auto_message_type` (protocol reference, section 6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Automation {
    /// The welcome message.
    WelcomeMessage,
    /// The answer to a suggested question.
    SuggestedQuestion,
    /// An answer to a keyword.
    AutoReply,
}

/// Which button of a card a text came from (protocol reference, section 6.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReplySource {
    /// The card's message.
    pub reply_source_msg_id: String,
    /// The button's `id`; a button without one has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_source_unique_id: Option<String>,
}

/// A reaction that stands on a message (protocol reference, section 4.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StandingReaction {
    /// What it is.
    #[serde(flatten)]
    pub face: Face,
    /// Who reacted.
    pub unique_identifier: String,
    /// When, in simulated Unix milliseconds.
    pub timestamp: i64,
}

/// The picture of a reaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE", deny_unknown_fields)]
pub enum Face {
    /// A Unicode emoji.
    Emoji {
        /// The emoji.
        emoji: String,
    },
    /// A generated picture.
    AiEmoji {
        /// Its address, for about 30 days.
        ai_emoji_url: String,
    },
}

impl Face {
    /// A Unicode emoji.
    #[must_use]
    pub fn emoji(emoji: &str) -> Self {
        Self::Emoji { emoji: emoji.to_owned() }
    }
}
