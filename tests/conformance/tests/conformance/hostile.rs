//! The kit can fail: each way to misbehave is caught by the check of its name.

use std::path::Path;

use connector_conformance::{Outcome, Report};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{artifact, options, report};

const HOSTILE: &str = "libhostile_connector.so";
const AT_LOAD: &str = "hostile-at-load:";
const AT_LOAD_BYTES: usize = 32;

/// The hostile connector, misbehaving where one of these says so.
#[derive(Debug, Clone, Copy, Default)]
struct How {
    /// As the text of a webhook.
    receive: &'static str,
    /// As the text of a message to send.
    send: &'static str,
    /// As a setting, with its value.
    setting: Option<(&'static str, &'static str)>,
    /// As soon as it is loaded.
    load: &'static str,
}

fn receive(how: &'static str) -> How {
    How { receive: how, ..How::default() }
}

fn send(how: &'static str) -> How {
    How { send: how, ..How::default() }
}

fn setting(name: &'static str, how: &'static str) -> How {
    How { setting: Some((name, how)), ..How::default() }
}

fn load(how: &'static str) -> How {
    How { load: how, ..How::default() }
}

fn samples(how: How) -> Value {
    let or = |how: &str, text: &str| if how.is_empty() { text.to_owned() } else { how.to_owned() };
    let body = |more: Value| {
        let mut body = json!({"from": "ana", "id": "1", "text": or(how.receive, "hello")});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let medium = |kind: &str| body(json!({"medium": {"media_kind": kind, "media_id": "picture"}}));
    let mut settings = json!({"account": "my-shop", "token": "token-not-for-any-log"});
    if let Some((name, value)) = how.setting {
        settings[name] = value.into();
    }
    json!({
        "settings": settings,
        "secrets": ["token"],
        "signing": {"header": "x-token", "value": "{setting.token}"},
        "received_at": 1_767_225_603,
        "webhooks": [
            {"name": "a text", "direction": "inbound", "kind": "text", "body": body(json!({}))},
            {"name": "a picture", "direction": "inbound", "kind": "image", "body": medium("image")},
            {"name": "a file", "direction": "inbound", "kind": "file", "body": medium("file")},
        ],
        "outbound": {"conversation": "ana", "text": or(how.send, "conformance message, not for any log")},
    })
}

fn library(folder: &Path, how: How) -> std::path::PathBuf {
    let mut bytes = std::fs::read(artifact(HOSTILE)).unwrap();
    if !how.load.is_empty() {
        let old = format!("{:AT_LOAD_BYTES$}", format!("{AT_LOAD}nothing"));
        let new = format!("{:AT_LOAD_BYTES$}", format!("{AT_LOAD}{}", how.load));
        let at = bytes.windows(AT_LOAD_BYTES).position(|window| window == old.as_bytes()).unwrap();
        bytes[at..at + AT_LOAD_BYTES].copy_from_slice(new.as_bytes());
    }
    let path = folder.join("hostile.so");
    std::fs::write(&path, bytes).unwrap();
    path
}

fn hostile(how: How, only: &[&str]) -> Report {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("conformance.json");
    std::fs::write(&path, samples(how).to_string()).unwrap();
    let mut options = options(HOSTILE);
    options.file = library(folder.path(), how);
    options.samples = Some(path);
    let why = "it shows whatever it is told to show";
    options.exclude.insert("inbound.unknown-kinds-become-fallbacks".to_owned(), why.to_owned());
    options.only = only.iter().map(ToString::to_string).collect();
    report(options)
}

#[track_caller]
fn check(table: &[(How, &str)]) {
    for (how, id) in table {
        let report = hostile(*how, &[id]);
        assert_eq!(report.failed(), [*id], "{how:?} is not caught:\n{}", report.pretty());
    }
}

#[test]
fn well_behaved_it_reaches_level_3() {
    let report = hostile(How::default(), &[]);
    assert_eq!((report.failed(), report.level()), (Vec::new(), 3), "{}", report.pretty());
}

#[test]
fn misbehaviour_while_loading_is_caught() {
    check(&[
        (load("module-panic"), "load.passes-every-step"),
        (load("module-exit"), "load.survives-its-trial"),
        (load("describe-panic"), "load.survives-its-trial"),
        (load("describe-other"), "load.says-what-it-is"),
    ]);
}

#[test]
fn misbehaviour_while_receiving_is_caught() {
    check(&[
        (receive("panic"), "receive.never-panics"),
        (receive("panic-payload"), "receive.never-panics"),
        (receive("abort"), "receive.never-aborts"),
        (receive("stack-overflow"), "receive.never-aborts"),
        (receive("memory"), "receive.never-aborts"),
        (receive("segfault"), "receive.never-crashes"),
        (receive("exit"), "receive.never-exits"),
        (receive("garbage"), "receive.answers-readably"),
        (receive("nothing"), "receive.answers-readably"),
        (receive("wrong-types"), "receive.answers-readably"),
        (receive("huge"), "receive.answers-bounded"),
        (receive("odd-status"), "receive.answers-http"),
        (receive("random"), "receive.is-deterministic"),
        (receive("take-everything"), "receive.refuses-the-unsigned"),
    ]);
}

#[test]
fn a_hang_while_receiving_is_caught() {
    check(&[(receive("hang"), "receive.in-time")]);
}

#[test]
fn misbehaviour_while_called_is_caught() {
    check(&[
        (send("panic"), "calls.never-panic"),
        (send("abort"), "calls.never-abort"),
        (send("segfault"), "calls.never-crash"),
        (send("exit"), "calls.never-exit"),
        (send("garbage"), "calls.answer-readably"),
        (send("wrong-types"), "calls.answer-readably"),
        (send("attachment"), "calls.answer-readably"),
        (send("huge"), "calls.answer-bounded"),
        (send("one-id"), "calls.many-at-once"),
        (send("hang"), "calls.in-time"),
        (send("hang-async"), "calls.in-time"),
        // Past every guard of its own.
        (send("raw-panic"), "calls.never-panic"),
    ]);
}

#[test]
fn a_send_that_only_takes_too_long_is_said_to_be_late_and_not_dead() {
    let id = "limits.the-value-passes";
    let report = hostile(setting("lie", "late-at-the-limit"), &[id]);
    let Some(Outcome::Failed(findings)) = report.outcome(id) else { panic!("{}", report.pretty()) };
    assert_eq!(findings.len(), 3, "no more are needed: {}", report.pretty());
    for finding in findings {
        assert!(finding.text.contains("did not answer send within 2s"), "{}", finding.text);
        assert_eq!(finding.leaf.as_deref(), Some("/content/4/limits/text/max"));
    }
}

/// The findings about kinds that do not arrive.
fn not_arriving(samples: &Value) -> Vec<String> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("conformance.json");
    std::fs::write(&path, samples.to_string()).unwrap();
    let mut options = options(HOSTILE);
    options.samples = Some(path);
    let id = "inbound.declared-kinds-arrive";
    options.only = vec![id.to_owned()];
    let report = report(options);
    let Some(Outcome::Failed(findings)) = report.outcome(id) else { panic!("{}", report.pretty()) };
    findings.iter().map(|finding| finding.text.clone()).collect()
}

