//! `jackfield check` and `jackfield capabilities` on documents, without a configuration and without a host.

#![allow(clippy::unwrap_used, reason = "the helpers of these tests are tests, too")]

use std::{path::Path, process::Command};

use serde_json::Value;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0";

fn document(of: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    root.join(of).join("capabilities.json").display().to_string()
}

fn tiktok() -> String {
    document("tiktok-connector")
}

/// Exit code and standard output.
fn jackfield(arguments: &[&str]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_jackfield"))
        .args(arguments)
        .current_dir(folder.path())
        .output()
        .unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

fn check(arguments: &[&str]) -> (i32, Vec<String>) {
    let document = tiktok();
    let all = [&["check", &document, "--json"], arguments].concat();
    let (code, said) = jackfield(&all);
    let verdict: Value = serde_json::from_str(&said).unwrap_or_default();
    let reasons = verdict["reasons"].as_array().cloned().unwrap_or_default();
    (code, reasons.iter().map(|reason| reason["code"].as_str().unwrap().to_owned()).collect())
}

#[test]
fn the_exit_code_is_the_verdict() {
    let table: &[(&[&str], i32, &[&str])] = &[
        (&["--text", "hi", "--since-inbound", "47h59m", "--sent", "9"], 0, &[]),
        (&["--text", "hi", "--since-inbound", "48h"], 20, &["window.closed"]),
        (&["--text", "hi", "--since-inbound", "1h", "--sent", "10"], 20, &["window.quota_exhausted"]),
        (&["--text", "hi"], 20, &["initiation.user_must_start"]),
        (&["--text", "hi", "--since-inbound", "60h", "--profile", "guide"], 0, &[]),
        (
            &["--text", "hi", "--since-inbound", "60h", "--profile", "guide", "--sent-after-close", "3"],
            20,
            &["window.closed"],
        ),
        (&["--text", "a", "--button", "b", "--since-inbound", "1s"], 10, &[]),
        (
            &["--text", "a", "--button", "b", "--since-inbound", "1s", "--exact"],
            20,
            &["content.kind_unsupported"],
        ),
        (
            &["--text", "hi", "--since-inbound", "1h", "--account-region", "de"],
            20,
            &["region.account_blocked"],
        ),
        (
            &["--text", "hi", "--since-inbound", "1h", "--organisation-region", "US"],
            20,
            &["region.organisation_blocked"],
        ),
        (&["--kind", "post_share", "--since-inbound", "1h"], 20, &["content.opt_in_off"]),
        (&["--kind", "post_share", "--since-inbound", "1h", "--opt-in", "outbound.post_share"], 0, &[]),
        (&["--text", "hi", "--reply-to", "image", "--since-inbound", "1h"], 0, &[]),
        (&["--do", "start"], 20, &["initiation.user_must_start"]),
        (&["--do", "broadcast"], 20, &["broadcast.unsupported"]),
        (&["--do", "typing", "--since-inbound", "1h"], 0, &[]),
        (&["--do", "edit", "--target", "text", "--since-inbound", "1h"], 20, &["operation.unsupported"]),
    ];
    for (arguments, code, reasons) in table {
        let (found, said) = check(arguments);
        assert_eq!((found, said.join(" ")), (*code, reasons.join(" ")), "{arguments:?}");
    }
}

#[test]
fn a_question_that_cannot_be_answered_is_exit_code_2() {
    let document = tiktok();
    let table: &[&[&str]] = &[
        &["check", &document],
        &["check", "nowhere.json", "--text", "hi"],
        &["check", "nobody", "--text", "hi", "--dir", "."],
        &["check", &document, "--image", "nowhere.png"],
        &["check", &document, "--text", "hi", "--since-inbound", "soon"],
        &["check", &document, "--text", "hi", "--since-inbound", "-1h"],
        &["check", &document, "--text", "hi", "--account-region", "Europe"],
        &["check", &document, "--text", "hi", "--profile", "wishful"],
        &["check", &document, "--text", "hi", "--live", "region.media"],
    ];
    for arguments in table {
        assert_eq!(jackfield(arguments), (2, String::new()), "{arguments:?}");
    }
}

#[test]
fn the_type_of_an_image_is_found_in_its_bytes_and_its_size_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, start: &[u8], length: usize| {
        let path = folder.path().join(name);
        std::fs::write(&path, [start, &vec![0; length - start.len()]].concat()).unwrap();
        path.display().to_string()
    };
    let table: &[(String, i32, &[&str])] = &[
        (file("fits.txt", PNG, 3_000_000), 0, &[]),
        (file("large.png", PNG, 3_000_001), 20, &["content.media_too_large"]),
        (file("film.png", b"GIF89a\x01\0\x01\0", 100), 20, &["content.mime_unsupported"]),
        (file("page.jpg", b"%PDF-1.7", 100), 20, &["content.mime_unsupported"]),
        (file("nothing.png", b"", 100), 20, &["content.mime_unsupported"]),
    ];
    for (path, code, reasons) in table {
        let (found, said) = check(&["--image", path, "--since-inbound", "1h"]);
        assert_eq!((found, said.join(" ")), (*code, reasons.join(" ")), "{path}");
    }
    let (code, _) = check(&["--image", &table[0].0, "--text", "look", "--since-inbound", "1h"]);
    assert_eq!(code, 10, "text and image are two messages");
}

