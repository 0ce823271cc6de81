//! The simulator as a process.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

#[test]
fn one_line_of_json_says_where_it_listens() {
    let mut process = Command::new(env!("CARGO_BIN_EXE_tiktok-simulator"))
        .args(["--listen", "127.0.0.1:0", "--app-id", "77"])
        .args(["--account", "-000Second=second"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut output = BufReader::new(process.stdout.take().unwrap());
    output.read_line(&mut line).unwrap();
    process.kill().unwrap();
    process.wait().unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let listening = ready["listening"].as_str().unwrap();
    assert_eq!(ready["api_base"], format!("{listening}/open_api/v1.3"));
    assert_eq!(ready["app_id"], "77");
}

#[test]
fn an_unset_secret_variable_is_an_error() {
    let output = Command::new(env!("CARGO_BIN_EXE_tiktok-simulator"))
        .args(["--app-secret-env", "JACKFIELD_SIMULATOR_UNSET_SECRET"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("JACKFIELD_SIMULATOR_UNSET_SECRET"));
}

#[test]
fn switches_are_set_from_the_command_line_and_wrong_ones_are_explained() {
    for (switch, sentence) in [
        ("qpss=1", "unknown field `qpss`"),
        ("qps=fast", "expected usize"),
        ("echo", "NAME=VALUE"),
        ("echo=sometimes", "unknown variant `sometimes`"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_tiktok-simulator"))
            .args(["--listen", "127.0.0.1:0", "--set", switch])
            .output()
            .unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && message.contains(sentence), "{switch}: {message}");
    }
}
