//! Connectors built by other compilers and with other profiles, in today's host. Each receives, sends, logs and cancels:
//! that a library loads proves nothing.

use std::{
    env,
    path::{Path, PathBuf},
};

use abi_compatibility::{
    build::{Build, Compiler, Profile, artifact},
    exercise::start,
};
use anyhow::{Result, ensure};
use connector_loader::Isolation;

use crate::{FOLDER, platform::tiktok_receives_sends_logs_and_cancels, workspace};

/// The order of the fields in which a compiler that is not told to shuffle them puts them.
const AS_WRITTEN: &str = "0 1 2 3 4 5 6 7";

macro_rules! cells {
    ($($name:ident: $compiler:ident, $profile:ident;)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() -> Result<()> {
                cell(Compiler::$compiler, Profile::$profile).await
            }
        )*

        const CELLS: &[(Compiler, Profile)] = &[$((Compiler::$compiler, Profile::$profile)),*];
    };
}

cells! {
    current_debug: Current, Debug;
    current_release: Current, Release;
    current_fat_lto_stripped: Current, FatLtoStripped;
    nightly_debug: Nightly, Debug;
    nightly_release: Nightly, Release;
    nightly_fat_lto_stripped: Nightly, FatLtoStripped;
    nightly_shuffled_debug: NightlyShuffled, Debug;
    nightly_shuffled_release: NightlyShuffled, Release;
    nightly_shuffled_fat_lto_stripped: NightlyShuffled, FatLtoStripped;
}

#[test]
fn no_cell_is_left_out() {
    for compiler in Compiler::ALL {
        for profile in Profile::ALL {
            assert!(CELLS.contains(&(compiler, profile)), "{compiler:?} {profile:?}");
        }
    }
}

async fn cell(compiler: Compiler, profile: Profile) -> Result<()> {
    if !compiler.is_installed() {
        println!("skipped: no nightly is installed; `rustup toolchain install nightly` installs one");
        return Ok(());
    }
    let (name, worker) = (format!("{}-{}", compiler.name(), profile.name()), artifact("connector-worker")?);
    let built = build(compiler, profile)?;

    let library = built.join("libprobe_connector.so");
    let probe = start(&library, &worker, Isolation::InProcess, &format!("probe-{name}")).await?;
    ensure!(probe.library.manifest().debug == (profile == Profile::Debug), "it is another build");
    probe.receives_sends_logs_and_cancels().await?;
    let shuffled = probe.field_order().await? != AS_WRITTEN;
    ensure!(
        shuffled == (compiler == Compiler::NightlyShuffled),
        "{compiler:?} has put fields in another order"
    );

    let library = built.join("libecho_connector.so");
    let echo = start(&library, &worker, Isolation::InProcess, &format!("echo-{name}")).await?;
    echo.receives_sends_and_logs().await?;

    if has_tiktok(profile) {
        let library = built.join("libtiktok_connector.so");
        tiktok_receives_sends_logs_and_cancels(&library, &worker, &format!("tiktok-{name}")).await?;
    }
    Ok(())
}

/// TikTok's connector is large: without `--full` each compiler builds it only once.
fn has_tiktok(profile: Profile) -> bool {
    profile == Profile::Release || env::var_os("JACKFIELD_TEST_FULL").is_some()
}

fn build(compiler: Compiler, profile: Profile) -> Result<PathBuf> {
    let mut packages = vec!["echo-connector", "probe-connector"];
    if has_tiktok(profile) {
        packages.push("tiktok-connector");
    }
    let (workspace, below) = (&workspace()?, Path::new(FOLDER));
    Build { workspace, below, compiler, profile, packages: &packages, locked: true }.run()
}
