//! What a person can put into a chat.

use std::sync::Arc;

use axum::body::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::error::SimulatorError;
use crate::media::{MP4, PNG, sniff_image, sniff_video};
use crate::shared::Shared;
use crate::state::{Content, Media, MediaType};

const STICKER_LIFE_SECS: i64 = 30 * 24 * 60 * 60;

/// Something to be sent by a customer or a colleague (protocol reference, section 6.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Utterance {
    /// Plain text.
    Text {
        /// The text.
        body: String,
    },
    /// A picture.
    Image {
        /// A JPG or PNG in Base64; without it, a sample.
        base64: Option<String>,
    },
    /// A film.
    Video {
        /// An MP4 in Base64; without it, a sample.
        base64: Option<String>,
    },
    /// A sticker.
    Sticker {
        /// Whether the event has its address.
        #[serde(default = "yes")]
        with_url: bool,
    },
    /// A big emoji.
    Emoji {},
    /// A shared post.
    SharePost {
        /// The post's id, which may be missing.
        video_id: Option<String>,
        /// Whether it is private or removed, so that it has no address.
        #[serde(default)]
        private: bool,
    },
    /// Something the API cannot represent, such as a voice note.
    Unsupported {
        /// The `type` of its event. Without one, no event reports it.
        webhook_type: Option<String>,
    },
}

fn yes() -> bool {
    true
}

impl Utterance {
    /// A text.
    #[must_use]
    pub fn text(body: &str) -> Self {
        Self::Text { body: body.to_owned() }
    }

    /// These bytes as a picture.
    #[must_use]
    pub fn image(bytes: &[u8]) -> Self {
        Self::Image { base64: Some(STANDARD.encode(bytes)) }
    }
}

/// Keeps the bytes of an utterance and turns it into what a message says.
pub(crate) fn store(
    shared: &Arc<Shared>,
    business: Option<&str>,
    utterance: &Utterance,
) -> Result<Content, SimulatorError> {
    Ok(match utterance {
        Utterance::Text { body } => Content::text_of(body),
        Utterance::Image { base64 } => {
            let media_id = keep(shared, business, MediaType::Image, base64.as_deref())?;
            Content::Image { media_id }
        }
        Utterance::Video { base64 } => {
            let media_id = keep(shared, business, MediaType::Video, base64.as_deref())?;
            Content::Video { media_id }
        }
        Utterance::Sticker { with_url } => {
            let expires = shared.clock.now_secs() + STICKER_LIFE_SECS;
            let name = shared.update(|world| world.ids.word("sticker"));
            let url = format!("{}/cdn/sticker/{name}.png?x-expires={expires}", shared.url);
            Content::Sticker { url: with_url.then_some(url) }
        }
        Utterance::Emoji {} => {
            let name = shared.update(|world| world.ids.word("emoji"));
            Content::Emoji { url: format!("{}/cdn/emoji/{name}.png", shared.url) }
        }
        Utterance::SharePost { video_id, private } => {
            let embed_url = video_id.as_ref().filter(|_| !private);
            let embed_url =
                embed_url.map(|id| format!("https://www.tiktok.com/player/v1/{id}?utm_source=dm"));
            Content::SharePost { embed_url, video_id: video_id.clone() }
        }
        Utterance::Unsupported { webhook_type } => Content::Other { webhook_type: webhook_type.clone() },
    })
}

fn keep(
    shared: &Shared,
    business: Option<&str>,
    kind: MediaType,
    base64: Option<&str>,
) -> Result<String, SimulatorError> {
    let sample = if kind == MediaType::Image { PNG } else { MP4 };
    let bytes = match base64 {
        None => Bytes::from_static(sample),
        Some(text) => Bytes::from(STANDARD.decode(text).map_err(|_| SimulatorError::UnusableFile)?),
    };
    let mime = match kind {
        MediaType::Image => sniff_image(&bytes),
        MediaType::Video => sniff_video(&bytes),
    };
    let mime = mime.ok_or(SimulatorError::UnusableFile)?;
    let stored_ms = shared.clock.now_ms();
    shared.update(|world| {
        let business_id = world.account(business)?.business_id.clone();
        let media_id = world.ids.media();
        let media = Media { business_id, kind, mime, bytes, uploaded: false, stored_ms };
        world.media.put(media_id.clone(), media);
        Ok(media_id)
    })
}
