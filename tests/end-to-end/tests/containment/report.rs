//! Every kind of file gets exactly one row, and costs only itself.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Output,
};

use anyhow::{Context, Result, ensure};
use end_to_end::artifact;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use crate::support::{
    Channels, ECHO, Limits, Shim, hostile_at_load, is_refused, listed, patched_copy, row, rows_of_dir,
};

/// The file's name, and the step and code of its row.
type Row = (&'static str, &'static str, &'static str);

const CRASHED: (&str, &str) = ("trial", "trial.crashed");

/// Files whose bytes are wrong.
const BYTES: &[Row] = &[
    ("missing.so", "found", "file.missing"),
    ("directory.so", "found", "file.not_a_file"),
    ("text.so", "object_file", "object.not_a_library"),
    ("empty.so", "object_file", "object.empty"),
    ("only-4-kB.so", "object_file", "object.incomplete"),
    ("only-200-kB.so", "object_file", "object.incomplete"),
    ("half-copied.so", "object_file", "object.incomplete"),
    ("without-its-tail.so", "object_file", "object.incomplete"),
    ("garbage-in-the-manifest.so", "manifest", "manifest.malformed"),
    ("garbage-inside.so", CRASHED.0, CRASHED.1),
    ("wrong-architecture.so", "object_file", "object.wrong_machine"),
    ("no-manifest.so", "manifest", "manifest.missing"),
    ("world-writable.so", "permissions", "permissions.world_writable"),
    ("needs-what-is-gone.so", "open", "open.refused"),
];

/// Files that misbehave as soon as they are loaded.
const CODE: &[Row] = &[
    ("constructor-aborts.so", CRASHED.0, CRASHED.1),
    ("constructor-exits-with-0.so", CRASHED.0, CRASHED.1),
    ("constructor-exits-with-3.so", CRASHED.0, CRASHED.1),
    ("constructor-segfaults.so", CRASHED.0, CRASHED.1),
    ("constructor-leaves-a-child-and-exits.so", CRASHED.0, CRASHED.1),
    ("constructor-prints.so", "header", "header.missing"),
    ("constructor-leaves-a-child.so", "header", "header.missing"),
    ("module-panic.so", "header", "header.root_module"),
    ("module-exit.so", CRASHED.0, CRASHED.1),
    ("describe-panic.so", CRASHED.0, CRASHED.1),
    ("describe-other.so", "document", "document.disagrees"),
];

/// Files that hang until they are killed.
const HANGING: &[Row] = &[
    ("constructor-hangs.so", CRASHED.0, CRASHED.1),
    ("module-hang.so", CRASHED.0, CRASHED.1),
    ("describe-hang.so", CRASHED.0, CRASHED.1),
];

fn damaged(folder: &Path) -> Result<()> {
    let whole = std::fs::read(artifact(ECHO)?)?;
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes);
    std::os::unix::fs::symlink("/nowhere", folder.join("missing.so"))?;
    std::fs::create_dir(folder.join("directory.so"))?;
    write("text.so", b"not a library\n")?;
    write("empty.so", b"")?;
    write("only-4-kB.so", &whole[..4_000])?;
    write("only-200-kB.so", &whole[..200_000])?;
    write("half-copied.so", &whole[..whole.len() / 2])?;
    write("without-its-tail.so", &whole[..whole.len() - 4096])?;
    write("world-writable.so", &whole)?;
    std::fs::set_permissions(folder.join("world-writable.so"), PermissionsExt::from_mode(0o666))?;

    let mut garbage = whole.clone();
    // Behind the headers stand the tables with which the system's loader begins.
    garbage[0x400..0x8000].fill(0xff);
    write("garbage-inside.so", &garbage)?;
    let mut other = whole;
    let machine = if cfg!(target_arch = "aarch64") { 62 } else { 183 };
    other[18] = machine;
    write("wrong-architecture.so", &other)?;

    patched_copy(
        ECHO,
        &folder.join("garbage-in-the-manifest.so"),
        &[(b"{\"manifest\"", b"\xff\"manifest\"")],
    )?;
    let gone = &[(b"libgcc_s.so.1".as_slice(), b"libgcc_s.gone".as_slice())];
    patched_copy(ECHO, &folder.join("needs-what-is-gone.so"), gone)?;
    std::fs::copy(of_the_system()?, folder.join("no-manifest.so"))?;
    Ok(())
}

