//! The contract as a later version would have it: today's sources with changes, in a workspace of their own.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};

/// One change of one file of today's.
#[derive(Debug)]
pub struct Change {
    /// From the workspace's folder.
    pub file: &'static str,
    /// A text that is in it exactly once.
    pub text: &'static str,
    /// What stands there instead.
    pub becomes: &'static str,
}

/// Sources of another time.
#[derive(Debug)]
pub struct Evolution<'a> {
    /// Names the folder.
    pub name: &'a str,
    /// Packages of today's workspace, by folder, in whatever order.
    pub packages: &'a [&'a str],
    /// Packages that today has not: folder in the new workspace, and where it is now. In their files `{today}` stands
    /// for the folder of today's workspace.
    pub added: &'a [(&'a str, PathBuf)],
    /// What is different.
    pub changes: &'a [&'a [Change]],
}

impl Evolution<'_> {
    /// Writes the sources below `below` and answers the folder of their workspace. What is there already and equal
    /// keeps its time, so that cargo builds only what changed.
    ///
    /// # Errors
    /// Where a change does not fit to today's sources.
    pub fn write(&self, today: &Path, below: &Path) -> Result<PathBuf> {
        let root = below.join(format!("{}-sources", self.name));
        // One folder deeper: packages of two workspaces that share a target folder must differ in their path.
        let inside = root.join(self.name);
        let mut files = Vec::new();
        for package in self.packages {
            let package = Path::new(package);
            collect(&today.join(package).join("src"), &package.join("src"), &mut files)?;
            for single in ["Cargo.toml", "capabilities.json"].map(|name| package.join(name)) {
                if today.join(&single).is_file() {
                    let text = fs::read_to_string(today.join(&single))?;
                    // Without what only the packages' own tests need.
                    let text =
                        text.split_once("\n[dev-dependencies]").map_or(text.as_str(), |(before, _)| before);
                    files.push((single, text.to_owned()));
                }
            }
        }
        for change in self.changes.iter().copied().flatten() {
            change.apply(&mut files)?;
        }
        let changed = files.len();
        for (folder, source) in self.added {
            collect(source, Path::new(folder), &mut files)?;
        }
        for (_, text) in files.iter_mut().skip(changed) {
            *text = text.replace("{today}", today.to_str().context("a path that is no text")?);
        }
        let kept: BTreeSet<PathBuf> = files.iter().map(|(path, _)| inside.join(path)).collect();
        remove_others(&inside, &kept)?;
        for (path, text) in &files {
            write_if_different(&inside.join(path), text)?;
        }
        write_if_different(&root.join("Cargo.toml"), &self.manifest(today)?)?;
        fs::copy(today.join("Cargo.lock"), root.join("Cargo.lock"))?;
        Ok(root)
    }

    /// Today's manifest of the workspace, with these packages.
    fn manifest(&self, today: &Path) -> Result<String> {
        let text = fs::read_to_string(today.join("Cargo.toml"))?;
        let (_, rest) =
            text.split_once("\n[workspace.package]").context("not the manifest of a workspace")?;
        let rest = rest.split_once("\n[profile").map_or(rest, |(before, _)| before);
        let folders = self.packages.iter().copied().chain(self.added.iter().map(|(folder, _)| *folder));
        let members: Vec<_> =
            folders.map(|folder| format!("{:?}", format!("{}/{folder}", self.name))).collect();
        let rest = rest.replace("path = \"", &format!("path = \"{}/", self.name));
        let members = members.join(", ");
        Ok(format!("[workspace]\nresolver = \"3\"\nmembers = [{members}]\n\n[workspace.package]{rest}"))
    }
}

impl Change {
    fn apply(&self, files: &mut [(PathBuf, String)]) -> Result<()> {
        let Self { file, text, becomes } = self;
        let found = files.iter_mut().find(|(path, _)| path == Path::new(file));
        let (_, whole) =
            found.with_context(|| format!("{file} is gone; change tests/abi's list of changes"))?;
        let times = whole.matches(text).count();
        ensure!(
            times == 1,
            "{file} holds {times} times, not once: {text}\nChange tests/abi's list of changes."
        );
        *whole = whole.replace(text, becomes);
        Ok(())
    }
}

/// The text files in `from` and below, as files of `to`.
fn collect(from: &Path, to: &Path, files: &mut Vec<(PathBuf, String)>) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &to, files)?;
        } else {
            files.push((to, fs::read_to_string(entry.path())?));
        }
    }
    Ok(())
}

fn remove_others(folder: &Path, kept: &BTreeSet<PathBuf>) -> Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_others(&entry.path(), kept)?;
        } else if !kept.contains(&entry.path()) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn write_if_different(path: &Path, text: &str) -> Result<()> {
    if fs::read_to_string(path).is_ok_and(|found| found == text) {
        return Ok(());
    }
    fs::create_dir_all(path.parent().context("a path without a folder")?)?;
    Ok(fs::write(path, text)?)
}