#[test]
fn a_sample_that_brings_no_message_is_told_with_its_answer() {
    let mut unsigned = samples(How::default());
    unsigned["signing"]["value"] = "wrong".into();
    let texts = not_arriving(&unsigned);
    assert_eq!(texts.len(), 3, "{texts:?}");
    let expected = "content[inbound text]: a text brings no message: it is answered with 401: the token is missing or wrong";
    assert_eq!(texts[0], expected);

    let mut panics = samples(How::default());
    panics["webhooks"][1]["body"]["text"] = "panic".into();
    let texts = not_arriving(&panics);
    let [text] = texts.as_slice() else { panic!("{texts:?}") };
    assert!(text.starts_with("content[inbound image]: a picture brings no message: "), "{text}");
    assert!(text.contains("panic"), "{text}");
}

#[test]
fn lies_about_capabilities_are_caught() {
    check(&[
        (setting("lie", "offers-less"), "kinds.declared-are-offered"),
        (setting("lie", "offers-more"), "kinds.undeclared-are-unsupported"),
        (setting("lie", "offers-more"), "operations.undeclared-are-unsupported"),
    ]);
}

#[test]
fn what_logs_and_errors_hold_is_caught() {
    check(&[
        (receive("logs"), "logs.are-bearable"),
        (send("logs"), "logs.are-bearable"),
        (receive("log-the-message"), "logs.hold-no-message"),
        (receive("log-the-secret"), "logs.hold-no-secret"),
        (send("tell-the-secret"), "errors.hold-no-secret"),
    ]);
}

#[test]
fn what_goes_on_afterwards_is_caught() {
    check(&[
        (setting("shutdown", "hang"), "shutdown.in-time"),
        (send("late"), "shutdown.ends-calls"),
        (setting("start", "background"), "shutdown.leaves-nothing-running"),
        (receive("leak"), "memory.stays"),
    ]);
}

#[test]
fn misbehaviour_at_the_start_is_caught() {
    check(&[
        (setting("start", "panic"), "start.with-the-samples-settings"),
        (setting("start", "abort"), "start.with-the-samples-settings"),
    ]);
}
