//! What an author reads when something is missing: the compiler's words, in which the missing piece is named.
//!
//! The texts are those of the compiler that the workspace is built with. After an update of the toolchain,
//! `TRYBUILD=overwrite cargo test -p connector-api --test compile_fail` writes them anew: read the difference.

#![allow(clippy::unwrap_used, reason = "a file that cannot be read fails the test")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

const FOLDER: &str = "tests/compile_fail";

/// Words that the text for each case has to hold, whatever else the compiler says.
const NAMED: &[(&str, &[&str])] = &[
    ("capabilities_file_missing", &["nowhere.json", "No such file"]),
    ("capabilities_missing", &["lacks the capability document", "capabilities: \"../capabilities.json\""]),
    (
        "capabilities_not_json",
        &["the capability document is not JSON", "a comma or a closing brace is missing"],
    ),
    ("capabilities_without_id", &["the capability document lacks connector.id"]),
    ("channel_connector_missing", &["lacks `impl ChannelConnector for Parrot`", "`receive` and `send`"]),
    ("connector_missing", &["lacks the connector", "connector: TheType"]),
    ("export_malformed", &["is written `export_connector! { connector: TheType"]),
    ("receive_missing", &["missing: `receive`"]),
    ("send_missing", &["missing: `send`"]),
    (
        "settings_not_deserialize",
        &["Settings: serde::Deserialize", "required by a bound in `connector_api::StartConnector::Settings`"],
    ),
    (
        "start_connector_missing",
        &["lacks `impl StartConnector for Parrot`", "`type Settings` and `fn start`"],
    ),
];

#[test]
fn a_missing_piece_does_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail(format!("{FOLDER}/*.rs"));
}

#[test]
fn each_text_names_the_missing_piece_in_plain_words() {
    let mut files: Vec<_> = fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    assert_eq!(files.len(), NAMED.len(), "every case has its words");
    for (case, words) in NAMED {
        let text = fs::read_to_string(Path::new(FOLDER).join(case).with_extension("stderr")).unwrap();
        for word in *words {
            assert!(text.contains(word), "{case}: no {word:?} in\n{text}");
        }
    }
}

/// A crate of its own that exports a connector, beside the workspace.
fn crate_in(folder: &Path) {
    let api = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = format!(
        "[package]\nname = \"parrot\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\ncrate-type = [\"cdylib\"]\n\
         [dependencies]\nconnector-api = {{ path = {api:?} }}\n[workspace]\n"
    );
    fs::create_dir(folder.join("src")).unwrap();
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::copy(api.join("tests/compile/either_order.rs"), folder.join("src/lib.rs")).unwrap();
    fs::create_dir(folder.join("compile_fail")).unwrap();
    fs::copy(api.join("tests/compile_fail/parrot.json"), folder.join("compile_fail/parrot.json")).unwrap();
    // The very dependencies of the workspace, so that nothing is downloaded.
    fs::copy(api.join("../Cargo.lock"), folder.join("Cargo.lock")).unwrap();
}

/// Where such crates are built, once for all runs; the guide's test builds there as well.
fn target_dir() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("author")
}

fn build(folder: &Path, panic: &str) -> (bool, String) {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["rustc", "--offline", "--", "-C"]).arg(format!("panic={panic}"));
    cargo.current_dir(folder).env("CARGO_TARGET_DIR", target_dir()).env("CARGO_TERM_COLOR", "never");
    cargo.env("CARGO_PROFILE_DEV_DEBUG", "0");
    let output = cargo.output().unwrap();
    (output.status.success(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_connector_that_aborts_on_panic_does_not_compile() {
    let folder = tempfile::tempdir().unwrap();
    crate_in(folder.path());
    let (good, says) = build(folder.path(), "unwind");
    assert!(good, "{says}");
    let (good, says) = build(folder.path(), "abort");
    assert!(!good, "it was built");
    let told = "a Jackfield connector must be built with panic = \"unwind\": remove panic = \"abort\" from the profile";
    assert!(says.contains(told), "{says}");
}
