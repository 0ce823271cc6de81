//! Loading a library for the first time where it can do no harm: in a child process that is really killed.

use std::{fmt::Display, pin::pin, time::Duration};

use tokio::{net::UnixStream, time::timeout};

use crate::{
    Step,
    error::Failed,
    refusal,
    worker::{
        Ended, Killed, Launch, WorkerProcess,
        wire::{Frame, Header},
    },
};

/// The code of a file whose trial could not be made, for a reason that lies in the machine and not in the file.
pub const TRIAL_NOT_MADE: &str = "trial.not_made";

/// How long what a dead worker wrote is read.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// What a trial of a library showed against it.
#[derive(Debug)]
pub(crate) enum TrialFailed {
    /// It does not load, and says why.
    Refused(Failed),
    /// It crashed, hung or ended the process.
    Crashed(Ended),
    /// The trial itself could not be made.
    NotMade(Failed),
}

/// Loads the library in a worker. `document` is what it has to say of itself.
pub(crate) async fn trial(launch: &Launch, document: &[u8], deadline: Duration) -> Result<(), TrialFailed> {
    let (mut process, mut socket) = launch.start().map_err(|error| not_made(launch, error))?;
    if let Err(found) = ready(&mut process, &mut socket, deadline).await {
        return Err(not_made(launch, found));
    }
    match next(&mut process, &mut socket, deadline).await.map_err(TrialFailed::Crashed)? {
        Frame { header: Header::Loaded, json, .. } => {
            process.kill(Killed::Done).await;
            if json == document { Ok(()) } else { Err(TrialFailed::Refused(disagrees())) }
        }
        Frame { header: Header::Refused, json, .. } => {
            process.kill(Killed::Done).await;
            Err(TrialFailed::Refused(refusal::from_worker(&json)))
        }
        _ => Err(TrialFailed::Crashed(process.kill(Killed::WrongFrame).await)),
    }
}

/// Waits until the worker works. None of the library has run then, so what goes wrong before is no fault of it.
async fn ready(
    process: &mut WorkerProcess,
    socket: &mut UnixStream,
    deadline: Duration,
) -> Result<(), Ended> {
    match next(process, socket, deadline).await? {
        Frame { header: Header::Ready, .. } => Ok(()),
        _ => Err(process.kill(Killed::WrongFrame).await),
    }
}

/// The worker's next frame, or how the worker ended.
async fn next(
    process: &mut WorkerProcess,
    socket: &mut UnixStream,
    deadline: Duration,
) -> Result<Frame, Ended> {
    let mut read = pin!(Frame::read(socket));
    let (read, ended) = tokio::select! {
        biased;
        read = timeout(deadline, &mut read) => (read, None),
        // What it forked may hold the socket open, and what it wrote before may not have been seen yet.
        ended = process.ended() => (timeout(LAST_WORDS, read).await, Some(ended)),
    };
    let why = match (read, ended) {
        (Ok(Ok(Some(frame))), _) => return Ok(frame),
        (_, Some(ended)) => return Err(ended),
        (Ok(read), _) => Killed::after(&read),
        (Err(_), _) => return Err(process.kill(Killed::Late).await),
    };
    let patience = if why == Killed::Late { deadline } else { Duration::ZERO };
    match timeout(patience, process.ended()).await {
        Ok(ended) => Err(ended),
        Err(_) => Err(process.kill(why).await),
    }
}

fn not_made(launch: &Launch, found: impl Display) -> TrialFailed {
    let expected = format!("the worker program {}", launch.program.display());
    let fix =
        "Install the connector-worker that belongs to this host beside jackfield, or set connectors.worker.";
    TrialFailed::NotMade(Failed::new((Step::Trial, TRIAL_NOT_MADE), expected, found, fix))
}

fn disagrees() -> Failed {
    let fix = "Tell the connector's author: the library contradicts its own file.";
    let expected = "the document that is embedded in the file";
    Failed::new((Step::Document, "document.disagrees"), expected, "another document", fix)
}
