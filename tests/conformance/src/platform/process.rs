//! The program that is the fake platform.

use std::{
    io::Write as _,
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

const STARTS_WITHIN: Duration = Duration::from_secs(15);
/// How long the rest of its standard error is waited for once it has ended; what it started may hold that open.
const ENDS_WITHIN: Duration = Duration::from_secs(1);
/// So much of its standard error is kept, in bytes.
const TAIL: usize = 4 << 10;
/// As much of a line is told, in characters.
const TOLD: usize = 300;

/// What it said last on its standard error.
type Tail = Arc<Mutex<Vec<u8>>>;

/// Starts it; itself, and what its first line says. Where it does not start, its last words say why.
pub(super) async fn spawn(command: &[String]) -> Result<(Child, Value), String> {
    let (program, arguments) = command.split_first().ok_or("no --platform")?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.kill_on_drop(true).spawn();
    let mut child = child.map_err(|error| format!("{program} cannot be started: {error}"))?;
    let stdout = child.stdout.take().ok_or("no standard output")?;
    let stderr = child.stderr.take().ok_or("no standard error")?;
    let tail = Tail::default();
    let passing = tokio::spawn(pass_on(stderr, Arc::clone(&tail)));
    let mut lines = BufReader::new(stdout).lines();
    let why = match timeout(STARTS_WITHIN, lines.next_line()).await {
        Ok(Ok(Some(line))) => match serde_json::from_str(&line) {
            Ok(ready) => {
                // Read on, so that it never waits for a reader.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Ok((child, ready));
            }
            Err(_) => format!("the first line of {program} is no JSON"),
        },
        Ok(Ok(None)) => {
            // What has come by then is told.
            let _all_or_late = timeout(ENDS_WITHIN, passing).await;
            format!("{program} ended before it was ready")
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("{program} says nothing"),
    };
    let said = last_line(&tail.lock().unwrap_or_else(PoisonError::into_inner));
    Err(said.map_or_else(|| why.clone(), |said| format!("{why}; it said: {said}")))
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

    #[test]
    fn the_last_line_that_says_something_is_told_without_control_characters_and_cut() {
        let said = b"first\ncannot\x1b[1m listen\x07\n \t\n\n";
        assert_eq!(last_line(said).as_deref(), Some("cannot [1m listen"));
        assert_eq!(last_line(&[b'x'; 2_000]).map(|line| line.len()), Some(TOLD));
        assert_eq!(last_line(b" \n"), None);
    }
}
