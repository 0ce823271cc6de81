//! Library files that misbehave: compiled, or changed copies of good ones.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use connector_loader::inspect;
use end_to_end::artifact;
use tokio::process::Command;

pub(crate) const ECHO: &str = "libecho_connector.so";
pub(crate) const HOSTILE: &str = "libhostile_connector.so";
const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../hostile-connectors/constructor.c");
const OLD_ABI_STABLE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../hostile-connectors/old-abi-stable/Cargo.toml");
const AT_LOAD: &str = "hostile-at-load:";
const AT_LOAD_BYTES: usize = 32;

/// A small library whose constructor misbehaves; see `constructor.c`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shim<'a> {
    how: &'a str,
    name: &'a str,
    document: Option<(&'a str, &'a str)>,
    inner: Option<&'a str>,
}

impl<'a> Shim<'a> {
    /// No connector once its constructor has returned, but with the section of one.
    pub(crate) fn new(how: &'a str) -> Self {
        Self { how, name: "nameless", document: None, inner: None }
    }

    /// The process of the constructor, or its child, gets this name.
    pub(crate) fn process_name(self, name: &'a str) -> Self {
        Self { name, ..self }
    }

    /// The section's document, which is the echo connector's, says `new` instead of `old`.
    pub(crate) fn document(self, old: &'a str, new: &'a str) -> Self {
        Self { document: Some((old, new)), ..self }
    }

    /// The section says that it is the connector `crashing`.
    pub(crate) fn crashing(self) -> Self {
        self.document(r#""id": "echo""#, r#""id": "crashing""#)
    }

    /// Once its constructor has returned it is that connector.
    pub(crate) fn around(self, library: &'a str) -> Self {
        Self { inner: Some(library), ..self }
    }

    /// Compiles it to that path.
    pub(crate) async fn build(self, to: &Path) -> Result<()> {
        let folder = tempfile::TempDir::new()?;
        let frame = folder.path().join("frame");
        std::fs::write(&frame, self.frame()?)?;
        let mut compile = Command::new("cc");
        compile.args(["-shared", "-fPIC", SOURCE]);
        for (name, value) in [("FRAME", path_text(&frame)?), ("HOW", self.how), ("NAME", self.name)] {
            compile.arg(format!("-D{name}=\"{value}\""));
        }
        let built = folder.path().join("built.so");
        compile.arg("-o").arg(&built);
        if let Some(library) = self.inner {
            compile.arg("-Wl,--no-as-needed").arg(artifact(library)?);
        }
        let compiled = compile.output().await.context("the C compiler that Rust links with")?;
        ensure!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
        // Appears whole, as a careful operator would copy it.
        let beside = to.with_extension("part");
        std::fs::copy(&built, &beside)?;
        Ok(std::fs::rename(beside, to)?)
    }

    fn frame(&self) -> Result<Vec<u8>> {
        let found = inspect(&artifact(self.inner.unwrap_or(ECHO))?)?;
        let mut document = String::from_utf8(found.document_bytes)?;
        if let Some((old, new)) = self.document {
            ensure!(document.contains(old), "the document has no {old}");
            document = document.replacen(old, new, 1);
        }
        let manifest = serde_json::to_vec(&found.manifest)?;
        let mut frame = b"JKF1".to_vec();
        for word in [1, manifest.len(), document.len()] {
            frame.extend(u32::try_from(word)?.to_le_bytes());
        }
        frame.extend(manifest);
        frame.extend(document.as_bytes());
        Ok(frame)
    }
}

/// A library with a connector's section and a root module of `abi_stable` 0.10, built from its own crate.
pub(crate) async fn old_abi_stable() -> Result<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("old-abi-stable");
    std::fs::create_dir_all(&target)?;
    let frame = target.join("frame");
    std::fs::write(&frame, Shim::new("nothing").frame()?)?;
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--locked", "--manifest-path", OLD_ABI_STABLE, "--target-dir"]).arg(&target);
    // What this workspace is built with is not what that crate is.
    for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WORKSPACE_WRAPPER", "CARGO_BUILD_TARGET"] {
        cargo.env_remove(name);
    }
    let built = cargo.env("FRAME", &frame).output().await?;
    ensure!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    Ok(target.join("debug/libold_abi_stable.so"))
}

fn path_text(path: &Path) -> Result<&str> {
    path.to_str().context("a path that is no text")
}

/// A copy of the hostile connector that does this when it is loaded.
pub(crate) fn hostile_at_load(folder: &Path, how: &str) -> Result<PathBuf> {
    let old = format!("{:AT_LOAD_BYTES$}", format!("{AT_LOAD}nothing"));
    let new = format!("{:AT_LOAD_BYTES$}", format!("{AT_LOAD}{how}"));
    patched_copy(HOSTILE, &folder.join(format!("{how}.so")), &[(old.as_bytes(), new.as_bytes())])
}

/// A copy of a built library with every `old` exchanged for as many bytes.
pub(crate) fn patched_copy(library: &str, to: &Path, changes: &[(&[u8], &[u8])]) -> Result<PathBuf> {
    let mut bytes = std::fs::read(artifact(library)?)?;
    for (old, new) in changes {
        patched(&mut bytes, old, new)?;
    }
    std::fs::write(to, bytes)?;
    Ok(to.to_owned())
}

/// Exchanges every `old` for as many bytes.
pub(crate) fn patched(bytes: &mut [u8], old: &[u8], new: &[u8]) -> Result<()> {
    ensure!(old.len() == new.len(), "what replaces has to be as long");
    let mut at = 0;
    let mut found = 0;
    while let Some(next) = bytes[at..].windows(old.len()).position(|window| window == old) {
        at += next;
        bytes[at..at + new.len()].copy_from_slice(new);
        found += 1;
    }
    ensure!(found > 0 && old != new, "the file has no such bytes");
    Ok(())
}