#[test]
fn people_read_the_verdict_its_cost_and_what_helps() {
    let document = tiktok();
    let denied = jackfield(&["check", &document, "--text", "hi", "--since-inbound", "48h"]).1;
    for part in ["denied:", "window.closed", "48 hours", "Wait until the customer writes."] {
        assert!(denied.contains(part), "{part}\n{denied}");
    }
    let degraded =
        jackfield(&["check", &document, "--text", "Well?", "--quick-reply", "Yes", "--since-inbound", "1h"])
            .1;
    for part in
        ["degraded: takes 1", "9 are left", "choices_as_text", "1. text \"Well?\\n1. Yes\"", "peer_region"]
    {
        assert!(degraded.contains(part), "{part}\n{degraded}");
    }
}

#[test]
fn a_document_is_printed_as_text_json_and_markdown() {
    let document = document("examples/echo-connector");
    let (code, text) = jackfield(&["capabilities", &document]);
    assert!(code == 0 && text.contains("Echo (echo 0.1.0)") && text.contains("≤ 1000 characters"), "{text}");
    let (_, json) = jackfield(&["capabilities", &document, "--json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["capabilities"]["connector"]["id"], "echo");
    assert_eq!(json["sha256"].as_str().unwrap(), jackfield::document::hash(&json["capabilities"]));
    let (_, markdown) = jackfield(&["capabilities", &document, "--markdown"]);
    assert!(
        markdown.starts_with("# Echo\n") && markdown.contains("| text | yes; ≤ 1000 characters |"),
        "{markdown}"
    );
}

#[test]
fn a_difference_is_exit_code_1_where_something_is_not_possible_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let old = document("examples/echo-connector");
    let write = |name: &str, from: &str, to: &str| {
        let text = std::fs::read_to_string(&old).unwrap();
        assert!(text.contains(from));
        let path = folder.path().join(name).display().to_string();
        std::fs::write(&path, text.replace(from, to)).unwrap();
        path
    };
    let less = write("less.json", "\"max\": 1000", "\"max\": 999");
    let more = write("more.json", "\"max\": 1000", "\"max\": \"unbounded\"");
    let diff = |old: &str, new: &str| jackfield(&["capabilities", "diff", old, new]);
    assert_eq!(diff(&old, &less), (1, "narrowed  outbound.text.text: 1000 → 999\n".to_owned()));
    assert_eq!(diff(&old, &more), (0, "widened   outbound.text.text: 1000 → \"unbounded\"\n".to_owned()));
    assert_eq!(diff(&old, &old), (0, "Both allow the same.\n".to_owned()));
}
