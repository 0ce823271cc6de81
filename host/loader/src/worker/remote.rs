//! The host's side: an instance in a worker, started again when the worker dies.

use std::{
    collections::HashMap,
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use connector_abi::{AbiError, Reply};
use connector_api::ConnectorError;
use tokio::{
    net::unix::OwnedReadHalf,
    sync::{mpsc, oneshot, watch},
    time::{Instant, timeout},
};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    process::{Launch, WorkerProcess},
    wire::{Frame, Header},
};
use crate::{
    backend::Backend,
    faults::{fault, from_abi, not_reached},
    host_api,
};

/// Requests that wait to be written.
const MAX_WAITING: usize = 256;
const STARTS_WITHIN: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A worker that lived this long begins with the shortest pause again.
const LONG_LIFE: Duration = Duration::from_secs(60);

type Answer = Result<Reply, ConnectorError>;
/// Who waits for which answer.
type Waiting = Arc<Mutex<HashMap<u64, Box<dyn FnOnce(Answer) + Send>>>>;

/// An instance in a worker process.
pub(crate) struct Remote {
    connection: watch::Receiver<Option<Arc<Connection>>>,
    /// Ends the supervisor, and with it the worker.
    _supervised: DropGuard,
}

/// The line to a living worker.
struct Connection {
    outgoing: mpsc::Sender<Frame>,
    waiting: Waiting,
    next_id: AtomicU64,
}

/// A worker whose instance has started.
struct Started {
    process: WorkerProcess,
    incoming: OwnedReadHalf,
    connection: Arc<Connection>,
}

impl Remote {
    /// Starts a worker and the instance in it.
    pub(crate) async fn start(launch: Launch, request: Vec<u8>) -> Result<Self, ConnectorError> {
        let first = start(&launch, &request).await?;
        let (publish, connection) = watch::channel(Some(Arc::clone(&first.connection)));
        let stopping = CancellationToken::new();
        let supervisor = supervise(launch, request, first, publish);
        let stopped = stopping.clone();
        tokio::spawn(async move { stopped.run_until_cancelled(supervisor).await });
        Ok(Self { connection, _supervised: stopping.drop_guard() })
    }

    fn connection(&self) -> Result<Arc<Connection>, ConnectorError> {
        let connection = self.connection.borrow().clone();
        connection.ok_or_else(|| not_reached("The connector's process has died and is being started again."))
    }
}

#[async_trait]
impl Backend for Remote {
    fn receive(&self, request: Vec<u8>, body: Vec<u8>, deadline: Duration) -> Answer {
        let connection = self.connection()?;
        let (sender, answer) = std::sync::mpsc::sync_channel(1);
        let (header, _waits) = connection.expect(|id| Header::Receive { id }, move |a| drop(sender.send(a)));
        let place = connection.outgoing.try_reserve();
        let place =
            place.map_err(|_| not_reached("The connector's process does not keep up, or has died."))?;
        place.send(Frame { header, json: request, bytes: body });
        answer.recv_timeout(deadline).unwrap_or_else(|_| Err(fault("it did not answer in time")))
    }

    async fn call(&self, operation: &'static str, request: Vec<u8>, attachment: Vec<u8>) -> Answer {
        let header = |id| Header::Call { id, operation: operation.to_owned() };
        self.connection()?.ask(header, request, attachment).await
    }

    async fn shutdown(&self) {
        if let Ok(connection) = self.connection() {
            // Where it fails the worker is gone, which is as good.
            let _done = connection.ask(|id| Header::Shutdown { id }, Vec::new(), Vec::new()).await;
        }
    }

    fn is_broken(&self) -> bool {
        // The supervisor mends it.
        false
    }
}

impl Connection {
    async fn ask(&self, header: impl FnOnce(u64) -> Header, json: Vec<u8>, bytes: Vec<u8>) -> Answer {
        let (sender, answer) = oneshot::channel();
        let (header, _waits) = self.expect(header, move |a| drop(sender.send(a)));
        let place = self.outgoing.reserve().await;
        let place = place.map_err(|_| not_reached("The connector's process has died."))?;
        place.send(Frame { header, json, bytes });
        answer.await.unwrap_or_else(|_| Err(died()))
    }

    /// Has an answer brought to `to`, until the returned guard is dropped.
    fn expect(
        &self,
        header: impl FnOnce(u64) -> Header,
        to: impl FnOnce(Answer) + Send + 'static,
    ) -> (Header, Expectation<'_>) {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(id, Box::new(to));
        (header(id), Expectation { connection: self, id })
    }
}

/// Somebody waits for an answer. Dropped before it has come, it tells the worker to stop.
struct Expectation<'a> {
    connection: &'a Connection,
    id: u64,
}

impl Drop for Expectation<'_> {
    fn drop(&mut self) {
        let id = self.id;
        let unanswered = self.connection.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        if unanswered.is_some() {
            // Where the line is full the worker's answer comes and is dropped.
            let _unsent = self.connection.outgoing.try_send(Frame::bare(Header::Cancel { id }));
        }
    }
}

