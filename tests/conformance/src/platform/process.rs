//! The program that is the fake platform.

use std::{
    io::Write as _,
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader, copy, sink},
    process::{Child, Command},
    time::timeout,
};

const STARTS_WITHIN: Duration = Duration::from_secs(15);
/// How long the rest of its standard error is waited for once it has ended; what it started may hold that open.
const ENDS_WITHIN: Duration = Duration::from_secs(1);
/// The first line is no longer, in bytes.
const FIRST_LINE: u64 = 64 << 10;
/// So much of its standard error is kept, in bytes.
const TAIL: usize = 4 << 10;
/// As much of a line is told, in characters.
const TOLD: usize = 300;

/// What it said last on its standard error.
type Tail = Arc<Mutex<Vec<u8>>>;

/// The running program, with whatever it started: all of it ends with this.
pub(super) struct Program {
    child: Child,
}

impl Program {
    /// Starts it; itself, and what its first line says. Where it does not start, its last words say why.
    pub(super) async fn start(command: &[String]) -> Result<(Self, Value), String> {
        let (name, arguments) = command.split_first().ok_or("no --platform")?;
        let mut command = Command::new(name);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own, because what is named is often a script that starts the platform.
        let child = command.process_group(0).kill_on_drop(true).spawn();
        let mut child = child.map_err(|error| format!("{name} cannot be started: {error}"))?;
        let stdout = child.stdout.take().ok_or("no standard output")?;
        let stderr = child.stderr.take().ok_or("no standard error")?;
        let program = Self { child };
        let tail = Tail::default();
        let passing = tokio::spawn(pass_on(stderr, Arc::clone(&tail)));
        let why = match timeout(STARTS_WITHIN, first_line(stdout)).await {
            Ok(Ok(Some(line))) => match serde_json::from_slice(&line) {
                Ok(ready) => return Ok((program, ready)),
                Err(_) => format!("the first line of {name} is no JSON"),
            },
            Ok(Ok(None)) => {
                // What has come by then is told.
                let _all_or_late = timeout(ENDS_WITHIN, passing).await;
                format!("{name} ended before it was ready")
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("{name} says nothing"),
        };
        let said = last_line(&tail.lock().unwrap_or_else(PoisonError::into_inner));
        Err(said.map_or_else(|| why.clone(), |said| format!("{why}; it said: {said}")))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let group = self.child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
        if let Some(group) = group {
            // It is gone already, or ends now.
            let _gone = kill_process_group(group, Signal::KILL);
        }
    }
}

/// The first line, as far as it may be long; what follows is read on, so that the program never waits for a reader.
async fn first_line(stdout: impl AsyncRead + Unpin + Send + 'static) -> std::io::Result<Option<Vec<u8>>> {
    let mut stdout = BufReader::new(stdout).take(FIRST_LINE);
    let mut line = Vec::new();
    let read = stdout.read_until(b'\n', &mut line).await?;
    let mut rest = stdout.into_inner();
    tokio::spawn(async move { copy(&mut rest, &mut sink()).await });
    Ok((read > 0).then_some(line))
}

/// Shows people what it says, and keeps the end.
async fn pass_on(mut stderr: impl AsyncRead + Unpin, tail: Tail) {
    let mut chunk = [0; 1 << 10];
    while let Ok(read @ 1..) = stderr.read(&mut chunk).await {
        let said = chunk.get(..read).unwrap_or_default();
        // Who cannot be shown it reads it in the report.
        let _shown = std::io::stderr().write_all(said);
        let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.extend_from_slice(said);
        let surplus = tail.len().saturating_sub(TAIL);
        tail.drain(..surplus);
    }
}

/// The last line that says something, without control characters and cut.
fn last_line(said: &[u8]) -> Option<String> {
    let said = String::from_utf8_lossy(said);
    let mut lines = said.lines().rev().map(|line| line.replace(char::is_control, " "));
    let line = lines.find(|line| !line.trim().is_empty())?;
    Some(line.trim().chars().take(TOLD).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(text: &str) -> Vec<String> {
        ["sh", "-c", text].map(str::to_owned).to_vec()
    }

    #[tokio::test]
    async fn what_a_script_started_ends_with_it() {
        let text = "sleep 600 & echo \"{\\\"sleeps\\\": $!}\"; wait";
        let (program, ready) = Program::start(&script(text)).await.unwrap();
        let sleeps = format!("/proc/{}/stat", ready["sleeps"]);
        let runs = || {
            let stat = std::fs::read_to_string(&sleeps);
            // Gone, or dead and not yet missed.
            stat.is_ok_and(|stat| !stat.contains(") Z"))
        };
        assert!(runs());
        drop(program);
        let gone = async {
            while runs() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(STARTS_WITHIN, gone).await.unwrap();
    }

    #[tokio::test]
    async fn a_first_line_without_an_end_is_no_json() {
        let error = Program::start(&script("exec cat /dev/zero")).await.err().unwrap();
        assert_eq!(error, "the first line of sh is no JSON");
    }

    #[test]
    fn the_last_line_that_says_something_is_told_without_control_characters_and_cut() {
        let said = b"first\ncannot\x1b[1m listen\x07\n \t\n\n";
        assert_eq!(last_line(said).as_deref(), Some("cannot [1m listen"));
        assert_eq!(last_line(&[b'x'; 2_000]).map(|line| line.len()), Some(TOLD));
        assert_eq!(last_line(b" \n"), None);
    }
}
