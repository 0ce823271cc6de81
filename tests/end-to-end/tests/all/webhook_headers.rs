//! Which webhook requests the host believes, over a real connection.

use anyhow::{Context, Result};
use end_to_end::{PATIENCE, SimulatorProcess};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::support::{INSTANCE, Shop, now_seconds, signed};

const SECRET: &str = "sim-app-secret-0001";
const ACCOUNT: &str = "-000SimBusinessOpenId0001";

/// Writes a header line with this `t` and this `s`.
type Form = fn(i64, &str) -> String;

/// What TikTok posts when a customer writes.
fn message(id: &str) -> Result<Vec<u8>> {
    let now = now_seconds()?;
    let content = json!({
        "from": "ana.lima", "to": "simshop", "unique_identifier": "Zx+9/kQ",
        "from_user": {"id": "Zx+9/kQ", "role": "personal_account"},
        "to_user": {"id": ACCOUNT, "role": "business_account"},
        "conversation_id": "cnv+A1b2==", "message_id": id, "timestamp": now * 1000,
        "type": "text", "text": {"body": format!("café 👋 {id}")},
    });
    let envelope = json!({
        "client_key": "7000000000000000001", "event": "im_receive_msg", "create_time": now,
        "user_openid": ACCOUNT, "content": content.to_string(),
    });
    Ok(envelope.to_string().into_bytes())
}

/// Posts with exactly this header line, as no HTTP library would let us; the status of the answer.
async fn post(shop: &Shop, header: &str, body: &[u8]) -> Result<u16> {
    let address = shop.api().base().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await?;
    let length = body.len();
    let header = if header.is_empty() { String::new() } else { format!("{header}\r\n") };
    let head = format!("POST /webhooks/{INSTANCE} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{header}");
    stream.write_all(format!("{head}content-length: {length}\r\n\r\n").as_bytes()).await?;
    stream.write_all(body).await?;
    let mut answer = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut answer)).await.context("no answer")??;
    Ok(answer.split(' ').nth(1).context("no status")?.parse()?)
}

/// Posts with a signature of that time; the status of the answer.
async fn post_signed(shop: &Shop, seconds_ago: i64, body: &[u8]) -> Result<u16> {
    let t = now_seconds()? - seconds_ago;
    let header = format!("TikTok-Signature: t={t},s={}", signed(SECRET, t, body)?);
    post(shop, &header, body).await
}

/// The platform's ids of all messages.
async fn arrived(shop: &Shop) -> Result<Vec<Value>> {
    let mut ids = Vec::new();
    for conversation in shop.api().items("/v1/conversations").await? {
        let messages = shop.messages(conversation["id"].as_str().context("no id")?).await?;
        ids.extend(messages.into_iter().map(|message| message["platform_id"].clone()));
    }
    ids.sort_by_key(ToString::to_string);
    Ok(ids)
}

#[test]
fn the_tests_sign_as_the_protocol_reference_does() {
    let body = r#"{"client_key":"7000000000000000001","event":"im_receive_msg","create_time":1767225600,"user_openid":"-000SimBusinessOpenId0001","content":"{\"type\":\"text\",\"text\":{\"body\":\"café 👋\"}}"}"#;
    let expected = "cbdd518e416797f0dc7c7d1a1e2d5652e3d0a557d945ab84ebee6264b98f1647";
    assert_eq!(signed(SECRET, 1_767_225_603, body.as_bytes()).unwrap(), expected);
}

#[tokio::test]
async fn a_genuine_signature_is_believed_however_it_is_written() -> Result<()> {
    let shop = Shop::open().await?;
    let forms: [(&str, Form); 9] = [
        ("as documented", |t, s| format!("TikTok-Signature: t={t},s={s}")),
        ("parts in another order", |t, s| format!("TikTok-Signature: s={s},t={t}")),
        ("a space after the comma", |t, s| format!("TikTok-Signature: t={t}, s={s}")),
        ("spaces around", |t, s| format!("TikTok-Signature:   t={t} ,  s={s}  ")),
        ("an unknown part", |t, s| format!("TikTok-Signature: t={t},v=2,s={s}")),
        ("an unknown part without a value", |t, s| format!("TikTok-Signature: x,t={t},s={s}")),
        ("lower-case name", |t, s| format!("tiktok-signature: t={t},s={s}")),
        ("upper-case name", |t, s| format!("TIKTOK-SIGNATURE: t={t},s={s}")),
        ("upper-case digits", |t, s| format!("TikTok-Signature: t={t},s={}", s.to_uppercase())),
    ];
    for (number, (name, form)) in forms.iter().enumerate() {
        let (t, body) = (now_seconds()?, message(&format!("msg-{number}"))?);
        let header = form(t, &signed(SECRET, t, &body)?);
        assert_eq!(post(&shop, &header, &body).await?, 200, "{name}");
        assert_eq!(arrived(&shop).await?.len(), number + 1, "{name}");
    }
    shop.close().await
}

