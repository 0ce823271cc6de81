//! What bytes are, whatever their name says (protocol reference, section 13, item 11).

/// The type of a picture that may be uploaded, or `None`.
pub(crate) fn sniff_image(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some("image/png");
    }
    bytes.starts_with(b"\xff\xd8\xff").then_some("image/jpeg")
}

/// The type of a film, or `None`.
pub(crate) fn sniff_video(bytes: &[u8]) -> Option<&'static str> {
    (bytes.get(4..8) == Some(b"ftyp")).then_some("video/mp4")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{JPEG, MP4, PNG};

    #[test]
    fn only_the_first_bytes_decide() {
        for (bytes, expected) in [
            (PNG, Some("image/png")),
            (JPEG, Some("image/jpeg")),
            (MP4, None),
            (b"GIF89a".as_slice(), None),
            (b"picture.png".as_slice(), None),
            (b"".as_slice(), None),
        ] {
            assert_eq!(sniff_image(bytes), expected, "{bytes:?}");
        }
        assert_eq!(sniff_video(MP4), Some("video/mp4"));
        assert_eq!(sniff_video(PNG), None);
    }
}
