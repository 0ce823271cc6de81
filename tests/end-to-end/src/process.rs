//! Child processes that never outlive their owner.

use std::{ffi::OsStr, process::Stdio, time::Duration};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

const STARTS_WITHIN: Duration = Duration::from_secs(30);
const STOPS_WITHIN: Duration = Duration::from_secs(15);

/// A running program. Killed when dropped; [`stop`](Self::stop) ends it in order.
#[derive(Debug)]
pub struct ChildProcess {
    name: String,
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl ChildProcess {
    /// Starts `command` in a process group of its own, so that a Ctrl-C at the terminal reaches only this program,
    /// which then stops its children in order.
    ///
    /// # Errors
    /// Where it cannot be started.
    pub fn start(mut command: Command) -> Result<Self> {
        let program = command.as_std().get_program();
        let name = std::path::Path::new(program)
            .file_name()
            .unwrap_or(OsStr::new("?"))
            .to_string_lossy()
            .into_owned();
        command.process_group(0).kill_on_drop(true).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("{name} cannot be started"))?;
        let stdout = child.stdout.take().context("no standard output")?;
        Ok(Self { name, child, lines: BufReader::new(stdout).lines() })
    }

    /// The next line of its standard output.
    ///
    /// # Errors
    /// Where none comes in time, because it ended or hangs.
    pub async fn line(&mut self) -> Result<String> {
        let line = timeout(STARTS_WITHIN, self.lines.next_line()).await;
        match line.with_context(|| format!("{} says nothing", self.name))?? {
            Some(line) => Ok(line),
            None => bail!("{} ended before it was ready: {}", self.name, self.child.wait().await?),
        }
    }

    /// Its process id; `None` once it has ended.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Asks it to end and waits for that.
    ///
    /// # Errors
    /// Where it does not end in time, or not with success. It is gone afterwards all the same.
    pub async fn stop(mut self) -> Result<()> {
        self.signal(Signal::TERM)?;
        match timeout(STOPS_WITHIN, self.child.wait()).await {
            Ok(status) => {
                let status = status?;
                anyhow::ensure!(status.success(), "{} ended with {status}", self.name);
                Ok(())
            }
            Err(_) => {
                self.kill().await?;
                bail!("{} did not end within {STOPS_WITHIN:?} and was killed", self.name)
            }
        }
    }

    /// Ends it without warning, as a power cut would, and waits until it is gone.
    ///
    /// # Errors
    /// Where the system refuses.
    pub async fn kill(&mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let pid = self.child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        match pid {
            Some(pid) => Ok(kill_process(pid, signal)?),
            None => Ok(()),
        }
    }
}
