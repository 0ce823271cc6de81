//! The line to a living worker, and who waits for which answer of it.

use std::{
    collections::HashMap,
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
};

use connector_abi::{AbiError, Reply};
use connector_api::{ConnectorError, ReasonCode};
use tokio::{
    net::unix::OwnedReadHalf,
    sync::{mpsc, oneshot},
};
use tokio_util::sync::CancellationToken;

use super::wire::{Frame, Header};
use crate::{
    faults::{fault_of, from_abi, not_reached},
    host_api,
    log_limit::LogLimit,
    log_line::LogLine,
};

/// So many verifications that are past their deadlines and still run: the worker's threads are used up by hangs.
const LATE_BEFORE_KILL: u32 = 8;

pub(super) type Answer = Result<Reply, ConnectorError>;
/// Who waits for which answer; `None` once the worker is dead.
type Waiting = Mutex<Option<HashMap<u64, Box<dyn FnOnce(Answer) + Send>>>>;

/// The line to a living worker.
pub(super) struct Connection {
    pub(super) outgoing: mpsc::Sender<Frame>,
    log: WorkerLog,
    waiting: Waiting,
    next_id: AtomicU64,
    /// Verifications past their deadlines that have not ended since.
    late: Arc<AtomicU32>,
    /// Cancelled when the worker is given up.
    pub(super) hangs: CancellationToken,
}

impl Connection {
    /// Requests have ids from `next_id` on.
    pub(super) fn new(outgoing: mpsc::Sender<Frame>, next_id: u64, log: WorkerLog) -> Self {
        Self {
            outgoing,
            log,
            waiting: Mutex::new(Some(HashMap::new())),
            next_id: AtomicU64::new(next_id),
            late: Arc::default(),
            hangs: CancellationToken::new(),
        }
    }

    /// Asks, and waits for the answer.
    pub(super) async fn ask(
        &self,
        header: impl FnOnce(u64) -> Header,
        json: Vec<u8>,
        bytes: Vec<u8>,
    ) -> Answer {
        let (sender, answer) = oneshot::channel();
        let (header, _waits) = self.expect(header, move |a| drop(sender.send(a)));
        let place = self.outgoing.reserve().await;
        let place = place.map_err(|_| not_reached("The connector's process has died."))?;
        place.send(Frame { header, json, bytes });
        answer.await.unwrap_or_else(|_| Err(died()))
    }

    /// Has an answer brought to `to`, until the returned guard is dropped.
    pub(super) fn expect(
        &self,
        header: impl FnOnce(u64) -> Header,
        to: impl FnOnce(Answer) + Send + 'static,
    ) -> (Header, Expectation<'_>) {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        match &mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(waiting) => drop(waiting.insert(id, Box::new(to))),
            None => to(Err(not_reached("The connector's process has died."))),
        }
        (header(id), Expectation { connection: self, id })
    }

    /// Brings the worker's answers to those who wait for them, until the socket closes.
    pub(super) async fn read_answers(&self, incoming: &mut OwnedReadHalf) -> io::Result<()> {
        while let Some(Frame { header, json, bytes }) = Frame::read(incoming).await? {
            let (id, result) = match header {
                Header::Done { id } => (id, Ok(Reply { json: json.into(), attachment: bytes.into() })),
                Header::Failed { id, code, message } => {
                    let error = AbiError { code, message: message.into(), details_json: json.into() };
                    (id, Err(from_abi(&error)))
                }
                Header::Log(line) => {
                    self.log.write(line);
                    continue;
                }
                _ => return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame for the other side")),
            };
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(answer) = waiting.as_mut().and_then(|waiting| waiting.remove(&id)) {
                answer(result);
            }
        }
        Ok(())
    }

    /// The worker is dead: whoever waits is told; how many they were.
    pub(super) fn fail_all(&self) -> usize {
        let lost = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default();
        let count = lost.len();
        lost.into_values().for_each(|answer| answer(Err(died())));
        count
    }
}

/// Somebody waits for an answer. Dropped before it has come, it tells the worker to stop.
pub(super) struct Expectation<'a> {
    connection: &'a Connection,
    id: u64,
}

impl Expectation<'_> {
    /// Nobody waits any longer, but what was asked for cannot be stopped: counts it until its answer comes.
    pub(super) fn note_late(self) {
        let connection = self.connection;
        let mut waiting = connection.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(entry) = waiting.as_mut().and_then(|waiting| waiting.get_mut(&self.id)) else {
            return;
        };
        let late = Arc::clone(&connection.late);
        // Counted under the lock, and so before the answer can come.
        let count = late.fetch_add(1, Ordering::Relaxed) + 1;
        *entry = Box::new(move |_| {
            late.fetch_sub(1, Ordering::Relaxed);
        });
        drop(waiting);
        std::mem::forget(self);
        if count >= LATE_BEFORE_KILL {
            connection.hangs.cancel();
        }
    }
}

impl Drop for Expectation<'_> {
    fn drop(&mut self) {
        let id = self.id;
        let mut waiting = self.connection.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let unanswered = waiting.as_mut().and_then(|waiting| waiting.remove(&id));
        if unanswered.is_some() {
            // Where the line is full the worker's answer comes and is dropped.
            let _unsent = self.connection.outgoing.try_send(Frame::bare(Header::Cancel { id }));
        }
    }
}

/// The worker died during a call; what the connector had done until then nobody knows.
fn died() -> ConnectorError {
    fault_of(ReasonCode::CONNECTOR_CRASHED, "its process died during the call")
}

/// The log of one worker. What its records say about where they come from does not change how many are written.
#[derive(Default)]
pub(super) struct WorkerLog(LogLimit);

impl WorkerLog {
    pub(super) fn write(&self, line: LogLine) {
        self.write_to(line, |line| host_api::write_of_worker(&line));
    }

    fn write_to(&self, line: LogLine, write: impl FnMut(LogLine)) {
        self.0.pass_on("", || line, write);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_names_others_in_its_records_floods_no_log() {
        let (log, mut written) = (WorkerLog::default(), 0);
        for number in 0..10_000 {
            let (text, span) = (String::new, format!("instance{{id={number}}}:call"));
            let line = LogLine { level: 3, target: text(), message: text(), fields: text(), span };
            log.write_to(line, |_| written += 1);
        }
        assert!((1..5_000).contains(&written), "{written}");
    }
}
