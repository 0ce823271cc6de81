//! Connectors built by other compilers and with other profiles, in today's host.

use std::path::{Path, PathBuf};

use abi_compatibility::{
    build::{Build, Compiler, Profile, artifact},
    exercise::start,
};
use anyhow::{Context, Result, ensure};
use connector_loader::Isolation;

use crate::{FOLDER, workspace};

/// One cell: a compiler and a profile.
#[derive(Clone, Copy)]
struct Cell(Compiler, Profile);

impl Cell {
    fn name(self) -> String {
        format!("{}-{}", self.0.name(), self.1.name())
    }

    /// Whether TikTok's connector, which is large, is built here too.
    fn has_tiktok(self) -> bool {
        self.1 == Profile::Release || std::env::var_os("JACKFIELD_TEST_FULL").is_some()
    }

    fn build(self) -> Result<PathBuf> {
        let Self(compiler, profile) = self;
        let mut packages = vec!["echo-connector", "probe-connector"];
        if self.has_tiktok() {
            packages.push("tiktok-connector");
        }
        let below = Path::new(FOLDER);
        Build { workspace: &workspace()?, below, compiler, profile, packages: &packages, locked: true }.run()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn current_debug() -> Result<()> {
    cell(Compiler::Current, Profile::Debug).await
}

async fn cell(compiler: Compiler, profile: Profile) -> Result<()> {
    let cell = Cell(compiler, profile);
    let built = cell.build()?;
    let worker = artifact("connector-worker")?;
    let name = cell.name();
    let probe = start(&built.join("libprobe_connector.so"), &worker, Isolation::InProcess, &name).await?;
    probe.receives_sends_logs_and_cancels().await
}
