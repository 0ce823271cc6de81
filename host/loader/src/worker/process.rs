//! A worker process: started, watched, and ended for certain.

use std::{
    fmt, io,
    os::{
        fd::OwnedFd,
        unix::{net::UnixStream as StdUnixStream, process::ExitStatusExt},
    },
    path::PathBuf,
    process::{ExitStatus, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::{AsyncReadExt, BufReader},
    net::UnixStream,
    process::{Child, ChildStderr, Command},
    task::JoinHandle,
};

use super::{
    descendants::{MARK, kill_marked},
    serve::MEMORY_LIMIT,
    starter,
};
use crate::{image::Image, worker_log::LOG_LEVEL};

/// How much of what a worker printed last is kept as evidence.
const TAIL_BYTES: usize = 4096;
/// How long what a dead worker printed is read.
const LAST_OUTPUT: Duration = Duration::from_millis(200);

/// How workers of one library are started.
#[derive(Debug, Clone)]
pub(crate) struct Launch {
    /// The worker program.
    pub(crate) program: PathBuf,
    /// The sealed library.
    pub(crate) image: Image,
    /// Address space that a worker may use.
    pub(crate) memory_bytes: u64,
}

/// A running worker. It is killed with what it has started when this is dropped.
pub(crate) struct WorkerProcess {
    child: Child,
    /// Until it was killed: later the system may give its number to others.
    group: Option<Pid>,
    /// What its descendants are known by.
    mark: String,
    output: JoinHandle<()>,
    tail: Arc<Mutex<Vec<u8>>>,
}

impl Launch {
    /// Starts a worker; the socket is ours.
    pub(crate) fn start(&self) -> io::Result<(WorkerProcess, UnixStream)> {
        let (ours, theirs) = StdUnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let mark = new_mark();
        let mut command = Command::new(&self.program);
        command
            .stdin(Stdio::from(self.image.file()?))
            .stdout(Stdio::from(OwnedFd::from(theirs)))
            .stderr(Stdio::piped())
            .env_clear()
            .env(MARK, &mark)
            .env(MEMORY_LIMIT, self.memory_bytes.to_string())
            .env(LOG_LEVEL, finest_level().to_string())
            .process_group(0)
            .kill_on_drop(true);
        let mut child = starter::spawn(command)?;
        let group = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        let tail = Arc::default();
        let output = tokio::spawn(keep_tail(child.stderr.take(), Arc::clone(&tail)));
        Ok((WorkerProcess { child, group, mark, output, tail }, UnixStream::from_std(ours)?))
    }
}

/// Unlike that of any other worker of any host of this machine.
fn new_mark() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    format!("{}-{since}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The finest level that the host's log would write, as the boundary counts.
fn finest_level() -> u8 {
    use tracing::level_filters::LevelFilter;
    match LevelFilter::current() {
        LevelFilter::OFF => 0,
        LevelFilter::ERROR => 1,
        LevelFilter::WARN => 2,
        LevelFilter::INFO => 3,
        LevelFilter::DEBUG => 4,
        _ => 5,
    }
}

async fn keep_tail(stderr: Option<ChildStderr>, tail: Arc<Mutex<Vec<u8>>>) {
    let Some(stderr) = stderr else { return };
    let mut stderr = BufReader::new(stderr);
    let mut chunk = [0; 1024];
    while let Ok(read @ 1..) = stderr.read(&mut chunk).await {
        let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.extend_from_slice(&chunk[..read]);
        let surplus = tail.len().saturating_sub(TAIL_BYTES);
        tail.drain(..surplus);
    }
}

impl WorkerProcess {
    /// Its process id, until it has ended.
    pub(crate) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Returns once it has ended by itself.
    pub(crate) async fn exited(&mut self) {
        // An error means that it is no child of ours any more.
        let _status = self.child.wait().await;
    }

    /// Waits until it has ended by itself.
    pub(crate) async fn ended(&mut self) -> Ended {
        let status = self.child.wait().await;
        self.evidence(status, None).await
    }

    /// Ends it and what it started, and waits until it is gone.
    pub(crate) async fn kill(&mut self, why: Killed) -> Ended {
        self.kill_group();
        let status = self.child.wait().await;
        self.evidence(status, Some(why)).await
    }

    fn kill_group(&mut self) {
        if let Some(group) = self.group.take() {
            // The worker last: where the host ends in the middle of this, the worker does the rest.
            kill_marked(self.mark.as_ref(), group);
            // Fails where the group is gone already.
            let _gone = kill_process_group(group, Signal::KILL);
            // What it started since.
            kill_marked(self.mark.as_ref(), group);
        }
    }

    async fn evidence(&mut self, status: io::Result<ExitStatus>, killed: Option<Killed>) -> Ended {
        // What it printed last may still be in the pipe; a process that it started may hold the pipe open for ever.
        if !self.output.is_finished() {
            let _all_read = tokio::time::timeout(LAST_OUTPUT, &mut self.output).await;
        }
        self.kill_group();
        let tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        let output = String::from_utf8_lossy(&tail).trim().to_owned();
        let status = status.ok();
        Ended {
            signal: status.and_then(|status| status.signal()).filter(|_| killed.is_none()),
            exit_code: status.and_then(|status| status.code()),
            killed,
            output,
        }
    }
}

impl Drop for WorkerProcess {
    fn drop(&mut self) {
        self.kill_group();
        self.output.abort();
    }
}

/// Why a worker is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Killed {
    /// It answers nothing, or has closed its socket and goes on.
    Late,
    /// It said something that no worker says.
    WrongFrame,
    /// It is not needed any more.
    Done,
}

impl Killed {
    /// For what became of its socket.
    pub(crate) fn after<T>(read: &io::Result<T>) -> Self {
        match read {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Self::WrongFrame,
            _ => Self::Late,
        }
    }
}

impl fmt::Display for Killed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Late => "no end in time",
            Self::WrongFrame => "something on its socket that no worker says",
            Self::Done => "nothing left to do",
        })
    }
}

/// How a worker ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    /// The signal that ended it, unless we sent it.
    pub(crate) signal: Option<i32>,
    /// The exit code, where it exited.
    pub(crate) exit_code: Option<i32>,
    /// Why we ended it, where we did.
    pub(crate) killed: Option<Killed>,
    /// What it printed last.
    pub(crate) output: String,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.killed, self.signal, self.exit_code) {
            (Some(why), ..) => write!(f, "{why}, so that it was killed")?,
            (_, Some(signal), _) => write!(f, "the end by signal {signal} ({})", signal_name(signal))?,
            (_, _, Some(code)) => write!(f, "an exit with code {code}")?,
            _ => f.write_str("an end for an unknown reason")?,
        }
        match self.output.lines().last() {
            Some(line) => write!(f, "; the last it printed: {line:?}"),
            None => Ok(()),
        }
    }
}

fn signal_name(signal: i32) -> &'static str {
    match signal {
        4 => "illegal instruction",
        6 => "abort",
        7 => "bus error",
        8 => "arithmetic error",
        9 => "kill",
        11 => "segmentation fault",
        15 => "termination",
        _ => "see signal(7)",
    }
}
