//! Media: what is a picture, where its bytes are fetched, and samples for customers to send.

mod bytes;
mod samples;
mod sniff;

pub(crate) use bytes::router;
#[cfg(test)]
pub(crate) use samples::JPEG;
pub(crate) use samples::{MP4, PNG};
pub(crate) use sniff::{sniff_image, sniff_video};