#[tokio::test]
async fn anything_else_is_refused_and_leaves_nothing_behind() -> Result<()> {
    let shop = Shop::open().await?;
    let (t, body) = (now_seconds()?, message("msg-forged")?);
    let s = signed(SECRET, t, &body)?;
    let other = signed("another secret", t, &body)?;
    let empty = signed("", t, &body)?;
    let (short, long, later) = (hex::encode([7; 31]), format!("{s}00"), t + 1);
    let headers = [
        String::new(),
        "TikTok-Signature:".to_owned(),
        "TikTok-Signature: nonsense".to_owned(),
        "TikTok-Signature: t=,s=".to_owned(),
        format!("TikTok-Signature: t={t}"),
        format!("TikTok-Signature: s={s}"),
        format!("TikTok-Signature: t={t},s={short}"),
        format!("TikTok-Signature: t={t},s={long}"),
        format!("TikTok-Signature: t={t},s={}", s.replace(|c: char| c.is_ascii_digit(), "z")),
        format!("TikTok-Signature: t=+{t},s={s}"),
        format!("TikTok-Signature: t={later},s={s}"),
        format!("TikTok-Signature: t=99999999999999999999,s={s}"),
        format!("TikTok-Signature: t={t},t={t},s={s}"),
        format!("TikTok-Signature: t={t},s={s},s={other}"),
        format!("TikTok-Signature: T={t},S={s}"),
        format!("TikTok-Signature: t={t};s={s}"),
        format!("TikTok-Signature: t={t},s={other}"),
        format!("TikTok-Signature: t={t},s={empty}"),
        format!("X-TikTok-Signature: t={t},s={s}"),
    ];
    for header in &headers {
        assert_eq!(post(&shop, header, &body).await?, 401, "{header:?}");
    }
    let mut altered = body.clone();
    let last = altered.len() - 3;
    altered[last] ^= 1;
    let genuine = format!("TikTok-Signature: t={t},s={s}");
    assert_eq!(post(&shop, &genuine, &altered).await?, 401, "one byte altered");
    assert_eq!(post(&shop, &genuine, &[body.as_slice(), b" "].concat()).await?, 401, "one byte more");
    assert_eq!(arrived(&shop).await?, [] as [Value; 0]);
    assert_eq!(shop.payloads()?, 0);
    assert_eq!(post(&shop, &genuine, &body).await?, 200, "the genuine one is still welcome");
    assert_eq!(arrived(&shop).await?, ["msg-forged"]);
    shop.close().await
}

#[tokio::test]
async fn t02_an_old_signature_is_accepted_once_while_the_platform_would_still_deliver() -> Result<()> {
    let shop = Shop::open().await?;
    let hours = |hours: i64| hours * 3600;
    let table = [
        ("now", 0, 200),
        ("10 minutes ago", 600, 200),
        ("71 hours ago", hours(71), 200),
        ("73 hours ago", hours(73), 403),
        ("a month ago", hours(720), 403),
        ("a minute ahead", -60, 200),
        ("10 minutes ahead", -600, 401),
    ];
    let mut accepted = Vec::new();
    for (name, seconds_ago, status) in table {
        let body = message(name)?;
        for attempt in ["first", "again", "once more"] {
            assert_eq!(post_signed(&shop, seconds_ago, &body).await?, status, "{name}, {attempt}");
        }
        if status == 200 {
            accepted.push(Value::from(name));
        }
    }
    accepted.sort_by_key(ToString::to_string);
    assert_eq!(arrived(&shop).await?, accepted);
    let stale: i64 =
        shop.database()?.query_row("SELECT count(*) FROM payloads WHERE stale", [], |row| row.get(0))?;
    assert_eq!(stale, 2);
    shop.close().await
}

#[tokio::test]
async fn old_signatures_can_be_refused() -> Result<()> {
    let simulator = SimulatorProcess::start().await?;
    let setting = "JACKFIELD__INSTANCES__SHOP__SETTINGS__STALE_SIGNATURES";
    let shop = Shop::open_with(simulator, |options| Ok(options.variable(setting, "reject"))).await?;
    assert_eq!(post_signed(&shop, 600, &message("old")?).await?, 403);
    assert_eq!(post_signed(&shop, 0, &message("fresh")?).await?, 200);
    assert_eq!(arrived(&shop).await?, ["fresh"]);
    shop.close().await
}

#[tokio::test]
async fn what_is_genuine_but_not_understood_is_kept_once() -> Result<()> {
    let shop = Shop::open().await?;
    let unknown = json!({"event": "im_new", "user_openid": ACCOUNT, "content": "{}"}).to_string();
    let nobody = json!({"event": "im_new", "user_openid": "-nobody", "content": "{}"}).to_string();
    let hollow = json!({"event": "im_receive_msg", "user_openid": ACCOUNT, "content": "{}"}).to_string();
    let broken = json!({"event": "im_receive_msg", "user_openid": ACCOUNT, "content": "{\"a"}).to_string();
    let other_app = json!({"client_key": "7", "event": "im_new", "user_openid": ACCOUNT}).to_string();
    let bodies: [&[u8]; 10] = [
        b"",
        b"not JSON",
        b"{}",
        b"[1]",
        b"\xff\xfe\0",
        unknown.as_bytes(),
        nobody.as_bytes(),
        hollow.as_bytes(),
        broken.as_bytes(),
        other_app.as_bytes(),
    ];
    for (number, body) in (1..).zip(bodies) {
        for _ in 0..3 {
            assert_eq!(post_signed(&shop, 0, body).await?, 200, "{}", String::from_utf8_lossy(body));
            assert_eq!(shop.payloads()?, number, "{}", String::from_utf8_lossy(body));
        }
        let query = "SELECT body FROM payloads ORDER BY id DESC LIMIT 1";
        let kept: Vec<u8> = shop.database()?.query_row(query, [], |row| row.get(0))?;
        assert_eq!(kept, body);
    }
    assert_eq!(arrived(&shop).await?, [] as [Value; 0]);
    shop.close().await
}
