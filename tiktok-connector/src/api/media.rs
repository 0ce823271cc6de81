//! Pictures on their way to TikTok, pictures and videos on their way from it (protocol reference, sections 4.4 and
//! 4.5).

use connector_api::{
    ConnectorError, ErrorClass, FetchMediaRequest, FetchedMedia, ReasonCode, UploadMediaRequest,
    UploadedMedia,
};
use reqwest::multipart::{Form, Part};
use serde_json::json;

use super::Api;

const UPLOAD_LASTS_SECONDS: u32 = 30 * 24 * 3600;

/// Uploads a picture.
pub(crate) async fn upload(api: &Api, request: UploadMediaRequest) -> Result<UploadedMedia, ConnectorError> {
    let name = match request.mime.as_str() {
        "image/jpeg" => "picture.jpg",
        "image/png" => "picture.png",
        _ => {
            return Err(ConnectorError::new(
                ErrorClass::Unsupported,
                ReasonCode::CONTENT_MIME_UNSUPPORTED,
                "TikTok takes pictures that are JPEG or PNG, and nothing else.",
            ));
        }
    };
    // A part without filename and type is refused (protocol reference, section 4.4).
    let file = Part::bytes(request.bytes).file_name(name).mime_str(&request.mime).map_err(|_| {
        ConnectorError::new(ErrorClass::Invalid, ReasonCode::CONNECTOR_FAULT, "The media type is none.")
    })?;
    let form =
        Form::new().text("business_id", request.account.id).text("media_type", "IMAGE").part("file", file);
    let token = &request.account.credentials.access_token;
    let answer = api.upload_as(token, "business/message/media/upload", form).await?;
    let id = answer.text("/media_id").ok_or_else(|| answer.lacks("the picture"))?;
    Ok(UploadedMedia::new(id).with_valid_seconds(UPLOAD_LASTS_SECONDS))
}

/// Asks where a medium is, which counts as a request, and gets its bytes from there, which does not.
pub(crate) async fn fetch(api: &Api, request: &FetchMediaRequest) -> Result<FetchedMedia, ConnectorError> {
    let media_type = match request.kind.as_str() {
        "image" => "IMAGE",
        "video" => "VIDEO",
        kind => {
            return Err(ConnectorError::new(
                ErrorClass::Unsupported,
                ReasonCode::CONTENT_KIND_UNSUPPORTED,
                format!("TikTok hands out no media of kind {kind}."),
            ));
        }
    };
    let body = json!({
        "business_id": request.account.id,
        "conversation_id": request.conversation,
        "message_id": request.message,
        "media_id": request.media_id,
        "media_type": media_type,
    });
    let token = &request.account.credentials.access_token;
    let answer = api.post_as(token, "business/message/media/download", &body).await?;
    let url = answer.text("/download_url").ok_or_else(|| answer.lacks("where the medium is"))?;
    api.download(token, &url, request.max_bytes).await
}