/// A library of somebody else that this very process uses.
fn of_the_system() -> Result<PathBuf> {
    let maps = std::fs::read_to_string("/proc/self/maps")?;
    let mut files = maps.lines().filter_map(|line| line.split_whitespace().nth(5));
    let library = files.find(|file| file.contains("/libc.so") || file.contains("/libgcc_s.so"));
    Ok(library.context("this process uses no library of the system")?.into())
}

async fn misbehaving(folder: &Path) -> Result<()> {
    for (file, how) in [
        ("constructor-aborts.so", "abort"),
        ("constructor-exits-with-0.so", "exit-0"),
        ("constructor-exits-with-3.so", "exit-3"),
        ("constructor-segfaults.so", "segfault"),
        ("constructor-leaves-a-child-and-exits.so", "leave-a-child-and-exit"),
        ("constructor-prints.so", "print"),
        ("constructor-leaves-a-child.so", "leave-a-child"),
    ] {
        Shim::new(how).build(&folder.join(file)).await?;
    }
    for how in ["module-panic", "module-exit", "describe-panic", "describe-other"] {
        hostile_at_load(folder, how)?;
    }
    Ok(())
}

async fn hanging(folder: &Path) -> Result<()> {
    Shim::new("hang").build(&folder.join("constructor-hangs.so")).await?;
    hostile_at_load(folder, "module-hang")?;
    hostile_at_load(folder, "describe-hang")?;
    Ok(())
}

fn are_as_told(rows: &[Value], told: &[Row]) -> Result<()> {
    told.iter().try_for_each(|(file, step, code)| {
        is_refused(row(rows, file)?, step, code).with_context(|| (*file).to_owned())
    })
}

#[tokio::test]
async fn every_file_has_one_row_at_the_command_line_and_over_http_and_costs_only_itself() -> Result<()> {
    let options = Channels::options("auto", Limits::LONG, &[])?;
    damaged(&options.connectors())?;
    misbehaving(&options.connectors()).await?;
    let channels = Channels { host: options.start().await? };
    let pid = channels.host.id();

    let served = channels.api().items("/v1/connectors").await?;
    assert_eq!(served.len(), BYTES.len() + CODE.len() + 1, "{served:#?}");
    are_as_told(&served, BYTES)?;
    are_as_told(&served, CODE)?;
    assert_eq!(row(&served, ECHO)?["state"], "loaded");
    let gone = row(&served, "needs-what-is-gone.so")?;
    ensure!(gone["found"].as_str().is_some_and(|found| found.contains("libgcc_s.gone")), "{gone:#}");
    let listed = listed(channels.host.command(&["connectors", "list", "--json"])?).await?;
    assert_eq!(listed.len(), served.len());
    for of_host in &served {
        let file = of_host["file"].as_str().context("no file")?;
        let name = Path::new(file).file_name().and_then(|name| name.to_str()).context("no name")?;
        let of_list = row(&listed, name)?;
        for told in ["state", "step", "code", "expected", "found", "fix"] {
            assert_eq!(of_list[told], of_host[told], "{name}: {told}");
        }
    }
    channels.others_answer(pid).await?;
    channels.host.stop().await
}

#[tokio::test]
async fn a_file_that_hangs_while_it_is_loaded_is_killed_and_has_its_row() -> Result<()> {
    let folder = TempDir::new()?;
    hanging(folder.path()).await?;
    std::fs::copy(artifact(ECHO)?, folder.path().join(ECHO))?;
    let rows = rows_of_dir(folder.path()).await?;
    are_as_told(&rows, HANGING)?;
    for (file, ..) in HANGING {
        let found = row(&rows, file)?["found"].as_str().unwrap_or_default();
        ensure!(found.contains("killed"), "{file}: {found}");
    }
    assert_eq!(row(&rows, ECHO)?["state"], "loaded");
    Ok(())
}

