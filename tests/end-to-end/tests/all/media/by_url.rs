//! Media that everybody can get from a URL: where the host connects to for them.

use anyhow::Result;
use serde_json::json;

use super::{server::Server, stage::Stage};

const ALLOWED: &str = "
[limits]
media_bytes = 2000
[media]
allow_http = true
allow_private = true
";

#[tokio::test]
async fn no_url_leads_the_host_to_a_private_address() -> Result<()> {
    let server = Server::listen().await?;
    let stage = Stage::open("[media]\nallow_http = true\n").await?;
    let port = server.port;
    let urls = [
        server.url("picture"),
        format!("http://localhost:{port}/picture"),
        format!("http://2130706433:{port}/picture"),
        format!("http://0x7f.1:{port}/picture"),
        format!("http://[::1]:{port}/picture"),
        format!("http://[::ffff:127.0.0.1]:{port}/picture"),
        format!("http://0.0.0.0:{port}/picture"),
        "http://10.0.0.1/picture".to_owned(),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "http://user:secret@127.0.0.1/picture".to_owned(),
        "file:///etc/passwd".to_owned(),
        "no url".to_owned(),
    ];
    for (number, url) in urls.iter().enumerate() {
        let medium = json!({"media_kind": "file", "url": url});
        let message = stage.brought(&number.to_string(), medium).await?;
        let failed = stage.medium(&message, "failed").await?;
        assert_eq!(failed["reason"]["code"], "media.address_forbidden", "{url}");
    }
    assert_eq!(stage.messages().await?.len(), urls.len());
    assert_eq!(server.asked(), 0, "somebody connected");
    stage.close().await
}

#[tokio::test]
async fn what_a_url_brings_is_measured_and_a_redirection_is_not_followed() -> Result<()> {
    let server = Server::listen().await?;
    let stage = Stage::open(ALLOWED).await?;
    let brought = async |id: &str, path: &str| {
        stage.brought(id, json!({"media_kind": "file", "url": server.url(path)})).await
    };
    let medium = stage.medium(&brought("1", "picture").await?, "ready").await?;
    assert_eq!((&medium["mime"], &medium["bytes"]), (&json!("image/png"), &json!(29)));
    let medium = stage.medium(&brought("2", "page").await?, "ready").await?;
    assert_eq!(medium["mime"], "text/html");
    let large = stage.medium(&brought("3", "large").await?, "failed").await?;
    assert_eq!(large["reason"]["code"], "content.media_too_large");
    let before = server.asked();
    let moved = stage.medium(&brought("4", "moved").await?, "failed").await?;
    assert_eq!(moved["reason"]["code"], "media.unreachable");
    assert_eq!(server.asked(), before + 1, "it was followed");
    // A channel that does not say so does not have its URLs asked.
    let elsewhere = stage.brought("5", json!({"media_kind": "image", "url": server.url("picture")})).await?;
    let failed = stage.medium(&elsewhere, "failed").await?;
    assert_eq!(failed["reason"]["code"], "operation.unsupported");
    assert_eq!(server.asked(), before + 1);
    stage.close().await
}
