//! What some bytes are: told from the bytes, whatever anybody says.

use crate::model::PixelSize;

/// So many bytes from the beginning are enough to tell; photographs carry previews before their size.
pub(crate) const HEAD_BYTES: usize = 256 * 1024;
const UNKNOWN: &str = "application/octet-stream";
/// Pictures that browsers show; one whose header does not hold together is none.
const PICTURES: &[&str] = &["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"];
/// What else browsers play without running anything.
const RECORDINGS: &[&str] = &[
    "audio/aac",
    "audio/m4a",
    "audio/mpeg",
    "audio/ogg",
    "audio/x-flac",
    "audio/x-wav",
    "video/mp4",
    "video/webm",
];

/// What some bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sniffed {
    /// `image`, `video`, `audio` or `file`.
    pub(crate) kind: &'static str,
    pub(crate) mime: &'static str,
    pub(crate) size: Option<PixelSize>,
}

/// What begins with `head` is.
pub(crate) fn sniff(head: &[u8]) -> Sniffed {
    let mime = infer::get(head).map_or(UNKNOWN, |found| found.mime_type());
    let size = imagesize::blob_size(head).ok().filter(|_| mime.starts_with("image/")).and_then(pixels);
    let mime = if PICTURES.contains(&mime) && size.is_none() { UNKNOWN } else { mime };
    Sniffed { kind: kind(mime), mime, size }
}

fn pixels(size: imagesize::ImageSize) -> Option<PixelSize> {
    let (width, height) = (u32::try_from(size.width).ok()?, u32::try_from(size.height).ok()?);
    (width > 0 && height > 0).then_some(PixelSize { width, height })
}

fn kind(mime: &str) -> &'static str {
    match mime.split('/').next() {
        Some("image") => "image",
        Some("video") => "video",
        Some("audio") => "audio",
        _ => "file",
    }
}

/// Whether a medium of this type may be sent as this kind of content; the capability document decides whether it is.
pub(crate) fn may_be(mime: &str, wanted: &str) -> bool {
    match (kind(mime), wanted) {
        (_, "file") | ("image", "sticker" | "gif") | ("audio", "voice") => true,
        (is, wanted) => is == wanted,
    }
}

/// Whether a browser may show a medium of this type in place.
pub(crate) fn is_shown(mime: &str) -> bool {
    PICTURES.contains(&mime) || RECORDINGS.contains(&mime)
}

#[cfg(test)]
#[path = "sniff_tests.rs"]
mod tests;
