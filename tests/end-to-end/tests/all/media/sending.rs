//! Files that are sent.

use anyhow::{Context, Result};
use end_to_end::{HostOptions, eventually};
use reqwest::Method;
use serde_json::{Value, json};

use super::stage::{PICTURE, Stage};
use crate::support::{Shop, ask};

/// Opens a conversation.
async fn open(more: &str) -> Result<Stage> {
    let stage = Stage::open(more).await?;
    stage.brought("hello", json!({"media_kind": "image"})).await?;
    Ok(stage)
}

fn picture(medium: &str) -> Value {
    json!({"kind": "media", "media": medium, "caption": "look"})
}

#[tokio::test]
async fn a_file_is_kept_once_given_to_the_platform_once_and_sent() -> Result<()> {
    let stage = open("").await?;
    let kept = stage.upload(PICTURE).await?;
    assert_eq!(kept.status, 201, "{}", kept.body);
    for (field, value) in [
        ("kind", json!("image")),
        ("mime", json!("image/png")),
        ("bytes", json!(29)),
        ("width", json!(3)),
        ("height", json!(2)),
    ] {
        assert_eq!(kept.body[field], value, "{field}");
    }
    let id = kept.body["id"].as_str().context("no id")?;
    assert_eq!(stage.upload(PICTURE).await?.body["id"], id, "the same bytes are one file");
    for _ in 0..2 {
        let sent = stage.send(picture(id)).await?;
        assert_eq!(sent.status, 202, "{}", sent.body);
        assert_eq!((&sent.body["media"]["state"], &sent.body["media"]["id"]), (&json!("ready"), &json!(id)));
        let sent = stage.reaches(&sent.body, "sent").await?;
        let message = sent["id"].as_str().context("no id")?;
        assert_eq!(sent["platform_id"], format!("upload-1 in {message}"), "it was uploaded once");
        assert_eq!(sent["content"]["caption"], "look");
    }
    stage.close().await
}

#[tokio::test]
async fn what_the_channel_does_not_take_is_refused_before_it_is_asked() -> Result<()> {
    let stage = open("[limits]\nmedia_bytes = 2000\n").await?;
    let gif = stage.uploaded(b"GIF89a\x05\0\x04\0\x80\0\0").await?;
    let large = stage.uploaded(&[PICTURE, &[0; 972]].concat()).await?;
    let page = stage.uploaded(b"<html></html>").await?;
    let fits = stage.uploaded(&[PICTURE, &[0; 971]].concat()).await?;
    let table = [
        (picture(&gif), "content.mime_unsupported"),
        (picture(&large), "content.media_too_large"),
        (picture(&page), "content.kind_unsupported"),
        (json!({"kind": "media", "media": page, "media_kind": "image"}), "content.mime_unsupported"),
        (json!({"kind": "media", "media": fits, "media_kind": "text"}), "content.mime_unsupported"),
        (json!({"kind": "media", "media": fits, "caption": "x".repeat(21)}), "content.text_too_long"),
        (picture("0198a000-0000-7000-8000-000000000000"), "media.gone"),
        (json!({"kind": "media"}), "request.malformed"),
    ];
    for (content, code) in table {
        assert_eq!(stage.send(content.clone()).await?.body["code"], code, "{content}");
    }
    assert_eq!(stage.send(picture(&fits)).await?.status, 202);
    let answers = [
        (stage.upload(b"").await?, 400, "media.empty"),
        (stage.upload(&[0; 2_001]).await?, 413, "media.too_large"),
    ];
    for (answer, status, code) in answers {
        assert_eq!((answer.status, &answer.body["code"]), (status, &json!(code)));
    }
    stage.close().await
}

#[tokio::test]
async fn an_upload_of_which_nobody_can_say_is_no_uncertain_send() -> Result<()> {
    let stage = open("").await?;
    let file = stage.file("there");
    let bytes = [PICTURE, b"uncertain-until:", file.display().to_string().as_bytes()].concat();
    let medium = stage.uploaded(&bytes).await?;
    let message = stage.send(picture(&medium)).await?.body;
    let tried = || async {
        let message = stage.message(&message).await?;
        let waits = message["status"] == "queued" && message["reason"]["code"] == "platform.unavailable";
        Ok(waits.then_some(()))
    };
    eventually("another try", tried).await?;
    std::fs::write(file, "")?;
    let sent = stage.reaches(&message, "sent").await?;
    let history = sent["history"].as_array().context("no history")?;
    assert!(history.iter().all(|step| step["status"] != "uncertain"), "{history:?}");
    stage.close().await
}

#[tokio::test]
async fn a_kill_during_an_upload_leaves_no_doubt() -> Result<()> {
    let mut stage = open("").await?;
    let file = stage.file("there");
    let bytes = [PICTURE, b"hang-until:", file.display().to_string().as_bytes()].concat();
    let medium = stage.uploaded(&bytes).await?;
    let message = stage.send(picture(&medium)).await?.body;
    stage.reaches(&message, "sending").await?;
    stage.host.kill().await?;
    std::fs::write(file, "")?;
    stage.host.restart().await?;
    stage.reaches(&message, "sent").await?;
    stage.close().await
}

const CARDS: &str = "
[instances.cards]
connector = \"postcard\"
[instances.cards.settings]
return_address = \"shop\"
letters_from = [\"ana\"]
";

#[tokio::test]
async fn a_video_goes_out_by_postcard() -> Result<()> {
    let options = HostOptions::new()?.quiet().configure(CARDS);
    let host = options.connector("libpostcard_connector.so")?.start().await?;
    let stage = Stage { host };
    let arrived = || async { Ok(stage.conversation().await.ok()) };
    eventually("the first letter", arrived).await?;
    let video = stage.uploaded(b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2mp41").await?;
    let sent = stage.send(json!({"kind": "media", "media": video})).await?;
    assert_eq!(sent.status, 202, "{}", sent.body);
    assert_eq!(stage.reaches(&sent.body, "sent").await?["platform_id"], "card-1");
    stage.close().await
}

#[tokio::test]
async fn a_picture_reaches_a_customer_on_tiktok() -> Result<()> {
    let shop = Shop::open().await?;
    let conversation = shop.asked_by("ana").await?;
    let account = shop.api().items("/v1/accounts").await?[0]["id"].as_str().context("no id")?.to_owned();
    let upload = shop.api().request(Method::POST, &format!("/v1/accounts/{account}/media"));
    let medium = ask(upload.body(PICTURE.to_vec())).await?.body["id"].clone();
    let path = format!("/v1/conversations/{conversation}/messages");
    let content = json!({"content": {"kind": "media", "media": medium}});
    let message = shop.api().post(&path, &content).await?.success()?;
    let sent = shop.reaches(message["id"].as_str().context("no id")?, "delivered").await?;
    assert_eq!(sent["media"]["state"], "ready");
    shop.close().await
}
