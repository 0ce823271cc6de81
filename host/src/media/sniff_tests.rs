use super::*;

/// A picture of 3 by 2 pixels, as far as its header.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\x02\0\0\0";
const GIF: &[u8] = b"GIF89a\x05\0\x04\0\x80\0\0";

fn check(head: &[u8], kind: &str, mime: &str, size: Option<(u32, u32)>) {
    let size = size.map(|(width, height)| PixelSize { width, height });
    let found = sniff(head);
    assert_eq!((found.kind, found.mime, found.size), (kind, mime, size), "{}", head.escape_ascii());
}

#[test]
fn what_bytes_are_is_told_from_the_bytes() {
    check(PNG, "image", "image/png", Some((3, 2)));
    check(GIF, "image", "image/gif", Some((5, 4)));
    check(b"\xff\xd8\xff\xc0\0\x11\x08\0\x07\0\x09\x03", "image", "image/jpeg", Some((9, 7)));
    check(b"ID3\x03\0\0\0\0\0\0", "audio", "audio/mpeg", None);
    check(b"OggS\0\x02\0\0\0\0", "audio", "audio/ogg", None);
    check(b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2mp41", "video", "video/mp4", None);
    check(b"%PDF-1.7\n", "file", "application/pdf", None);
}

#[test]
fn what_pretends_is_not_shown() {
    // A page that is named .png, and drawings that may hold scripts.
    for pretending in [
        "<!DOCTYPE html><html><script>alert(1)</script></html>",
        "  <html><body>",
        "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>",
        "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        "just text",
        "",
    ] {
        let found = sniff(pretending.as_bytes());
        assert_eq!(found.kind, "file", "{pretending}");
        assert!(!is_shown(found.mime), "{pretending}: {}", found.mime);
    }
}

#[test]
fn a_picture_that_is_also_a_page_is_a_picture_and_nothing_else() {
    let both = [GIF, b"/*<html><script>alert(1)</script>*/"].concat();
    check(&both, "image", "image/gif", Some((5, 4)));
}

#[test]
fn a_picture_whose_header_is_cut_off_or_that_has_no_size_is_none() {
    for length in 1..24 {
        assert_eq!(sniff(&PNG[..length]).kind, "file", "{length}");
    }
    let mut flat = PNG.to_vec();
    flat[16..24].fill(0);
    check(&flat, "file", "application/octet-stream", None);
    check(&GIF[..6], "file", "application/octet-stream", None);
}

#[test]
fn a_medium_is_sent_as_its_own_kind_or_a_kindred_one() {
    let table = [
        ("image/png", "image", true),
        ("image/png", "sticker", true),
        ("image/png", "file", true),
        ("image/png", "video", false),
        ("audio/ogg", "voice", true),
        ("audio/ogg", "image", false),
        ("application/pdf", "file", true),
        ("application/pdf", "image", false),
        ("image/png", "text", false),
    ];
    for (mime, wanted, expected) in table {
        assert_eq!(may_be(mime, wanted), expected, "{mime} as {wanted}");
    }
}
