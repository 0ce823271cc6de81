//! Pictures and films: their bytes, their owners and their temporary addresses
//! (protocol reference, sections 4.4 and 4.5).

use std::collections::HashMap;

use axum::body::Bytes;

const DAY_SECS: i64 = 24 * 60 * 60;
const UPLOAD_LIFE_MS: i64 = 30 * DAY_SECS * 1_000;

/// `media_type` on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MediaType {
    Image,
    Video,
}

impl MediaType {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "IMAGE" => Some(Self::Image),
            "VIDEO" => Some(Self::Video),
            _ => None,
        }
    }
}

/// Something that was uploaded by a business or sent by a customer.
#[derive(Debug, Clone)]
pub(crate) struct Media {
    pub(crate) business_id: String,
    pub(crate) kind: MediaType,
    pub(crate) mime: &'static str,
    pub(crate) bytes: Bytes,
    pub(crate) uploaded: bool,
    pub(crate) stored_ms: i64,
}

impl Media {
    /// Whether an upload is too old to be sent.
    pub(crate) fn has_expired(&self, now_ms: i64) -> bool {
        now_ms - self.stored_ms >= UPLOAD_LIFE_MS
    }
}

#[derive(Debug)]
struct Address {
    media_id: String,
    expires_secs: i64,
}

/// All media and the addresses that were given out.
#[derive(Debug, Default)]
pub(crate) struct MediaStore {
    media: HashMap<String, Media>,
    addresses: HashMap<String, Address>,
}

impl MediaStore {
    pub(crate) fn put(&mut self, media_id: String, media: Media) {
        self.media.insert(media_id, media);
    }

    pub(crate) fn get(&self, media_id: &str) -> Option<&Media> {
        self.media.get(media_id)
    }

    /// Opens a temporary address; returns the moment it ends, in Unix seconds.
    pub(crate) fn open(&mut self, key: &str, media_id: &str, now_secs: i64) -> i64 {
        let expires_secs = now_secs + DAY_SECS;
        self.addresses.insert(key.to_owned(), Address { media_id: media_id.to_owned(), expires_secs });
        expires_secs
    }

    /// What an address that is still open leads to.
    pub(crate) fn at(&self, key: &str, now_secs: i64) -> Option<&Media> {
        let address = self.addresses.get(key).filter(|address| now_secs < address.expires_secs)?;
        self.media.get(&address.media_id)
    }
}