/// The worker died during a call; what the connector had done until then nobody knows.
fn died() -> ConnectorError {
    fault("its process died during the call")
}

/// Keeps a worker running: when one dies, its calls fail, and after a pause another is started.
async fn supervise(
    launch: Launch,
    request: Vec<u8>,
    first: Started,
    publish: watch::Sender<Option<Arc<Connection>>>,
) {
    let mut started = Some(first);
    let mut pause = FIRST_PAUSE;
    loop {
        if let Some(worker) = started.take() {
            let since = Instant::now();
            publish.send_replace(Some(Arc::clone(&worker.connection)));
            live(worker, &publish).await;
            pause = if since.elapsed() >= LONG_LIFE { FIRST_PAUSE } else { pause };
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
        match start(&launch, &request).await {
            Ok(worker) => {
                tracing::info!("Connector's process was started again");
                started = Some(worker);
            }
            Err(error) => tracing::error!(%error, ?pause, "Connector's process cannot be started again"),
        }
    }
}

/// Reads until the worker dies, then fails what waits for it.
async fn live(mut worker: Started, publish: &watch::Sender<Option<Arc<Connection>>>) {
    let waiting = Arc::clone(&worker.connection.waiting);
    let read = read_answers(&mut worker.incoming, &waiting).await;
    publish.send_replace(None);
    let ended = match timeout(Duration::from_secs(1), worker.process.ended()).await {
        Ok(ended) => ended,
        Err(_) => worker.process.kill().await,
    };
    let lost: Vec<_> = waiting.lock().unwrap_or_else(PoisonError::into_inner).drain().collect();
    tracing::error!(found = %ended, lost = lost.len(), error = read.err().map(|e| e.to_string()),
        "Connector's process died");
    for (_, answer) in lost {
        answer(Err(died()));
    }
}

async fn read_answers(incoming: &mut OwnedReadHalf, waiting: &Waiting) -> io::Result<()> {
    while let Some(Frame { header, json, bytes }) = Frame::read(incoming).await? {
        let (id, result) = match header {
            Header::Done { id } => (id, Ok(Reply { json: json.into(), attachment: bytes.into() })),
            Header::Failed { id, code, message } => {
                let error = AbiError { code, message: message.into(), details_json: json.into() };
                (id, Err(from_abi(&error)))
            }
            Header::Log { level, target, message, fields, span } => {
                write_log(level, &target, &message, &fields, &span);
                continue;
            }
            _ => return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame for the other side")),
        };
        if let Some(answer) = waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&id) {
            answer(result);
        }
    }
    Ok(())
}

fn write_log(level: u8, target: &str, message: &str, fields: &str, span: &str) {
    host_api::write(&host_api::Place { level, target, file: "", line: 0 }, message, fields, span);
}

/// Starts a worker, and the instance in it.
async fn start(launch: &Launch, request: &[u8]) -> Result<Started, ConnectorError> {
    let no_process = |error: io::Error| {
        not_reached(format!("The worker {} cannot be started: {error}.", launch.program.display()))
    };
    let (mut process, socket) = launch.start().map_err(no_process)?;
    let (mut incoming, mut sink) = socket.into_split();
    let id = 0;
    let begin = async {
        let frame = Frame { header: Header::Start { id }, json: request.to_vec(), bytes: Vec::new() };
        frame.write(&mut sink).await?;
        loop {
            match Frame::read(&mut incoming).await? {
                Some(Frame { header: Header::Done { .. }, .. }) => return Ok(Ok(())),
                Some(Frame { header: Header::Failed { code, message, .. }, json, .. }) => {
                    let error = AbiError { code, message: message.into(), details_json: json.into() };
                    return Ok(Err(from_abi(&error)));
                }
                Some(Frame { header: Header::Log { level, target, message, fields, span }, .. }) => {
                    write_log(level, &target, &message, &fields, &span);
                }
                Some(Frame { header: Header::Loaded, .. }) => {}
                _ => return Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
            }
        }
    };
    match timeout(STARTS_WITHIN, begin).await {
        Ok(Ok(answer)) => answer?,
        Ok(Err(_)) | Err(_) => {
            let ended = match timeout(Duration::from_secs(1), process.ended()).await {
                Ok(ended) => ended,
                Err(_) => process.kill().await,
            };
            return Err(not_reached(format!("The connector's process did not start the instance: {ended}.")));
        }
    }
    let (outgoing, mut to_write) = mpsc::channel::<Frame>(MAX_WAITING);
    tokio::spawn(async move {
        while let Some(frame) = to_write.recv().await {
            if frame.write(&mut sink).await.is_err() {
                return;
            }
        }
    });
    let connection =
        Arc::new(Connection { outgoing, waiting: Waiting::default(), next_id: AtomicU64::new(id + 1) });
    Ok(Started { process, incoming, connection })
}
