//! `jackfield connectors decode`: one webhook request read with the library alone.

use std::{io::Write, process::Stdio};

use anyhow::{Context, Result};
use end_to_end::artifact;
use serde_json::{Value, json};

use crate::support::signed;

const APP_SECRET: &str = "sim-app-secret-0001";
const SIGNED_AT: i64 = 1_767_225_603;
const TIKTOK: &str = "libtiktok_connector.so";
const ECHO: &str = "libecho_connector.so";

/// Exit code and JSON of the answer, or what was complained about.
fn decode(library: &str, arguments: &[&str], body: &[u8]) -> Result<(Option<i32>, Result<Value, String>)> {
    let mut command = std::process::Command::new(artifact("jackfield")?);
    command.args(["connectors", "decode"]).arg(artifact(library)?).args(arguments);
    command.env("APP_SECRET", APP_SECRET).env("OTHER_SECRET", "another");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    // Where it has ended already, it says why.
    let _read = child.stdin.take().context("no standard input")?.write_all(body);
    let output = child.wait_with_output()?;
    let answer = serde_json::from_slice(&output.stdout);
    Ok((output.status.code(), answer.map_err(|_| String::from_utf8_lossy(&output.stderr).into_owned())))
}

fn said(app: &str) -> Vec<u8> {
    let content = json!({
        "type": "text", "message_id": "m1", "conversation_id": "c1", "timestamp": 1_767_225_600_123_i64,
        "from_user": {"id": "p1", "role": "personal_account"}, "to_user": {"id": "b1", "role": "business_account"},
        "text": {"body": "oi"},
    });
    let envelope = json!({
        "client_key": app, "event": "im_receive_msg", "create_time": 1_767_225_600, "user_openid": "b1",
        "content": content.to_string(),
    });
    envelope.to_string().into_bytes()
}

#[test]
fn a_request_of_any_app_is_read_with_nothing_but_its_secret() -> Result<()> {
    let body = said("7000000000000000009");
    let signature = format!("t={SIGNED_AT},s={}", signed(APP_SECRET, SIGNED_AT, &body)?);
    let at = SIGNED_AT.to_string();
    let given = ["--secret-env", "APP_SECRET", "--signature", &signature, "--at", &at];
    let (code, answer) = decode(TIKTOK, &given, &body)?;
    let answer = answer.map_err(anyhow::Error::msg)?;
    assert_eq!((code, &answer["status"], &answer["account"]), (Some(0), &json!(200), &json!("b1")));
    assert_eq!(answer["events"][0]["kind"]["type"], "message_received");
    assert_eq!(answer["events"][0]["kind"]["message"]["content"], json!({"kind": "text", "text": "oi"}));

    // With its whole configuration, a request of another app is none of its own.
    let (_, answer) = decode(TIKTOK, &[&given[..], &["--set", "app_id=7"]].concat(), &body)?;
    let answer = answer.map_err(anyhow::Error::msg)?;
    assert_eq!((&answer["status"], &answer["events"]), (&json!(200), &json!([])));
    assert_eq!(answer["detail"], "addressed to another app");
    Ok(())
}

#[test]
fn what_a_host_would_refuse_is_an_answer() -> Result<()> {
    let body = said("7");
    let good = format!("t={SIGNED_AT},s={}", signed(APP_SECRET, SIGNED_AT, &body)?);
    let at = |later: i64| (SIGNED_AT + later).to_string();
    let table = [
        (("APP_SECRET", good.as_str(), at(300)), (200, false, 1)),
        (("APP_SECRET", &good, at(301)), (200, true, 1)),
        (("APP_SECRET", &good, at(72 * 3600 + 1)), (403, false, 0)),
        (("OTHER_SECRET", &good, at(0)), (401, false, 0)),
        (("APP_SECRET", "t=1,s=2", at(0)), (401, false, 0)),
    ];
    for ((secret, signature, at), (status, stale, events)) in table {
        let given = ["--secret-env", secret, "--signature", signature, "--at", &at];
        let (code, answer) = decode(TIKTOK, &given, &body)?;
        let answer = answer.map_err(anyhow::Error::msg)?;
        let found = answer["events"].as_array().map_or(0, Vec::len);
        assert_eq!((code, &answer["status"], found), (Some(0), &json!(status), events), "{signature} {at}");
        assert_eq!(answer["stale"] == true, stale);
    }
    Ok(())
}

#[test]
fn without_verification_nothing_but_the_library_is_needed() -> Result<()> {
    let (code, answer) = decode(TIKTOK, &["--no-verify"], &said("7"))?;
    let answer = answer.map_err(anyhow::Error::msg)?;
    assert_eq!((code, &answer["status"], &answer["account"]), (Some(0), &json!(200), &json!("b1")));

    let (_, answer) = decode(TIKTOK, &["--method", "GET", "--query", "challenge=abc", "--no-verify"], b"")?;
    assert_eq!(answer.map_err(anyhow::Error::msg)?, json!({"status": 200, "account": null, "events": []}));

    let posted = br#"{"from": "ana", "id": "1", "text": "hello"}"#;
    let (_, answer) = decode(ECHO, &["--set", "account=my-shop"], posted)?;
    let answer = answer.map_err(anyhow::Error::msg)?;
    assert_eq!((&answer["status"], &answer["account"]), (&json!(200), &json!("my-shop")));
    Ok(())
}

#[test]
fn what_cannot_be_answered_says_why() -> Result<()> {
    let table: [(&str, &[&str], &str); 5] = [
        (TIKTOK, &["--signature", "t=1,s=2"], "--no-verify"),
        (TIKTOK, &["--secret-env", "NO_SUCH_VARIABLE"], "NO_SUCH_VARIABLE"),
        (TIKTOK, &["--no-verify", "--set", "api_base=ftp://x"], "api_base"),
        (ECHO, &["--secret-env", "APP_SECRET"], "names no setting for the secret"),
        ("jackfield", &["--no-verify"], "connector"),
    ];
    for (library, arguments, told) in table {
        let (code, answer) = decode(library, arguments, b"{}")?;
        let complaint = answer.expect_err("an answer");
        assert!(code == Some(2) && complaint.contains(told), "{arguments:?}: {code:?} {complaint}");
        assert!(!complaint.contains(APP_SECRET), "{complaint}");
    }
    Ok(())
}
