//! Faults to be injected into API calls (protocol reference, section 13, item 3).

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum FaultKind {
    /// The call is handled after a pause.
    Slow {
        /// The pause in real milliseconds.
        millis: u64,
    },
    /// A gateway answers HTTP 502 with an HTML page; the call is not handled.
    BadGateway,
    /// HTTP 200 without a body; the call is not handled.
    EmptyBody,
    /// The envelope carries this code; the call is not handled.
    Code {
        /// The `code`, for example 51065.
        code: i64,
        /// The `message`.
        message: String,
    },
    /// The call is handled, but the connection closes before a byte of the answer.
    DropAfterAccept {
        /// Whether an accepted send is echoed as the settings say, or never.
        echo: bool,
    },
    /// A send is accepted, but the answer carries no message id.
    AcceptWithoutId,
}

/// A fault, the calls it is meant for, and how many of them it hits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The path below `/open_api/v1.3`, or every path.
    #[serde(default)]
    pub path: Option<String>,
    /// How many calls it hits.
    #[serde(default = "once")]
    pub times: u32,
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
}

fn once() -> u32 {
    1
}

impl Fault {
    /// A fault that hits the next call, whatever its path.
    #[must_use]
    pub fn next(kind: FaultKind) -> Self {
        Self { path: None, times: 1, kind }
    }

    /// A fault that hits the next send.
    #[must_use]
    pub fn next_send(kind: FaultKind) -> Self {
        Self::next(kind).on("/business/message/send/")
    }

    /// A pause before the next call is handled.
    #[must_use]
    pub fn slow(pause: Duration) -> Self {
        let millis = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        Self::next(FaultKind::Slow { millis })
    }

    /// An envelope with this code instead of an answer to the next call.
    #[must_use]
    pub fn code(code: i64, message: &str) -> Self {
        Self::next(FaultKind::Code { code, message: message.to_owned() })
    }

    /// This fault, only for one path below `/open_api/v1.3`.
    #[must_use]
    pub fn on(mut self, path: &str) -> Self {
        self.path = Some(path.to_owned());
        self
    }

    /// This fault, for this many calls.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }
}

/// Faults waiting for their calls, oldest first.
#[derive(Debug, Default)]
pub(crate) struct FaultQueue(VecDeque<Fault>);

impl FaultQueue {
    pub(crate) fn push(&mut self, fault: Fault) {
        self.0.push_back(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault the call to this path runs into, used up once.
    pub(crate) fn take(&mut self, path: &str) -> Option<FaultKind> {
        self.0.retain(|fault| fault.times > 0);
        let hit =
            self.0.iter_mut().find(|fault| fault.path.as_deref().is_none_or(|wanted| wanted == path))?;
        hit.times -= 1;
        Some(hit.kind.clone())
    }

    pub(crate) fn waiting(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter().filter(|fault| fault.times > 0)
    }
}
