//! Loading a library for the first time where it can do no harm: in a child process that is really killed.

use std::time::Duration;

use tokio::time::timeout;

use crate::{
    LoadError, Step,
    error::Failed,
    worker::{
        Ended, Launch,
        wire::{Frame, Header},
    },
};

/// The code of a file whose trial could not be made, for a reason that lies in the machine and not in the file.
pub const TRIAL_NOT_MADE: &str = "trial.not_made";

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
    let (mut process, mut socket) = launch.start().map_err(|error| {
        let expected = format!("the worker program {}", launch.program.display());
        let fix = "Install connector-worker beside jackfield, or set connectors.worker.";
        TrialFailed::NotMade(Failed::new((Step::Trial, TRIAL_NOT_MADE), expected, error, fix))
    })?;
    let first = tokio::select! {
        biased;
        first = timeout(deadline, Frame::read(&mut socket)) => first,
        // What it forked may hold the socket open.
        ended = process.ended() => return Err(TrialFailed::Crashed(ended)),
    };
    match first {
        Ok(Ok(Some(Frame { header: Header::Loaded, json, .. }))) => {
            process.kill().await;
            if json == document { Ok(()) } else { Err(TrialFailed::Refused(disagrees())) }
        }
        Ok(Ok(Some(Frame { header: Header::Refused, json, .. }))) => {
            process.kill().await;
            Err(TrialFailed::Refused(refused(&json)))
        }
        // The socket closed, or something else came: the library has ended the process or writes to the socket.
        Ok(_) => match timeout(deadline, process.ended()).await {
            Ok(ended) => Err(TrialFailed::Crashed(ended)),
            Err(_) => Err(TrialFailed::Crashed(process.kill().await)),
        },
        Err(_) => Err(TrialFailed::Crashed(process.kill().await)),
    }
}

fn disagrees() -> Failed {
    let fix = "Tell the connector's author: the library contradicts its own file.";
    let expected = "the document that is embedded in the file";
    Failed::new((Step::Document, "document.disagrees"), expected, "another document", fix)
}

fn refused(json: &[u8]) -> Failed {
    match serde_json::from_slice::<LoadError>(json) {
        Ok(error) => Failed::from_error(error),
        Err(error) => {
            let fix = "Install the connector-worker that belongs to this host.";
            Failed::new((Step::Trial, TRIAL_NOT_MADE), "an answer of the worker", error, fix)
        }
    }
}
