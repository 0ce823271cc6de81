//! Looking for processes that should be there, or should not.

use std::{
    fs,
    sync::atomic::{AtomicU32, Ordering},
};

/// The kernel keeps so many bytes of a process's name.
const WORKER: &str = "connector-worke";

/// A name for a process that no other process of this machine has.
pub(crate) fn unique_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("jf{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The processes of that name.
pub(crate) fn named(name: &str) -> Vec<u32> {
    every().filter(|(_, process)| process.name == name).map(|(pid, _)| pid).collect()
}

/// The workers that this host has started.
pub(crate) fn workers_of(host: u32) -> Vec<u32> {
    let is_worker = |(_, process): &(u32, Process)| process.name == WORKER && process.parent == host;
    every().filter(is_worker).map(|(pid, _)| pid).collect()
}

/// Whether a process runs.
pub(crate) fn is_running(pid: u32) -> bool {
    process(pid).is_some()
}

struct Process {
    name: String,
    parent: u32,
}

fn every() -> impl Iterator<Item = (u32, Process)> {
    let entries = fs::read_dir("/proc").into_iter().flatten();
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid| Some((pid, process(pid)?)))
}

/// `None` where there is none, or one that has ended and only waits for its parent to notice.
fn process(pid: u32) -> Option<Process> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (before, after) = stat.rsplit_once(')')?;
    let (_, name) = before.split_once('(')?;
    let mut fields = after.split_whitespace();
    let (state, parent) = (fields.next()?, fields.next()?.parse().ok()?);
    (state != "Z" && state != "X").then(|| Process { name: name.to_owned(), parent })
}
