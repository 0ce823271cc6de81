//! Sources of the past are never edited.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use crate::source::root;

/// SHA-256 by path.
type Hashes = BTreeMap<String, String>;

fn listed(list: &str) -> Hashes {
    let entries = list.lines().filter_map(|line| line.split_once("  "));
    entries.map(|(hash, path)| (path.to_owned(), hash.to_owned())).collect()
}

fn found(folder: &Path) -> Hashes {
    let mut folders = vec![folder.to_owned()];
    let mut files: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true if path.ends_with("target") => {}
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    let hashed = files.iter().map(|file| {
        let path = file.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
        (path, hex::encode(Sha256::digest(fs::read(file).unwrap())))
    });
    hashed.collect()
}

/// The paths of files that are not what the list says.
fn edited(list: &Hashes, files: &Hashes) -> Vec<String> {
    let paths = list.keys().chain(files.keys().filter(|path| !list.contains_key(*path)));
    paths.filter(|path| list.get(*path) != files.get(*path)).cloned().collect()
}

#[test]
fn the_frozen_sources_are_never_edited() {
    let folder = root().join("tests/abi/frozen-1.0");
    let list = listed(&fs::read_to_string(folder.with_added_extension("sha256")).unwrap());
    assert!(list.len() > 30, "the list was not found");
    let edited = edited(&list, &found(&folder));
    assert!(edited.is_empty(), "tests/abi/frozen-1.0 is what was released; undo: {edited:#?}");
}

#[test]
fn changed_lost_and_added_files_are_noticed() {
    let list = listed("00aa  a/b.rs\n11bb  c.rs\n");
    assert!(edited(&list, &list).is_empty());
    for (files, noticed) in [
        ("00aa  a/b.rs\n11bc  c.rs\n", "c.rs"),
        ("00aa  a/b.rs\n", "c.rs"),
        ("00aa  a/b.rs\n11bb  c.rs\n22cc  d.rs\n", "d.rs"),
    ] {
        assert_eq!(edited(&list, &listed(files)), [noticed], "{files}");
    }
}
