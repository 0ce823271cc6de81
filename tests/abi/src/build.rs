//! Building connectors with the compilers and profiles that authors use.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};

/// What of this process's environment would change how the other build goes.
const NOT_INHERITED: &[&str] = &[
    "CARGO_BUILD_TARGET",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_TARGET_DIR",
    "RUSTC",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTDOCFLAGS",
    "RUSTFLAGS",
];

/// A compiler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compiler {
    /// The one that builds the tests.
    Current,
    /// The nightly that is installed.
    Nightly,
    /// The same, told to lay out every type that is not `repr(C)` at random.
    NightlyShuffled,
}

/// How a library is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Not optimised.
    Debug,
    /// Optimised.
    Release,
    /// Optimised as a whole, and stripped of all symbols that are not exported.
    FatLtoStripped,
}

impl Compiler {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Current, Self::Nightly, Self::NightlyShuffled];

    /// Its name in folders and messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Nightly => "nightly",
            Self::NightlyShuffled => "nightly-shuffled",
        }
    }

    /// Whether it is installed.
    #[must_use]
    pub fn is_installed(self) -> bool {
        let mut version = Command::new("rustup");
        version.args(["run", "nightly", "rustc", "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
        self == Self::Current || version.status().is_ok_and(|status| status.success())
    }

    fn cargo(self) -> Command {
        let mut command = match self {
            Self::Current => Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"))),
            Self::Nightly | Self::NightlyShuffled => {
                let mut rustup = Command::new("rustup");
                rustup.args(["run", "nightly", "cargo"]);
                rustup
            }
        };
        for name in NOT_INHERITED {
            command.env_remove(name);
        }
        if self == Self::NightlyShuffled {
            command.env("RUSTFLAGS", "-Zrandomize-layout");
        }
        command
    }
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Debug, Self::Release, Self::FatLtoStripped];

    /// Its name in folders and messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Release => "release",
            Self::FatLtoStripped => "fat-lto-stripped",
        }
    }

    /// The profile's name to cargo, and what is different from how this workspace has it: no debug information, which
    /// nobody looks at here, and little optimisation, which is optimisation all the same. That halves the time.
    fn settings(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Debug => ("dev", &["profile.dev.debug=0"]),
            Self::Release => (
                "release",
                &[
                    "profile.release.debug=0",
                    "profile.release.opt-level=1",
                    "profile.release.codegen-units=16",
                ],
            ),
            Self::FatLtoStripped => (
                "fat-lto-stripped",
                &[
                    "profile.fat-lto-stripped.inherits=\"release\"",
                    "profile.fat-lto-stripped.debug=0",
                    "profile.fat-lto-stripped.opt-level=1",
                    "profile.fat-lto-stripped.lto=\"fat\"",
                    "profile.fat-lto-stripped.strip=\"symbols\"",
                ],
            ),
        }
    }
}

/// What to build.
#[derive(Debug)]
pub struct Build<'a> {
    /// The folder with the `Cargo.toml`.
    pub workspace: &'a Path,
    /// Below it each compiler has a target folder of its own, where what was built is found again the next time.
    pub below: &'a Path,
    /// The compiler.
    pub compiler: Compiler,
    /// The profile.
    pub profile: Profile,
    /// The packages.
    pub packages: &'a [&'a str],
    /// Whether `Cargo.lock` must be complete and exact.
    pub locked: bool,
}

impl Build<'_> {
    /// Builds, and answers the folder with what was built. Cargo's own lock keeps builds in one folder apart.
    ///
    /// # Errors
    /// Where it does not build; with everything that the compiler said.
    pub fn run(&self) -> Result<PathBuf> {
        let target = self.below.join(self.compiler.name());
        let mut command = self.compiler.cargo();
        command.arg("build").current_dir(self.workspace).env("CARGO_INCREMENTAL", "0");
        let (profile, settings) = self.profile.settings();
        command.arg("--profile").arg(profile).arg("--target-dir").arg(&target);
        command.args(settings.iter().flat_map(|setting| ["--config", setting]));
        command.args(self.packages.iter().flat_map(|package| ["--package", package]));
        if self.locked {
            command.arg("--locked");
        }
        let output = command.output().context("cargo cannot be started")?;
        if !output.status.success() {
            bail!("{command:?} failed:\n{}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(target.join(self.profile.name()))
    }
}

/// A program or library that cargo has built for this workspace, such as `connector-worker`.
///
/// # Errors
/// Where it was not built.
pub fn artifact(name: &str) -> Result<PathBuf> {
    let path = bin_dir()?.join(name);
    ensure!(
        path.is_file(),
        "{} is not built; run `cargo build --workspace`, or everything with `cargo xtask test`",
        path.display()
    );
    Ok(path)
}

/// Set by `cargo xtask`; otherwise the folder of the running program is looked at.
fn bin_dir() -> Result<PathBuf> {
    if let Some(dir) = env::var_os("JACKFIELD_TEST_BIN_DIR") {
        return Ok(dir.into());
    }
    let own = env::current_exe()?;
    let dir = own.parent().context("this program has no folder")?;
    Ok(if dir.ends_with("deps") { dir.parent().unwrap_or(dir).to_owned() } else { dir.to_owned() })
}
