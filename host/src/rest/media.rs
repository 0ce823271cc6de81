//! Files: brought to be sent, and fetched again.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    body::Bytes,
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    body::{PathText, QueryOf},
    caller::Caller,
    problem::Problem,
    views::MessageView,
};
use crate::{
    media::{FileError, MediaError},
    model::{AccountId, MediumId, MediumOrigin, MessageId, StoredMedium},
    shared::Shared,
};

/// How long each part of a file may take to arrive.
const PART_WITHIN: Duration = Duration::from_secs(15);
const MAX_NAME: usize = 255;

/// A file that the host keeps.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MediumView {
    id: MediumId,
    account: AccountId,
    /// `image`, `video`, `audio` or `file`.
    kind: String,
    /// Media type, found in the bytes.
    mime: String,
    bytes: u64,
    /// Of the bytes, in hex.
    sha256: String,
    /// Of a picture, in pixels.
    width: Option<u32>,
    height: Option<u32>,
    name: Option<String>,
}

impl From<StoredMedium> for MediumView {
    fn from(medium: StoredMedium) -> Self {
        Self {
            id: medium.id,
            account: medium.account,
            kind: medium.kind,
            mime: medium.mime,
            bytes: medium.bytes,
            sha256: medium.sha256,
            width: medium.size.map(|size| size.width),
            height: medium.size.map(|size| size.height),
            name: medium.name,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct UploadQuery {
    /// What the file is called.
    #[param(max_length = 255)]
    name: Option<String>,
}

/// Keeps a file, to be sent by its id; the same bytes twice are one file. What it is, is found in its bytes, whatever
/// its media type says. One that no message uses is forgotten after a day.
#[utoipa::path(post, path = "/v1/accounts/{id}/media", tag = "media",
    params(("id" = AccountId, Path), UploadQuery),
    request_body(content = String, content_type = "application/octet-stream", description = "The bytes."),
    responses((status = 201, body = MediumView), (status = 400, description = "`media.empty`, or it did not arrive whole."),
        (status = 413, description = "`media.too_large`")))]
pub(super) async fn upload(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(account): PathText,
    QueryOf(query): QueryOf<UploadQuery>,
    request: Request,
) -> Result<Response, Problem> {
    let account = caller.account(&shared, &account).await?;
    let name = query.name.map(usable_name).transpose()?;
    let (now, origin) = (shared.clock.now(), MediumOrigin::Upload);
    let kept = shared.media.keep(account.id, parts(request), name, origin, now).await?;
    let location = format!("/v1/media/{}", kept.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(MediumView::from(kept))).into_response())
}

fn usable_name(name: String) -> Result<String, Problem> {
    if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        let detail = format!("name must be 1 to {MAX_NAME} characters, without control characters.");
        return Err(Problem::malformed(detail));
    }
    Ok(name)
}

fn parts(request: Request) -> BoxStream<'static, Result<Bytes, FileError>> {
    let next = |mut parts: axum::body::BodyDataStream| async move {
        match tokio::time::timeout(PART_WITHIN, parts.next()).await {
            Ok(part) => part.map(|part| (part.map_err(|_| FileError::Broken), parts)),
            Err(_) => Some((Err(FileError::Broken), parts)),
        }
    };
    stream::unfold(request.into_body().into_data_stream(), next).boxed()
}

impl From<MediaError> for Problem {
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::Store(error) => error.into(),
            MediaError::File(FileError::TooLarge(limit)) => {
                let detail = format!("The file has more than {limit} bytes (limits.media_bytes).");
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "media.too_large", detail)
            }
            MediaError::File(FileError::Empty) => {
                let detail = "The file is empty; send its bytes as the body.";
                Self::new(StatusCode::BAD_REQUEST, "media.empty", detail)
            }
            MediaError::File(FileError::Broken) => {
                Self::malformed("The body did not arrive whole, or not in time.")
            }
            MediaError::File(FileError::Missing) => Self::not_found("file"),
            MediaError::File(error @ FileError::Failed(_)) => {
                tracing::error!(%error, "Files cannot be used");
                let detail = "The host cannot keep or read files now. Try again later.";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "media.unavailable", detail)
            }
        }
    }
}

impl From<FileError> for Problem {
    fn from(error: FileError) -> Self {
        MediaError::from(error).into()
    }
}

/// Has the medium of a message fetched again, from now on.
#[utoipa::path(post, path = "/v1/messages/{id}/media/fetch", tag = "media",
    params(("id" = MessageId, Path)),
    responses((status = 202, body = MessageView), (status = 409, description = "`media.not_missing`")))]
pub(super) async fn fetch_again(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(message): PathText,
) -> Result<(StatusCode, Json<MessageView>), Problem> {
    let id = caller.message(&shared, &message).await?.id;
    if !shared.store.fetch_again(id, shared.clock.now()).await? {
        let detail = "The message brought no medium, or the host has it.";
        return Err(Problem::new(StatusCode::CONFLICT, "media.not_missing", detail));
    }
    shared.media_wanted.send_replace(());
    let message = shared.store.message(id).await?.ok_or_else(|| Problem::not_found("message"))?;
    Ok((StatusCode::ACCEPTED, Json(message.into())))
}
