//! `GET /v1/media/{id}`.

use anyhow::Result;
use reqwest::{Method, Response};
use serde_json::json;

use super::stage::{PICTURE, Stage};

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[tokio::test]
async fn a_file_is_given_out_in_parts_and_runs_nowhere() -> Result<()> {
    let stage = Stage::open("").await?;
    let message = stage.brought("1", json!({"media_kind": "image", "media_id": "picture"})).await?;
    let picture = stage.medium(&message, "ready").await?;
    let whole = stage.get(Method::GET, &picture, &[]).await?;
    let expected = [
        ("content-type", "image/png"),
        ("content-length", "29"),
        ("content-disposition", "inline"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("cross-origin-resource-policy", "same-origin"),
        ("accept-ranges", "bytes"),
    ];
    for (name, value) in expected {
        assert_eq!(header(&whole, name), value, "{name}");
    }
    assert!(header(&whole, "cache-control").starts_with("private"));
    let etag = header(&whole, "etag").to_owned();
    assert_eq!(whole.bytes().await?, PICTURE);
    let head = stage.get(Method::HEAD, &picture, &[]).await?;
    assert_eq!((head.status().as_u16(), header(&head, "content-length")), (200, "29"));
    let part = stage.get(Method::GET, &picture, &[("range", "bytes=1-3"), ("if-range", &etag)]).await?;
    assert_eq!((part.status().as_u16(), header(&part, "content-range")), (206, "bytes 1-3/29"));
    assert_eq!(part.bytes().await?, PICTURE[1..4]);
    let behind = stage.get(Method::GET, &picture, &[("range", "bytes=29-")]).await?;
    assert_eq!((behind.status().as_u16(), header(&behind, "content-range")), (416, "bytes */29"));
    let same = stage.get(Method::GET, &picture, &[("if-none-match", &etag)]).await?;
    assert_eq!((same.status().as_u16(), same.bytes().await?.len()), (304, 0));
    stage.close().await
}

#[tokio::test]
async fn a_page_is_given_out_as_a_file_to_keep() -> Result<()> {
    let stage = Stage::open("").await?;
    let message = stage.brought("1", json!({"media_kind": "image", "media_id": "page"})).await?;
    let page = stage.medium(&message, "ready").await?;
    let given = stage.get(Method::GET, &page, &[]).await?;
    assert_eq!(header(&given, "content-disposition"), "attachment");
    let unknown = json!({"id": "0198a000-0000-7000-8000-000000000000"});
    assert_eq!(stage.get(Method::GET, &unknown, &[]).await?.status().as_u16(), 404);
    stage.close().await
}
