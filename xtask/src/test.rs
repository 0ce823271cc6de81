//! `cargo xtask test`: everything that has to hold before a change is good.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use crate::{
    bench,
    command::{BIN_DIR, build_optimised, cargo, run as execute, target_dir},
    tools,
};

const FULL_PROPERTY_CASES: &str = "5000";
/// Tells tests to do what takes long, too.
const FULL: &str = "JACKFIELD_TEST_FULL";

/// Check everything: formatting, lints, dependencies, tests, documentation.
///
/// The steps run in order, and the first failure ends them. A summary says how long each took, and what was skipped
/// and why. With CI set in the environment, nothing is skipped: missing tools are installed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Steps: system tools · formatting · lints · dependencies · libraries and programs · tests · API fuzzing (only with --full) · \
                        speed, burst optimised, and hot paths (only with --full) · \
                        documentation tests · documentation.\n\
                        Tests include xtask/tests/tidy, which keeps the rules of ARCHITECTURE.md that no lint knows."
)]
pub(crate) struct Options {
    /// Also what takes long: 5000 cases for each property instead of 256, the large connector in every build of the ABI
    /// matrix instead of one for each compiler, 1,000 kills, a minute of watched sending, schemathesis over the API,
    /// how long the TikTok connector takes in a release build, and `cargo xtask bench`.
    #[arg(long)]
    full: bool,
}

enum Outcome {
    Passed,
    Skipped(String),
}

struct Step {
    name: &'static str,
    run: fn(&Options) -> Result<Outcome>,
}

const STEPS: &[Step] = &[
    Step { name: "system tools", run: system_tools },
    Step { name: "formatting", run: |_| passes(["fmt", "--all", "--check"]) },
    Step {
        name: "lints",
        run: |_| passes(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]),
    },
    Step { name: "dependencies", run: dependencies },
    Step { name: "libraries and programs", run: libraries_and_programs },
    Step { name: "tests", run: tests },
    Step { name: "API fuzzing", run: fuzzing },
    Step { name: "speed", run: speed },
    Step { name: "burst, optimised", run: burst },
    Step { name: "hot paths", run: hot_paths },
    Step { name: "documentation tests", run: |_| passes(["test", "--doc", "--workspace", "--locked"]) },
    Step { name: "documentation", run: documentation },
];

/// Runs every step.
///
/// # Errors
/// The first step that failed.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut summary = Vec::new();
    let mut result = Ok(());
    for (number, step) in STEPS.iter().enumerate() {
        println!("\n== {}/{} {} ==", number + 1, STEPS.len(), step.name);
        let started = Instant::now();
        let outcome = (step.run)(options);
        summary.push(summary_line(step.name, &outcome, started.elapsed()));
        if let Err(error) = outcome {
            result = Err(error.context(format!("the step \"{}\" failed", step.name)));
            break;
        }
    }
    println!("\n== summary ==\n{}", summary.join("\n"));
    for step in STEPS.iter().skip(summary.len()) {
        println!("not run            {}", step.name);
    }
    result
}

fn summary_line(name: &str, outcome: &Result<Outcome>, took: Duration) -> String {
    let seconds = took.as_secs_f64();
    match outcome {
        Ok(Outcome::Passed) => format!("passed   {seconds:7.1} s {name}"),
        Ok(Outcome::Skipped(reason)) => format!("SKIPPED  {seconds:7.1} s {name}: {reason}"),
        Err(_) => format!("FAILED   {seconds:7.1} s {name}"),
    }
}

fn system_tools(_: &Options) -> Result<Outcome> {
    let mut missing = tools::ensure_system_tools()?;
    missing.extend(tools::ensure_nightly());
    Ok(if missing.is_empty() { Outcome::Passed } else { Outcome::Skipped(missing.join("; ")) })
}

fn dependencies(_: &Options) -> Result<Outcome> {
    if !tools::ensure_cargo_deny()? {
        let reason = tools::cargo_deny_hint();
        println!("skipped: {reason}");
        return Ok(Outcome::Skipped(reason));
    }
    passes(["deny", "--locked", "check", "bans", "licenses", "sources"])
}

fn libraries_and_programs(_: &Options) -> Result<Outcome> {
    // Not this program itself, which is running.
    passes(["build", "--workspace", "--locked", "--exclude", "xtask"])
}

fn tests(options: &Options) -> Result<Outcome> {
    let mut command = if tools::has_nextest() {
        cargo(["nextest", "run", "--workspace", "--locked", "--no-fail-fast"])
    } else {
        println!("cargo-nextest is not installed; plain `cargo test` does the same, more slowly");
        cargo(["test", "--workspace", "--locked", "--lib", "--bins", "--tests"])
    };
    command.env(BIN_DIR, target_dir().context("finding the built libraries")?.join("debug"));
    if options.full {
        command.env("PROPTEST_CASES", FULL_PROPERTY_CASES).env(FULL, "1");
    }
    execute(&mut command)?;
    Ok(Outcome::Passed)
}

/// Schemathesis asks a running host whatever its OpenAPI document allows, and more.
fn fuzzing(options: &Options) -> Result<Outcome> {
    if !options.full {
        return Ok(Outcome::Skipped("only with --full".to_owned()));
    }
    let target = target_dir().context("finding the built libraries")?;
    let schemathesis = tools::ensure_schemathesis(&target.join("schemathesis"))?;
    let mut fuzz = Command::new(target.join("debug").join("jackfield-fuzz"));
    execute(fuzz.arg(schemathesis))?;
    Ok(Outcome::Passed)
}

fn speed(options: &Options) -> Result<Outcome> {
    if !options.full {
        return Ok(Outcome::Skipped("only with --full".to_owned()));
    }
    passes(["test", "--release", "--locked", "-p", "tiktok-connector", "--test", "speed"])
}

/// What one burst costs others is a matter of time, which only an optimised host can tell.
fn burst(options: &Options) -> Result<Outcome> {
    if !options.full {
        return Ok(Outcome::Skipped("only with --full".to_owned()));
    }
    let built = build_optimised(&["jackfield", "connector-loader", "tiktok-connector", "hostile-connector"])?;
    let mut command = cargo(["test", "--locked", "-p", "end-to-end", "--test", "burst", "--", "--nocapture"]);
    command.env(BIN_DIR, built);
    execute(command.env(FULL, "1"))?;
    Ok(Outcome::Passed)
}

fn hot_paths(options: &Options) -> Result<Outcome> {
    if !options.full {
        return Ok(Outcome::Skipped("only with --full".to_owned()));
    }
    bench::run(&bench::Options::default())?;
    Ok(Outcome::Passed)
}

fn documentation(_: &Options) -> Result<Outcome> {
    execute(cargo(["doc", "--no-deps", "--workspace", "--locked"]).env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(Outcome::Passed)
}

fn passes<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Result<Outcome> {
    execute(&mut cargo(arguments))?;
    Ok(Outcome::Passed)
}
