//! Pictures and videos, to TikTok and from it.

use connector_api::{ChannelConnector, ErrorClass, EventKind, FetchMediaRequest, UploadMediaRequest};
use tiktok_simulator::Utterance;

use crate::shop::Shop;

/// The smallest picture.
pub(crate) const PNG: &[u8] = include_bytes!("../../../tests/tiktok-simulator/src/media/sample.png");

/// What asks for the medium of the newest message.
fn wanted(shop: &Shop, max_bytes: u64) -> FetchMediaRequest {
    let newest = shop.arrived().into_iter().rev().find_map(|event| match event.kind {
        EventKind::MessageReceived { conversation, message, .. } => Some((conversation, message)),
        _ => None,
    });
    let (conversation, message) = newest.expect("a message");
    let medium = message.content.medium().expect("a medium");
    let id = medium.media_id.clone().expect("an id");
    let kind = medium.media_kind.clone();
    FetchMediaRequest::new(shop.account.clone(), conversation, message.id, id, kind, max_bytes)
}

#[tokio::test]
async fn pictures_and_videos_are_fetched_to_the_byte() {
    let shop = Shop::open().await;
    let ana = shop.sim.customer("ana");
    ana.sends(&Utterance::image(PNG)).await.expect("said");
    let picture = shop.tiktok.fetch_media(wanted(&shop, PNG.len() as u64)).await.expect("fetched");
    assert_eq!((picture.bytes.as_slice(), picture.mime.as_deref()), (PNG, Some("image/png")));
    ana.sends(&Utterance::Video { base64: None }).await.expect("said");
    let video = shop.tiktok.fetch_media(wanted(&shop, 1_000_000)).await.expect("fetched");
    assert_eq!(video.mime.as_deref(), Some("video/mp4"));
    shop.close();
}

#[tokio::test]
async fn what_is_larger_than_wanted_expired_or_of_another_kind_is_an_error() {
    let shop = Shop::open().await;
    shop.sim.customer("ana").sends(&Utterance::image(PNG)).await.expect("said");
    let too_large = wanted(&shop, PNG.len() as u64 - 1);
    let error = shop.tiktok.fetch_media(too_large).await.expect_err("too large");
    assert_eq!((error.class, error.reason.as_str()), (ErrorClass::Refused, "content.media_too_large"));
    let mut sticker = wanted(&shop, 1_000_000);
    sticker.kind = "sticker".to_owned();
    let error = shop.tiktok.fetch_media(sticker).await.expect_err("no such media");
    assert_eq!((error.class, error.reason.as_str()), (ErrorClass::Unsupported, "content.kind_unsupported"));
    let wanted = wanted(&shop, 1_000_000);
    shop.sim.configure(|settings| settings.inbound_media_secs = Some(0));
    let error = shop.tiktok.fetch_media(wanted).await.expect_err("expired");
    assert_eq!((error.class, error.reason.as_str()), (ErrorClass::Refused, "content.rejected"));
    shop.close();
}

#[tokio::test]
async fn what_tiktok_would_not_take_is_said_by_tiktok_or_before() {
    let shop = Shop::open().await;
    let upload = |mime: &str, bytes: &[u8]| {
        let request = UploadMediaRequest::new(shop.account.clone(), mime, bytes.to_vec());
        async { shop.tiktok.upload_media(request).await.expect_err("refused").reason.to_string() }
    };
    assert_eq!(upload("image/gif", b"GIF89a").await, "content.mime_unsupported");
    assert_eq!(upload("image/png", b"GIF89a").await, "content.mime_unsupported");
    assert_eq!(upload("image/png", b"").await, "content.rejected");
    let large: Vec<u8> = [PNG, &[0; 3_000_000]].concat();
    assert_eq!(upload("image/png", &large).await, "content.media_too_large");
    shop.close();
}
