//! Connectors that are good reach their levels, and the report says so in three ways.

use connector_conformance::{KitError, Outcome, run};

use std::time::Duration;

use crate::{TIKTOK, artifact, blocking, options, report, simulator, workspace};

#[track_caller]
fn reaches(library: &str, samples: &str, level: u8) {
    let mut options = options(library);
    options.samples = Some(workspace(samples));
    options.level = level;
    let report = report(options);
    assert_eq!(report.level(), level, "{}", report.pretty());
}

#[test]
fn the_echo_connector_reaches_level_3() {
    reaches("libecho_connector.so", "examples/echo-connector/conformance.json", 3);
}

#[test]
fn the_postcard_connector_reaches_level_3() {
    reaches("libpostcard_connector.so", "examples/postcard-connector/conformance.json", 3);
}

#[test]
fn the_tiktok_connector_reaches_level_5_against_the_simulator() {
    let mut options = options("libtiktok_connector.so");
    options.samples = Some(workspace(TIKTOK));
    options.platform = simulator();
    options.level = 5;
    let report = report(options);
    assert_eq!(report.level(), 5, "{}", report.pretty());
    let seconds = report.rows.iter().map(|row| row.took).sum::<Duration>().as_secs();
    assert!(seconds < 30, "it takes {seconds} s");
}

#[test]
fn that_a_file_loads_cannot_be_left_out() {
    let mut options = options("libecho_connector.so");
    options.exclude.insert("load.passes-every-step".to_owned(), "it is no library".to_owned());
    let refused = blocking(run(options)).unwrap_err();
    assert!(matches!(&refused, KitError::Indispensable(id) if id == "load.passes-every-step"), "{refused}");
}

#[test]
fn a_check_is_left_out_only_with_its_reason_in_the_report() {
    let mut options = options("libecho_connector.so");
    options.samples = Some(workspace("examples/echo-connector/conformance.json"));
    options.level = 1;
    options.exclude.insert("document.is-coherent".to_owned(), "a <reason> & more".to_owned());
    let report = report(options);
    let excluded = Outcome::Excluded("a <reason> & more".to_owned());
    assert_eq!((report.outcome("document.is-coherent"), report.level()), (Some(&excluded), 1));
    assert!(report.pretty().contains("excluded document.is-coherent"));
    assert!(report.pretty().contains(", 1 left out"), "{}", report.pretty());
    assert!(
        report.junit().contains("<skipped message=\"a &lt;reason&gt; &amp; more\"/>"),
        "{}",
        report.junit()
    );
    let json = report.json();
    let row =
        json["checks"].as_array().unwrap().iter().find(|row| row["id"] == "document.is-coherent").unwrap();
    assert_eq!(
        (row["outcome"].as_str(), row["reason"].as_str()),
        (Some("excluded"), Some("a <reason> & more"))
    );
}

#[test]
fn without_samples_the_file_alone_reaches_level_1_and_nothing_is_said_of_an_instance() {
    let report = report(options("libtiktok_connector.so"));
    assert_eq!(report.level(), 1, "without samples nothing starts: {}", report.pretty());
    // What needs the file alone, or asks the document alone, or is about settings that are no good.
    let without_an_instance = [
        "load.passes-every-step",
        "load.survives-its-trial",
        "load.says-what-it-is",
        "document.has-no-unknown-words",
        "document.names-the-connector",
        "document.is-coherent",
        "start.survives-bad-settings",
        "limits.windows-close",
    ];
    for row in &report.rows {
        let (id, outcome) = (row.check.id, &row.outcome);
        if without_an_instance.contains(&id) {
            assert_eq!(outcome, &Outcome::Passed, "{id}");
        } else {
            assert!(matches!(outcome, Outcome::Skipped(_)), "{id} says {outcome:?}, and nothing started");
        }
    }
    let (pretty, all) = (report.pretty(), report.json());
    let lines: Vec<_> = pretty.lines().filter(|line| line.contains("SKIPPED")).collect();
    let skipped = all["checks"].as_array().unwrap().iter().filter(|row| row["outcome"] == "skipped");
    let ids: Vec<_> = skipped.map(|row| row["id"].as_str().unwrap()).collect();
    assert!(ids.len() > 40 && lines.len() < 8, "what has one reason is one line: {pretty}");
    assert!(lines.iter().any(|line| line.contains(" checks (no samples were found")), "{pretty}");
    for id in ids {
        assert!(lines.iter().any(|line| line.contains(id)), "{id} is not named: {pretty}");
        assert!(report.junit().contains(&format!("name=\"{id}\"")), "{id}");
    }
}

