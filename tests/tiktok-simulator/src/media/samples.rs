//! Files for customers who have none of their own.

/// A small picture.
pub(crate) const PNG: &[u8] = include_bytes!("sample.png");

/// The beginning of a JPG, which is enough to be taken for one.
#[cfg(test)]
pub(crate) const JPEG: &[u8] =
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9";

/// A film without pictures.
pub(crate) const MP4: &[u8] = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42\x00\x00\x00\x08mdat";
