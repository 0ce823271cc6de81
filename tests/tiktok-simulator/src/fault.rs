//! Faults to be injected into API calls (protocol reference, section 13, item 3).

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::code;
use crate::shared::Shared;

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
    /// The connection closes before a byte of the answer, and the call is not handled.
    DropBeforeAccept,
    /// A send is accepted, but the answer carries no message id.
    AcceptWithoutId,
    /// The echo of a send is answered before the send is.
    EchoFirst,
    /// A webhook event is delivered twice; `path` is the event's name.
    DuplicateEvent,
    /// A webhook event is posted after the next one; `path` is the event's name.
    SwapEvents,
}

impl FaultKind {
    fn is_about_events(&self) -> bool {
        matches!(self, Self::DuplicateEvent | Self::SwapEvents)
    }
}

/// A fault, the calls it is meant for, and how many of them it hits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The path below `/open_api/v1.3`, or the event's name, or everything.
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

    /// A burst of so many refusals for too many calls (protocol reference, section 9).
    #[must_use]
    pub fn throttled(calls: u32) -> Self {
        Self::code(code::RATE, "App reaches the QPS limit.").times(calls)
    }

    /// The next call is told that its access token has expired.
    #[must_use]
    pub fn token_expired() -> Self {
        Self::code(code::TOKEN_EXPIRED, "Access token has expired.")
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
pub(crate) struct FaultQueue {
    waiting: VecDeque<(u64, Fault)>,
    queued: u64,
}

impl FaultQueue {
    /// Queues a fault; returns the number that removes it.
    pub(crate) fn push(&mut self, fault: Fault) -> u64 {
        self.queued += 1;
        self.waiting.push_back((self.queued, fault));
        self.queued
    }

    pub(crate) fn remove(&mut self, number: u64) {
        self.waiting.retain(|(known, _)| *known != number);
    }

    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// The fault the call to this path runs into, used up once.
    pub(crate) fn take(&mut self, path: &str) -> Option<FaultKind> {
        self.hit(path, false)
    }

    /// The fault the event of this name runs into, used up once.
    pub(crate) fn take_for_event(&mut self, event: &str) -> Option<FaultKind> {
        self.hit(event, true)
    }

    fn hit(&mut self, name: &str, event: bool) -> Option<FaultKind> {
        self.waiting.retain(|(_, fault)| fault.times > 0);
        let mut faults = self.waiting.iter_mut().map(|(_, fault)| fault);
        let hit = faults.find(|fault| {
            fault.kind.is_about_events() == event && fault.path.as_deref().is_none_or(|wanted| wanted == name)
        })?;
        hit.times -= 1;
        Some(hit.kind.clone())
    }

    pub(crate) fn waiting(&self) -> impl Iterator<Item = &Fault> {
        self.waiting.iter().map(|(_, fault)| fault).filter(|fault| fault.times > 0)
    }
}

/// A fault that ends with this guard.
#[derive(Debug)]
#[must_use = "the fault is removed when this is dropped"]
pub struct ScopedFault {
    shared: Arc<Shared>,
    number: u64,
}

impl ScopedFault {
    pub(crate) fn new(shared: Arc<Shared>, fault: Fault) -> Self {
        let number = shared.update(|world| world.faults.push(fault));
        Self { shared, number }
    }
}

impl Drop for ScopedFault {
    fn drop(&mut self) {
        let number = self.number;
        self.shared.update(|world| world.faults.remove(number));
    }
}