#[test]
fn missing_samples_are_said_to_be_missing_with_where_they_were_looked_for() {
    let report = report(options("libtiktok_connector.so"));
    let folder = artifact("libtiktok_connector.so").parent().unwrap().to_owned();
    let pretty = report.pretty();
    let first = pretty.lines().next().unwrap();
    for part in [
        "no samples were found",
        "conformance/conformance.json",
        &*folder.to_string_lossy(),
        "--samples FILE",
        "jackfield new-connector",
    ] {
        assert!(first.contains(part), "{part}: {first}");
    }
    let starts = report.outcome("start.with-the-samples-settings").unwrap();
    let Outcome::Skipped(why) = starts else { panic!("{starts:?}") };
    assert!(why.contains("no samples") && why.contains("--samples"), "{why}");
    let places = report.json()["samples"]["not_found"].clone();
    assert_eq!(places[0], folder.join("conformance.json").to_string_lossy().as_ref());
}

#[test]
fn settings_that_do_not_start_it_leave_nothing_to_look_at() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("conformance.json");
    std::fs::write(&path, r#"{"settings": {}}"#).unwrap();
    let mut options = options("libtiktok_connector.so");
    options.samples = Some(path.clone());
    let report = report(options);
    assert_eq!(report.failed(), ["start.with-the-samples-settings"], "{}", report.pretty());
    for id in [
        "receive.is-deterministic",
        "receive.same-in-parallel",
        "errors.hold-no-secret",
        "logs.hold-no-secret",
    ] {
        let outcome = report.outcome(id).unwrap();
        assert!(matches!(outcome, Outcome::Skipped(_)), "{id} says {outcome:?}");
    }
    assert_eq!(report.json()["samples"]["file"], path.to_string_lossy().as_ref());
}

#[test]
fn no_rule_can_be_said_to_be_kept_where_nothing_was_asked() {
    let mut options = options("libtiktok_connector.so");
    options.samples = Some(workspace(TIKTOK));
    options.platform = simulator();
    let skipped = Outcome::Skipped("no request was made".to_owned());
    for first in ["load.passes-every-step", "platform.connects"] {
        options.only = [first, "platform.no-rule-broken"].map(str::to_owned).into();
        let report = report(options.clone());
        assert_eq!(report.outcome("platform.no-rule-broken"), Some(&skipped), "after {first}");
    }
}

#[test]
fn a_platform_that_does_not_start_is_told_with_its_last_words() {
    let mut options = options("libtiktok_connector.so");
    options.samples = Some(workspace(TIKTOK));
    let script = "printf 'starting\\n\\033[1mcannot listen on 127.0.0.1:1\\n\\n' >&2; exit 1";
    options.platform = ["sh", "-c", script].map(str::to_owned).into();
    options.only = ["platform.sends", "facts.as-declared"].map(str::to_owned).into();
    let report = report(options);
    for row in &report.rows {
        let Outcome::Skipped(why) = &row.outcome else { panic!("{}", report.pretty()) };
        let end = "sh ended before it was ready; it said: [1mcannot listen on 127.0.0.1:1";
        assert!(why.ends_with(end), "{why:?}");
    }
}

#[test]
fn of_checks_that_were_named_it_is_said_whether_they_hold_and_no_level() {
    let mut options = options("libecho_connector.so");
    options.samples = Some(workspace("examples/echo-connector/conformance.json"));
    for (id, settings, sentence) in [
        ("receive.never-panics", None, "libecho_connector.so holds what was named ("),
        (
            "inbound.declared-kinds-arrive",
            Some("{}"),
            "libecho_connector.so does not hold all that was named (",
        ),
    ] {
        let folder = tempfile::TempDir::new().unwrap();
        if let Some(text) = settings {
            let path = folder.path().join("conformance.json");
            std::fs::write(&path, text).unwrap();
            options.samples = Some(path);
        }
        options.only = vec![id.to_owned()];
        let report = report(options.clone());
        let last = report.pretty().lines().last().unwrap().to_owned();
        assert!(last.starts_with(sentence), "{last}");
        assert!(report.json()["level"].is_null(), "{}", report.json());
    }
    options.only.clear();
    options.samples = None;
    options.level = 1;
    assert_eq!(report(options).json()["level"], 1);
}

#[test]
fn a_file_that_is_not_there_is_one_line_and_exit_code_2() {
    let program = env!("CARGO_BIN_EXE_connector-conformance");
    let output = std::process::Command::new(program).arg("nope.so").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), said.lines().count()), (Some(2), 1), "{said}");
    assert!(said.starts_with("connector-conformance: nope.so: ") && output.stdout.is_empty(), "{said}");
}

