//! Media upload and download (protocol reference, sections 4.4 and 4.5).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest as _, Multipart, Request, State};
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::{admit, allow_messaging};
use super::params::{json as parse, required};
use super::{Refusal, Reply, code};
use crate::judge::ViolationKind;
use crate::media::sniff_image;
use crate::shared::Shared;
use crate::state::{Grant, Media, MediaType, World};

/// `POST /business/message/media/upload/`.
pub(crate) async fn upload(State(shared): State<Arc<Shared>>, call: Request) -> Reply {
    take(&shared, call).await.into()
}

async fn take(shared: &Shared, call: Request) -> Result<Value, Refusal> {
    let grant = admit(shared, call.headers())?;
    let no_form = |_| Refusal::new(code::PARAMETER, "The request body is not multipart/form-data.");
    let form = Multipart::from_request(call, &()).await.map_err(no_form)?;
    let parts = Parts::read(form).await?;
    let business_id = required(parts.business_id.as_deref(), "business_id")?;
    allow_messaging(shared, &grant, business_id, "message.list.send")?;
    let max = shared.world().settings.max_image_bytes;
    let (bytes, mime) = parts.image(max)?;
    let stored_ms = shared.clock.now_ms();
    let media_id = shared.update(|world| {
        let media_id = world.ids.media();
        let business_id = grant.business_id.clone();
        let kind = MediaType::Image;
        let media = Media { business_id, kind, mime, bytes, uploaded: true, stored_ms };
        world.media.put(media_id.clone(), media);
        media_id
    });
    Ok(json!({ "media_id": media_id }))
}

/// The parts of an upload.
#[derive(Debug, Default)]
struct Parts {
    business_id: Option<String>,
    media_type: Option<String>,
    file: Option<Bytes>,
    /// What is wrong with the form of the parts.
    blemish: Option<String>,
}

impl Parts {
    async fn read(mut form: Multipart) -> Result<Self, Refusal> {
        let broken = |_| Refusal::new(code::PARAMETER, "The multipart form is broken.");
        let mut parts = Self::default();
        while let Some(part) = form.next_field().await.map_err(broken)? {
            let name = part.name().unwrap_or_default().to_owned();
            let image_type = part.content_type().is_some_and(|given| given.starts_with("image/"));
            let named = part.file_name().is_some_and(|given| !given.is_empty());
            let bytes = part.bytes().await.map_err(broken)?;
            let text = || Some(String::from_utf8_lossy(&bytes).into_owned());
            match name.as_str() {
                "business_id" => parts.business_id = text(),
                "media_type" => parts.media_type = text(),
                "file" => {
                    if !named || !image_type {
                        parts.blemish = Some("file needs a filename and an image Content-Type".to_owned());
                    }
                    parts.file = Some(bytes);
                }
                other => parts.blemish = Some(format!("{other} is no part of an upload")),
            }
        }
        Ok(parts)
    }

    /// The picture, if it is one (protocol reference, section 13, item 11).
    fn image(self, max: usize) -> Result<(Bytes, &'static str), Refusal> {
        if let Some(blemish) = self.blemish {
            let refusal = Refusal::new(code::PARAMETER, format!("Invalid form: {blemish}."));
            return Err(refusal.breaking(ViolationKind::MultipartPart, blemish));
        }
        if required(self.media_type.as_deref(), "media_type").map_err(missing_part)? != "IMAGE" {
            return Err(Refusal::param("media_type"));
        }
        let bytes = self.file.ok_or_else(|| missing_part(Refusal::missing("file")))?;
        if bytes.is_empty() {
            return Err(Refusal::new(code::FILE_EMPTY, "The file is empty."));
        }
        if bytes.len() > max {
            return Err(Refusal::new(code::FILE_TOO_LARGE, "The file is larger than 3 MB."));
        }
        let unsupported = || Refusal::new(code::FILE_TYPE, "The file type is not supported: use JPG or PNG.");
        let mime = sniff_image(&bytes).ok_or_else(unsupported)?;
        Ok((bytes, mime))
    }
}

fn missing_part(refusal: Refusal) -> Refusal {
    let detail = refusal.message.clone();
    refusal.breaking(ViolationKind::MultipartPart, detail)
}

#[derive(Debug, Deserialize)]
struct Wanted {
    business_id: Option<String>,
    conversation_id: Option<String>,
    message_id: Option<String>,
    media_id: Option<String>,
    media_type: Option<String>,
}

/// `POST /business/message/media/download/`.
pub(crate) async fn download(State(shared): State<Arc<Shared>>, headers: HeaderMap, bytes: Bytes) -> Reply {
    address(&shared, &headers, &bytes).into()
}

fn address(shared: &Shared, headers: &HeaderMap, bytes: &[u8]) -> Result<Value, Refusal> {
    let grant = admit(shared, headers)?;
    let wanted: Wanted = parse(bytes)?;
    let business_id = required(wanted.business_id.as_deref(), "business_id")?;
    allow_messaging(shared, &grant, business_id, "message.list.read")?;
    let now_ms = shared.clock.now_ms();
    let (key, expires) = shared.update(|world| {
        let media_id = consistent(world, &grant, &wanted, now_ms)?;
        let key = world.ids.word("address");
        let expires = world.media.open(&key, &media_id, now_ms / 1_000);
        Ok((key, expires))
    })?;
    Ok(json!({ "download_url": format!("{}/media/{key}?x-expires={expires}", shared.url) }))
}

/// The media, if all five members belong together (protocol reference, section 13, item 12).
fn consistent(world: &mut World, grant: &Grant, wanted: &Wanted, now_ms: i64) -> Result<String, Refusal> {
    let conversation_id = required(wanted.conversation_id.as_deref(), "conversation_id")?;
    let message_id = required(wanted.message_id.as_deref(), "message_id")?;
    let media_id = required(wanted.media_id.as_deref(), "media_id")?;
    let media_type = required(wanted.media_type.as_deref(), "media_type")?;
    let kind = MediaType::parse(media_type).ok_or_else(|| Refusal::param("media_type"))?;
    let life_secs = world.settings.inbound_media_secs;
    let unknown = |what: &str| Refusal::new(code::NOT_FOUND, format!("The {what} does not exist."));
    let conversation = world
        .conversation(conversation_id)
        .filter(|known| known.business_id == grant.business_id)
        .ok_or_else(|| unknown("conversation"))?;
    let message = conversation.message(message_id).ok_or_else(|| unknown("message"))?;
    if message.content.media_id() != Some(media_id) {
        return Err(unknown("media of this message"));
    }
    let media = world.media.get(media_id).ok_or_else(|| unknown("media"))?;
    if media.kind != kind {
        return Err(Refusal::param("media_type"));
    }
    let age_secs = u64::try_from((now_ms - media.stored_ms) / 1_000).unwrap_or_default();
    if !media.uploaded && life_secs.is_some_and(|life| age_secs >= life) {
        return Err(Refusal::new(code::FILE_EXPIRED, "The media has expired."));
    }
    Ok(media_id.to_owned())
}
