//! Who could change a file between two looks at it: whoever can, can run code as the host.

use std::{
    fs::{File, Metadata},
    os::unix::fs::MetadataExt,
    path::Path,
};

use rustix::process::geteuid;

use crate::{Step, error::Failed};

const OTHERS_WRITE: u32 = 0o002;
const ROOT: u32 = 0;

/// A file, or a folder that it could be replaced in.
#[derive(Debug, Clone, Copy)]
enum What {
    File,
    Folder,
}

/// Nobody but root and the host's own user, and their groups, can write the file, or put another one in its place: in
/// the folder of `path`, and where that is a link, in the folder that it leads to.
pub(crate) fn check(path: &Path, file: &File) -> Result<(), Failed> {
    let own = geteuid().as_raw();
    let judge = |what, metadata: std::io::Result<Metadata>| {
        metadata.map_or(Ok(()), |found| judged(what, found.mode(), found.uid(), own))
    };
    judge(What::File, file.metadata())?;
    judge(What::Folder, folder(path).metadata())?;
    path.canonicalize().map_or(Ok(()), |path| judge(What::Folder, folder(&path).metadata()))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn judged(what: What, mode: u32, owner: u32, own: u32) -> Result<(), Failed> {
    let name = match what {
        What::File => "file",
        What::Folder => "folder",
    };
    if mode & OTHERS_WRITE != 0 {
        let code = (Step::Permissions, "permissions.world_writable");
        let expected = format!("a {name} that only its owner and group can write");
        let fix = match what {
            What::File => "Take the right away: chmod o-w on the file.",
            What::Folder => "Take the right away: chmod o-w on the folder.",
        };
        return Err(Failed::new(code, expected, format!("mode {:o}", mode & 0o7777), fix));
    }
    if owner != ROOT && owner != own {
        let code = (Step::Permissions, "permissions.foreign_owner");
        let expected = format!("a {name} of root or of the host's own user, whose number is {own}");
        let fix = match what {
            What::File => "Make the file the host's: chown it, or copy it as the host's user.",
            What::Folder => "Make the folder the host's: chown it.",
        };
        return Err(Failed::new(
            code,
            expected,
            format!("a {name} of the user with the number {owner}"),
            fix,
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "good";
    const OPEN: &str = "permissions.world_writable";
    const FOREIGN: &str = "permissions.foreign_owner";

    #[test]
    fn only_root_and_the_host_may_own_and_not_everybody_may_write() {
        for (mode, owner, own, code) in [
            (0o644, 7, 7, GOOD),
            (0o775, 0, 7, GOOD),
            (0o755, 0, 0, GOOD),
            (0o755, 8, 7, FOREIGN),
            (0o755, 7, 0, FOREIGN),
            (0o777, 7, 7, OPEN),
            (0o1777, 7, 7, OPEN),
            (0o1777, 0, 7, OPEN),
            (0o1755, 0, 7, GOOD),
        ] {
            for what in [What::File, What::Folder] {
                let found = judged(what, mode, owner, own).map_err(|failed| failed.of("x.so").code);
                assert_eq!(found.err().as_deref().unwrap_or(GOOD), code, "{what:?} {mode:o} {owner} {own}");
            }
        }
    }
}