#[test]
fn a_signature_that_the_document_does_not_name_is_told_in_words() {
    let text = std::fs::read_to_string(workspace(TIKTOK)).unwrap();
    let mut samples: serde_json::Value = serde_json::from_str(&text).unwrap();
    samples["signing"] = serde_json::json!({"header": "X-Other", "value": "none"});
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("conformance.json");
    std::fs::write(&path, samples.to_string()).unwrap();
    let mut options = options("libtiktok_connector.so");
    options.samples = Some(path);
    options.only = vec!["decoding.as-declared".to_owned()];
    let report = report(options);
    let Some(Outcome::Failed(findings)) = report.outcome("decoding.as-declared") else { panic!() };
    let texts: Vec<_> = findings.iter().map(|finding| finding.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "the samples are signed in the header X-Other, and the document names the header TikTok-Signature",
            "the samples are not signed with the setting app_secret, which the document names",
        ]
    );
}

/// The checks that fail where the simulator is set up like this.
fn failed_with(setting: &str, only: &[&str]) -> Vec<&'static str> {
    let mut options = options("libtiktok_connector.so");
    options.samples = Some(workspace(TIKTOK));
    options.platform = [simulator(), vec!["--set".to_owned(), setting.to_owned()]].concat();
    options.only = only.iter().map(ToString::to_string).collect();
    report(options).failed()
}

#[test]
fn what_only_a_platform_shows_can_fail_too() {
    assert_eq!(
        failed_with("echo=off", &["conversation.echoes", "conversation.reads"]),
        ["conversation.echoes"]
    );
    let too_fast = failed_with("qps=1", &["platform.sends", "platform.signals", "platform.no-rule-broken"]);
    assert!(too_fast.contains(&"platform.no-rule-broken"), "{too_fast:?}");
    let too_long = failed_with("max_image_bytes=10", &["platform.sends", "platform.sends-media"]);
    assert_eq!(too_long, ["platform.sends-media"]);
}

#[test]
fn a_platform_that_is_not_as_declared_is_noticed_by_the_check_of_its_name() {
    for (setting, id) in [
        ("qps=9", "rate.as-declared"),
        ("qps=11", "rate.as-declared"),
        ("text_unit=bytes", "automatic.as-declared"),
        ("text_unit=code-points", "automatic.as-declared"),
        ("text_unit=bytes", "choices.as-declared"),
        ("withheld_scopes=[\"user.info.username\"]", "platform.inspects-grants"),
    ] {
        assert_eq!(failed_with(setting, &[id]), [id], "{setting}");
    }
}

#[test]
fn what_the_samples_say_of_failing_operations_and_of_arrivals_is_held_against_what_happens() {
    let text = std::fs::read_to_string(workspace(TIKTOK)).unwrap();
    let mut samples: serde_json::Value = serde_json::from_str(&text).unwrap();
    let faults = samples["platform"]["faults"].as_array_mut().unwrap();
    for fault in faults.iter_mut().filter(|fault| fault["operation"] == "automatic_messages") {
        fault["is"] = serde_json::json!(["done"]);
    }
    samples["platform"]["arrivals"].as_object_mut().unwrap().remove("qr");
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("conformance.json");
    std::fs::write(&path, samples.to_string()).unwrap();
    let mut options = options("libtiktok_connector.so");
    options.samples = Some(path);
    options.platform = simulator();
    let checks = ["arrivals.as-declared", "conversation.operation-faults"];
    options.only = checks.map(str::to_owned).into();
    let report = report(options);
    assert_eq!(report.failed(), checks, "{}", report.pretty());
    let Some(Outcome::Failed(findings)) = report.outcome(checks[1]) else { panic!("{}", report.pretty()) };
    assert_eq!(findings.len(), 3, "each fault of automatic messages: {}", report.pretty());
}

#[test]
fn a_polled_channel_is_not_said_to_be_good_at_a_platform_that_only_posts() {
    let mut options = options("libpostcard_connector.so");
    options.samples = Some(workspace("examples/postcard-connector/conformance.json"));
    options.platform = simulator();
    options.only =
        ["platform.receives", "history.as-declared", "conversation.duplicates"].map(str::to_owned).into();
    let report = report(options);
    for row in &report.rows {
        let Outcome::Skipped(why) = &row.outcome else { panic!("{}", report.pretty()) };
        assert!(why.contains("polled"), "{why}");
    }
}
