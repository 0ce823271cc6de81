//! The host's side: an instance in a worker, started again when the worker dies.

use std::{io, pin::pin, sync::Arc, time::Duration};

use async_trait::async_trait;
use connector_abi::AbiError;
use connector_api::{ConnectorError, ReasonCode};
use tokio::{
    net::unix::OwnedReadHalf,
    sync::{mpsc, watch},
    time::{Instant, timeout},
};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    connection::{Answer, Connection, WorkerLog},
    process::{Killed, Launch, WorkerProcess},
    state::WorkerState,
    wire::{Frame, Header},
};
use crate::{
    backend::{Backend, Trouble},
    faults::{fault_of, from_abi, not_reached},
};

/// Requests that wait to be written.
const MAX_WAITING: usize = 256;
const STARTS_WITHIN: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How long what a dead worker wrote is read.
const LAST_ANSWERS: Duration = Duration::from_millis(200);
/// A worker that lived this long begins with the shortest pause again.
const LONG_LIFE: Duration = Duration::from_secs(60);

/// An instance in a worker process.
pub(crate) struct Remote {
    connection: watch::Receiver<Option<Arc<Connection>>>,
    worker: watch::Receiver<WorkerState>,
    /// Ends the supervisor, and with it the worker.
    _supervised: DropGuard,
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
        let (state, worker) = watch::channel(WorkerState::default());
        let stopping = CancellationToken::new();
        let supervisor = supervise(launch, request, first, (publish, state));
        let stopped = stopping.clone();
        tokio::spawn(async move { stopped.run_until_cancelled(supervisor).await });
        Ok(Self { connection, worker, _supervised: stopping.drop_guard() })
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
        let (header, waits) = connection.expect(|id| Header::Receive { id }, move |a| drop(sender.send(a)));
        let place = connection.outgoing.try_reserve();
        let place =
            place.map_err(|_| not_reached("The connector's process does not keep up, or has died."))?;
        place.send(Frame { header, json: request, bytes: body });
        answer.recv_timeout(deadline).unwrap_or_else(|_| {
            waits.note_late();
            Err(fault_of(ReasonCode::CONNECTOR_LATE, "it did not answer in time"))
        })
    }

    async fn call(&self, operation: &'static str, request: Vec<u8>, attachment: Vec<u8>) -> Answer {
        let header = |id| Header::Call { id, operation: operation.to_owned() };
        self.connection()?.ask(header, request, attachment).await
    }

    fn worker(&self) -> Option<WorkerState> {
        Some(*self.worker.borrow())
    }

    fn hangs(&self) {
        if let Ok(connection) = self.connection() {
            connection.hangs.cancel();
        }
    }

    async fn shutdown(&self) {
        if let Ok(connection) = self.connection() {
            // Where it fails the worker is gone, which is as good.
            let _done = connection.ask(|id| Header::Shutdown { id }, Vec::new(), Vec::new()).await;
        }
    }

    async fn in_trouble(&self) -> Trouble {
        // The supervisor mends it.
        std::future::pending().await
    }
}

/// Keeps a worker running: when one dies, its calls fail, and after a pause another is started.
async fn supervise(
    launch: Launch,
    request: Vec<u8>,
    first: Started,
    (publish, state): (watch::Sender<Option<Arc<Connection>>>, watch::Sender<WorkerState>),
) {
    let mut started = Some(first);
    let mut pause = FIRST_PAUSE;
    loop {
        if let Some(worker) = started.take() {
            let since = Instant::now();
            state.send_modify(|state| state.process = worker.process.id());
            publish.send_replace(Some(Arc::clone(&worker.connection)));
            live(worker, &publish, &state).await;
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

/// Reads until the worker dies or hangs, then fails what waits for it.
async fn live(
    mut worker: Started,
    publish: &watch::Sender<Option<Arc<Connection>>>,
    state: &watch::Sender<WorkerState>,
) {
    let connection = Arc::clone(&worker.connection);
    let read = {
        let mut read = pin!(connection.read_answers(&mut worker.incoming));
        tokio::select! {
            read = &mut read => read,
            // What it forked may hold the socket open.
            () = worker.process.exited() => timeout(LAST_ANSWERS, read).await.unwrap_or(Ok(())),
            () = connection.hangs.cancelled() => Err(io::ErrorKind::TimedOut.into()),
        }
    };
    publish.send_replace(None);
    let ended = if connection.hangs.is_cancelled() {
        worker.process.kill(Killed::Late).await
    } else {
        match timeout(Duration::from_secs(1), worker.process.ended()).await {
            Ok(ended) => ended,
            Err(_) => worker.process.kill(Killed::after(&read)).await,
        }
    };
    // Known before the first call fails by it.
    state.send_replace(WorkerState { process: None, ended: Some(ended.worker_end()) });
    let lost = connection.fail_all();
    tracing::error!(found = %ended, lost, error = read.err().map(|e| e.to_string()),
        "Connector's process died");
}

/// Starts a worker, and the instance in it.
async fn start(launch: &Launch, request: &[u8]) -> Result<Started, ConnectorError> {
    let no_process = |error: io::Error| {
        not_reached(format!("The worker {} cannot be started: {error}.", launch.program.display()))
    };
    let (mut process, socket) = launch.start().map_err(no_process)?;
    let (mut incoming, mut sink) = socket.into_split();
    let (id, log) = (0, WorkerLog::default());
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
                Some(Frame { header: Header::Log(line), .. }) => log.write(line),
                Some(Frame { header: Header::Ready | Header::Loaded, .. }) => {}
                Some(_) => return Err(io::Error::from(io::ErrorKind::InvalidData)),
                None => return Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
            }
        }
    };
    match timeout(STARTS_WITHIN, begin).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
        Ok(answer) => answer?,
        begun => {
            let ended = match timeout(Duration::from_secs(1), process.ended()).await {
                Ok(ended) => ended,
                Err(_) => process.kill(Killed::after(&begun)).await,
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
    let connection = Arc::new(Connection::new(outgoing, id + 1, log));
    Ok(Started { process, incoming, connection })
}
