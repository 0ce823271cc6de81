//! Media that come late, or not, or are something else. What to do stands in their ids, or at the end of their bytes.

use std::{
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
};

use connector_api::{
    ConnectorError, ErrorClass, FetchMediaRequest, FetchedMedia, ReasonCode, UploadMediaRequest,
    UploadedMedia,
};

/// A picture of 3 by 2 pixels, as far as its header.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\x02\0\0\0";

/// The bytes of a received medium: `picture`, `page`, `empty`; `later:FILE`, a picture once that file is there.
pub(crate) fn fetch(request: &FetchMediaRequest) -> Result<FetchedMedia, ConnectorError> {
    let bytes: &[u8] = match request.media_id.as_str() {
        "picture" => PICTURE,
        "page" => b"<!DOCTYPE html><script>alert(1)</script>",
        "empty" => b"",
        id => match id.strip_prefix("later:") {
            Some(file) if Path::new(file).exists() => PICTURE,
            Some(_) => return Err(away(ErrorClass::Unavailable)),
            None => {
                let text = "There is no such medium.";
                return Err(ConnectorError::new(ErrorClass::Refused, ReasonCode::PLATFORM_NOT_FOUND, text));
            }
        },
    };
    Ok(FetchedMedia::new(bytes.to_vec(), Some("image/png".to_owned())))
}

/// Counts what it takes. Where the bytes end in `uncertain-until:FILE`, nobody can say what becomes of them before that
/// file is there; where they end in `hang-until:FILE`, it hangs until then.
pub(crate) async fn upload(
    uploads: &AtomicU32,
    request: &UploadMediaRequest,
) -> Result<UploadedMedia, ConnectorError> {
    let text = String::from_utf8_lossy(&request.bytes);
    if let Some((_, file)) = text.rsplit_once("uncertain-until:")
        && !Path::new(file).exists()
    {
        return Err(away(ErrorClass::Uncertain));
    }
    if let Some((_, file)) = text.rsplit_once("hang-until:")
        && !Path::new(file).exists()
    {
        std::future::pending::<()>().await;
    }
    let number = uploads.fetch_add(1, Ordering::Relaxed) + 1;
    Ok(UploadedMedia::new(format!("upload-{number}")))
}

fn away(class: ErrorClass) -> ConnectorError {
    ConnectorError::new(class, ReasonCode::PLATFORM_UNAVAILABLE, "The platform is away for a moment.")
}
