//! Ending what a library has started and hidden from the worker's process group, as daemons do.

use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt};

use rustix::process::{Pid, Signal, kill_process};

/// Set for each worker to a text of its own; whatever it starts inherits it.
pub(super) const MARK: &str = "JACKFIELD_WORKER_MARK";
/// A process may start another one while it is looked for.
const ROUNDS: usize = 8;

/// Ends every process that carries the mark, but `spared`. Finds what has kept the environment that it was started with.
pub(super) fn kill_marked(mark: &OsStr, spared: Pid) {
    let entry = [MARK.as_bytes(), b"=", mark.as_bytes()].concat();
    for _ in 0..ROUNDS {
        let marked = marked(&entry, spared);
        if marked.is_empty() {
            return;
        }
        for process in marked {
            // Fails where it has ended meanwhile.
            let _gone = kill_process(process, Signal::KILL);
        }
    }
}

fn marked(entry: &[u8], spared: Pid) -> Vec<Pid> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = processes.filter_map(|process| Pid::from_raw(process.file_name().to_str()?.parse().ok()?));
    pids.filter(|pid| *pid != spared && has(*pid, entry)).collect()
}

fn has(process: Pid, entry: &[u8]) -> bool {
    // A process of somebody else cannot be read, and one that has ended has none.
    let environment = fs::read(format!("/proc/{}/environ", process.as_raw_nonzero()));
    environment.is_ok_and(|environment| environment.split(|byte| *byte == 0).any(|found| found == entry))
}
