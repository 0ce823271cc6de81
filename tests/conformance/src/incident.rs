//! The ways in which a call harms whoever makes it.

use connector_api::{ConnectorError, ReasonCode};
use connector_loader::{Instance, WorkerEnd};

const ABORT: i32 = 6;

/// How a call went wrong, where that is the connector's own fault whatever it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    Panicked,
    Aborted,
    Crashed,
    Exited,
    Late,
    Unreadable,
    TooLarge,
}

/// A call that went wrong.
#[derive(Debug, Clone)]
pub(crate) struct Incident {
    pub(crate) trouble: Trouble,
    /// What was asked.
    pub(crate) case: String,
    /// What was seen.
    pub(crate) found: String,
}

impl Incident {
    /// What an error says of the connector; `None` where it is an answer like any other.
    pub(crate) fn of(error: &ConnectorError, instance: &Instance, case: &str) -> Option<Self> {
        let ended = instance.worker().and_then(|worker| worker.ended);
        let reason = &error.reason;
        let (trouble, how) = if *reason == ReasonCode::CONNECTOR_PANICKED {
            (Trouble::Panicked, None)
        } else if *reason == ReasonCode::CONNECTOR_LATE {
            (Trouble::Late, None)
        } else if *reason == ReasonCode::CONNECTOR_ANSWER_UNREADABLE {
            (Trouble::Unreadable, None)
        } else if *reason == ReasonCode::CONNECTOR_ANSWER_TOO_LARGE {
            (Trouble::TooLarge, None)
        } else if *reason == ReasonCode::CONNECTOR_CRASHED {
            let (trouble, how) = end(ended);
            (trouble, Some(how))
        } else if *reason == ReasonCode::CONNECTOR_FAULT {
            (Trouble::Unreadable, None)
        } else {
            return None;
        };
        // The text can hold what was asked; that is ours.
        let found = how.unwrap_or_else(|| error.message.clone());
        Some(Self { trouble, case: case.to_owned(), found })
    }
}

fn end(ended: Option<WorkerEnd>) -> (Trouble, String) {
    match ended {
        Some(WorkerEnd { signal: Some(ABORT), .. }) => {
            (Trouble::Aborted, "its process was aborted".to_owned())
        }
        Some(WorkerEnd { signal: Some(signal), .. }) => {
            (Trouble::Crashed, format!("its process was ended by signal {signal}"))
        }
        Some(WorkerEnd { exit_code: Some(code), .. }) => {
            (Trouble::Exited, format!("its process exited with code {code}"))
        }
        Some(WorkerEnd { killed: true, .. }) => {
            (Trouble::Crashed, "its process broke the line to the host and was ended".to_owned())
        }
        _ => (Trouble::Crashed, "its process is gone".to_owned()),
    }
}
