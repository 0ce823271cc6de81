//! A client in another language, written to the protocol reference, against the program.

#![allow(clippy::unwrap_used, reason = "the helpers of these tests are tests, too")]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// The simulator, which ends with the test.
struct Simulator(Child);

impl Drop for Simulator {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn start(arguments: &[&str]) -> (Simulator, String) {
    let mut process = Command::new(env!("CARGO_BIN_EXE_tiktok-simulator"))
        .args(["--listen", "127.0.0.1:0"])
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut ready = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    (Simulator(process), ready)
}

fn agrees(arguments: &[&str]) {
    let (_simulator, ready) = start(arguments);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/second_client.py");
    let output =
        Command::new("python3").args(["-B", script, ready.trim()]).output().unwrap_or_else(|error| {
            panic!("this test needs python3 (for example: apt-get install python3): {error}")
        });
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complained}");
    assert_eq!(said.trim(), "everything is as the reference says");
}

#[test]
fn a_client_written_to_the_reference_agrees_with_the_simulator() {
    agrees(&[]);
}

#[test]
fn it_agrees_too_when_headers_and_escapes_vary() {
    agrees(&["--set", "fuzz_headers=true", "--set", "fuzz_escapes=true"]);
}