#[tokio::test]
async fn of_two_files_with_one_connector_both_are_named_and_neither_wins() -> Result<()> {
    let folder = TempDir::new()?;
    std::fs::copy(artifact(ECHO)?, folder.path().join("a.so"))?;
    std::fs::copy(artifact(ECHO)?, folder.path().join("b.so"))?;
    let rows = rows_of_dir(folder.path()).await?;
    for (file, other) in [("a.so", "b.so"), ("b.so", "a.so")] {
        let row = row(&rows, file)?;
        assert_eq!((&row["state"], &row["code"]), (&json!("ambiguous"), &json!("connector.ambiguous")));
        assert_eq!(row["others"], json!([folder.path().join(other)]));
    }
    Ok(())
}

#[tokio::test]
async fn a_folder_that_everybody_can_write_holds_no_usable_file() -> Result<()> {
    for mode in [0o777, 0o1777] {
        let (folder, behind) = (TempDir::new()?, TempDir::new()?);
        std::fs::copy(artifact(ECHO)?, behind.path().join(ECHO))?;
        std::os::unix::fs::symlink(behind.path().join(ECHO), folder.path().join(ECHO))?;
        for open in [folder.path(), behind.path()] {
            assert_eq!(row(&rows_of_dir(folder.path()).await?, ECHO)?["state"], "loaded");
            std::fs::set_permissions(open, PermissionsExt::from_mode(mode))?;
            let rows = rows_of_dir(folder.path()).await?;
            let row = row(&rows, ECHO)?;
            is_refused(row, "permissions", "permissions.world_writable")?;
            ensure!(row["fix"].as_str().is_some_and(|fix| fix.contains("folder")), "{row:#}");
            std::fs::set_permissions(open, PermissionsExt::from_mode(0o755))?;
        }
    }
    Ok(())
}

async fn says(arguments: &[&str], path: &Path) -> Result<Output> {
    Ok(Command::new(artifact("jackfield")?).args(arguments).arg(path).output().await?)
}

#[tokio::test]
async fn what_a_file_says_of_itself_forges_no_line() -> Result<()> {
    let (folder, forged) = (TempDir::new()?, r"1\nok         x.so\u001b[2K");
    let version = r#""version": "0.1.0""#;
    let other = format!(r#""version": "{forged}""#);
    let file = folder.path().join("x.so");
    Shim::new("nothing").document(version, &other).build(&file).await?;
    is_refused(row(&rows_of_dir(folder.path()).await?, "x.so")?, "manifest", "manifest.control_characters")?;
    let nowhere = folder.path().join("a\nok         b\u{1b}[2K");
    std::fs::write(&nowhere, "")?;
    for (arguments, path) in [
        (["connectors", "list", "--dir"].as_slice(), folder.path()),
        (&["connectors", "list", "--dir"], &nowhere),
        (&["connectors", "inspect"], &file),
        (&["connectors", "inspect"], &nowhere),
        (&["new-connector", "parrot", "--dir"], &nowhere),
    ] {
        let output = says(arguments, path).await?;
        let told = String::from_utf8([output.stdout, output.stderr].concat())?;
        ensure!(!output.status.success() && !told.is_empty(), "{arguments:?}: {told}");
        ensure!(
            !told.contains('\u{1b}') && !told.lines().any(|line| line.starts_with("ok")),
            "{arguments:?}: {told}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_document_that_is_too_deep_to_be_printed_is_refused_by_every_step() -> Result<()> {
    let folder = TempDir::new()?;
    let file = folder.path().join("deep.so");
    for (depth, is_good) in [(100, true), (200, false)] {
        let field = format!(r#""later": {}{}, "initiation""#, "[".repeat(depth), "]".repeat(depth));
        Shim::new("nothing").document(r#""initiation""#, &field).build(&file).await?;
        let printed = says(&["connectors", "inspect", "--json"], &file).await?;
        assert_eq!(printed.status.success(), is_good, "{printed:?}");
        let rows = rows_of_dir(folder.path()).await?;
        let (step, code) =
            if is_good { ("header", "header.missing") } else { ("manifest", "document.too_deep") };
        is_refused(row(&rows, "deep.so")?, step, code)?;
    }
    Ok(())
}
