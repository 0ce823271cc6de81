//! Finding the tools that tests need, and installing what may be installed.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, bail};

use crate::command::{cargo, output, run, succeeds};

const SCHEMATHESIS: &str = "schemathesis==4.32.5";
const CARGO_DENY: &str = "cargo install --locked cargo-deny";

/// A program of the system, and the Debian package that brings it.
struct SystemTool {
    program: &'static str,
    package: &'static str,
    /// What it is for.
    purpose: &'static str,
    /// Whether nothing works without it.
    essential: bool,
}

const SYSTEM_TOOLS: &[SystemTool] = &[
    SystemTool {
        program: "cc",
        package: "gcc libc6-dev",
        purpose: "compiles SQLite and ring",
        essential: true,
    },
    SystemTool { program: "curl", package: "curl", purpose: "types what the README types", essential: false },
    SystemTool {
        program: "openssl",
        package: "openssl",
        purpose: "makes a key as the README does",
        essential: false,
    },
    SystemTool {
        program: "strace",
        package: "strace",
        purpose: "shows a test which system calls happen",
        essential: false,
    },
];

/// Whether this is a CI run, in which nothing may be skipped.
pub(crate) fn in_ci() -> bool {
    env::var("CI").is_ok_and(|value| !value.is_empty() && value != "false")
}

/// Installs missing programs when it may. Answers what is missing still, one sentence each.
///
/// # Errors
/// Something is missing that cannot be done without.
pub(crate) fn ensure_system_tools() -> Result<Vec<String>> {
    let missing: Vec<_> = SYSTEM_TOOLS.iter().filter(|tool| !is_installed(tool.program)).collect();
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    if is_installed("apt-get") && is_root() {
        apt(&["update"])?;
        let packages = missing.iter().flat_map(|tool| tool.package.split(' '));
        apt(&["install", "-y", "--no-install-recommends"].into_iter().chain(packages).collect::<Vec<_>>())?;
        return Ok(Vec::new());
    }
    let explained: Vec<_> = missing.iter().map(|tool| explanation(tool)).collect();
    if in_ci() || missing.iter().any(|tool| tool.essential) {
        bail!("{}", explained.join("\n"));
    }
    Ok(explained)
}

/// Answers what is lost where no nightly compiler is installed, one sentence. Tries to install one in CI.
pub(crate) fn ensure_nightly() -> Option<String> {
    const INSTALL: [&str; 5] = ["toolchain", "install", "nightly", "--profile", "minimal"];
    if succeeds(Command::new("rustup").args(["run", "nightly", "rustc", "--version"])) {
        return None;
    }
    // Where it cannot be had, the rest is worth checking all the same.
    if in_ci() && run(Command::new("rustup").args(INSTALL)).is_ok() {
        return None;
    }
    Some(format!(
        "no nightly compiler is installed, so that six of the nine builds of the ABI matrix are skipped; \
         `rustup {}` installs one",
        INSTALL.join(" ")
    ))
}

/// Whether `cargo deny` can run. Installs it in CI.
///
/// # Errors
/// The installation failed.
pub(crate) fn ensure_cargo_deny() -> Result<bool> {
    if succeeds(&mut cargo(["deny", "--version"])) {
        return Ok(true);
    }
    if in_ci() {
        // It runs for seconds, so that what optimising costs never comes back.
        let mut install = cargo(CARGO_DENY.split(' ').skip(1));
        install.envs([("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"), ("CARGO_PROFILE_RELEASE_LTO", "off")]);
        run(install.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"))?;
        return Ok(true);
    }
    Ok(false)
}

/// The program schemathesis, in a virtual environment at `folder`; installs it from PyPI where it is not there.
///
/// # Errors
/// There is no Python with `venv`, or the installation failed.
pub(crate) fn ensure_schemathesis(folder: &Path) -> Result<PathBuf> {
    let program = folder.join("bin").join("schemathesis");
    let version = SCHEMATHESIS.rsplit('=').next().unwrap_or_default();
    let present = output(Command::new(&program).arg("--version")).unwrap_or_default();
    if !present.trim_end().ends_with(version) {
        run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
        run(Command::new(folder.join("bin").join("pip")).args(["install", "--quiet", SCHEMATHESIS]))?;
    }
    Ok(program)
}

/// How to get `cargo deny`.
pub(crate) fn cargo_deny_hint() -> String {
    format!("cargo-deny is not installed; `{CARGO_DENY}` installs it in a few minutes")
}

/// Whether `cargo nextest` can run.
pub(crate) fn has_nextest() -> bool {
    succeeds(&mut cargo(["nextest", "--version"]))
}

fn explanation(SystemTool { program, package, purpose, .. }: &SystemTool) -> String {
    format!("{program} is missing ({purpose}); as root, `apt-get install -y {package}` installs it")
}

fn is_installed(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn apt(arguments: &[&str]) -> Result<()> {
    run(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
}
