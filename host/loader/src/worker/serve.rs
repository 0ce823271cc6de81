//! The worker's side: loads the library from its standard input and answers what comes over the socket.

use std::{
    collections::HashMap,
    fs::File,
    io,
    os::fd::{AsFd, AsRawFd, OwnedFd},
    panic::AssertUnwindSafe,
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
};

use connector_abi::{AbiError, ConnectorBox, ConnectorMod_Ref, Reply, error_code};
use futures_util::{FutureExt, future::BoxFuture};
use rustix::{
    event::{PollFd, PollFlags, poll},
    process::{
        Resource, Rlimit, Signal, getpgrp, getpid, kill_process, kill_process_group,
        set_parent_process_death_signal, setrlimit,
    },
};
use tokio::{
    net::{UnixStream, unix::OwnedReadHalf},
    signal::unix::{Signal as Caught, SignalKind, signal},
    sync::mpsc,
    task::AbortHandle,
};

use super::{
    descendants::{MARK, kill_marked},
    wire::{Frame, Header},
};
use crate::{open, worker_log};

/// Answers that wait to be written.
const MAX_WAITING: usize = 1024;
/// One that no program uses.
const AT_THE_END_OF_THE_HOST: Signal = Signal::STKFLT;
/// Set by the host: bytes of address space that the worker may use.
pub(super) const MEMORY_LIMIT: &str = "JACKFIELD_WORKER_MEMORY";

/// The whole of the worker program. Returns when the host closes the socket.
#[must_use]
pub fn run() -> ExitCode {
    let served = prepare().map(|(socket, image)| serve(socket, &image));
    match served {
        Ok(Ok(())) => end(),
        Ok(Err(error)) => {
            eprintln!("the host and its connector-worker do not understand each other: {error}");
            end();
        }
        Err(error) => eprintln!("connector-worker is started by a Jackfield host, not by hand: {error}"),
    }
    ExitCode::FAILURE
}

/// Takes the socket and the library away from where the library's own code would look first, standard output and
/// input, and ends this process when the host is gone, whatever the library is doing then.
fn prepare() -> io::Result<(std::os::unix::net::UnixStream, PathBuf)> {
    // A program that takes this one's place gets no socket, which tells the host.
    let socket: OwnedFd = rustix::io::fcntl_dupfd_cloexec(io::stdout().as_fd(), 3)?;
    let image = rustix::io::dup(io::stdin().as_fd())?;
    rustix::stdio::dup2_stdout(io::stderr())?;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    let socket = std::os::unix::net::UnixStream::from(socket);
    socket.peer_addr()?;
    let watched = socket.try_clone()?;
    std::thread::Builder::new().name("host-watch".to_owned()).spawn(move || end_with_host(&watched))?;
    limit_memory()?;
    let path = PathBuf::from(format!("/proc/self/fd/{}", image.as_raw_fd()));
    // Stays open for the life of the process, as an image in the host does.
    std::mem::forget(image);
    Ok((socket, path))
}

fn end_with_host(socket: &std::os::unix::net::UnixStream) {
    let mut watched = [PollFd::new(socket, PollFlags::RDHUP)];
    while matches!(poll(&mut watched, None), Err(rustix::io::Errno::INTR)) {}
    end();
}

/// Ends this process and whatever the library has started, for which the host made a process group. An orderly exit
/// would run the library's code once more.
fn end() {
    let own = getpid();
    if let Some(mark) = std::env::var_os(MARK) {
        kill_marked(&mark, own);
    }
    let _gone = if getpgrp() == own {
        kill_process_group(own, Signal::KILL)
    } else {
        kill_process(own, Signal::KILL)
    };
}

/// This program ends in order, with what the library has started, and not by the signal.
fn outlive_the_signal() -> io::Result<Caught> {
    signal(SignalKind::from_raw(AT_THE_END_OF_THE_HOST.as_raw()))
}

/// Has a program end with the host that the library starts in the place of this one, out of this thread: the watch over
/// the socket is gone then. From threads of the library's own nothing is left but the host, which misses the socket.
fn end_what_takes_its_place() -> rustix::io::Result<()> {
    set_parent_process_death_signal(Some(AT_THE_END_OF_THE_HOST))
}

fn limit_memory() -> io::Result<()> {
    let bytes = std::env::var(MEMORY_LIMIT).ok().and_then(|bytes| bytes.parse().ok());
    let limit = Rlimit { current: bytes, maximum: bytes };
    Ok(setrlimit(Resource::As, limit)?)
}

fn serve(socket: std::os::unix::net::UnixStream, image: &std::path::Path) -> io::Result<()> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let every_thread = || {
        // Where it fails, the host misses the socket all the same.
        let _watched = end_what_takes_its_place();
    };
    let runtime = runtime.enable_all().on_thread_start(every_thread).build()?;
    socket.set_nonblocking(true)?;
    let (outgoing, waiting) = mpsc::channel(MAX_WAITING);
    let served = runtime.block_on(async {
        let _caught = outlive_the_signal()?;
        end_what_takes_its_place()?;
        let (mut incoming, mut sink) = UnixStream::from_std(socket)?.into_split();
        // Whatever ends this process from here on is the library's doing.
        Frame::bare(Header::Ready).write(&mut sink).await?;
        tokio::spawn(write(waiting, async move |frame: Frame| frame.write(&mut sink).await));
        worker_log::forward_to(outgoing.clone());
        match open::root_module(image) {
            Ok(module) => {
                let document = module.describe()().into();
                send(&outgoing, Frame { json: document, ..Frame::bare(Header::Loaded) }).await;
                Server::new(module, outgoing).run(incoming).await
            }
            Err(failed) => {
                let json = serde_json::to_vec(&failed.of("library"))?;
                send(&outgoing, Frame { json, ..Frame::bare(Header::Refused) }).await;
                // The host has read it when it closes the socket.
                while Frame::read(&mut incoming).await?.is_some() {}
                Ok(())
            }
        }
    });
    runtime.shutdown_background();
    served
}

async fn write(mut waiting: mpsc::Receiver<Frame>, mut sink: impl AsyncFnMut(Frame) -> io::Result<()>) {
    while let Some(frame) = waiting.recv().await {
        if sink(frame).await.is_err() {
            return;
        }
    }
}

async fn send(outgoing: &mpsc::Sender<Frame>, frame: Frame) {
    // Fails only where the writer has ended, because the host is gone.
    let _host_gone = outgoing.send(frame).await;
}

struct Server {
    module: ConnectorMod_Ref,
    object: Option<Arc<ConnectorBox>>,
    outgoing: mpsc::Sender<Frame>,
    running: HashMap<u64, AbortHandle>,
}

impl Server {
    fn new(module: ConnectorMod_Ref, outgoing: mpsc::Sender<Frame>) -> Self {
        Self { module, object: None, outgoing, running: HashMap::new() }
    }

    async fn run(mut self, mut incoming: OwnedReadHalf) -> io::Result<()> {
        while let Some(Frame { header, json, bytes }) = Frame::read(&mut incoming).await? {
            self.running.retain(|_, task| !task.is_finished());
            match header {
                Header::Start { id } => self.start(id, json).await,
                Header::Receive { id } => self.answer_blocking(id, move |object| {
                    object.receive(json.into(), bytes.into()).into_result()
                }),
                Header::Call { id, operation } => self.answer(id, move |object| {
                    async move { object.call(operation.into(), json.into(), bytes.into()).await.into_result() }
                        .boxed()
                }),
                Header::Cancel { id } => {
                    if let Some(task) = self.running.remove(&id) {
                        task.abort();
                    }
                }
                Header::Shutdown { id } => self.answer(id, |object| {
                    async move {
                        object.shutdown().await;
                        Ok(empty())
                    }
                    .boxed()
                }),
                _ => return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame for the other side")),
            }
        }
        Ok(())
    }

    async fn start(&mut self, id: u64, request: Vec<u8>) {
        let started = self.module.new()(request.into(), worker_log::functions()).into_result();
        let result = started.map(|object| {
            self.object = Some(Arc::new(object));
            empty()
        });
        send(&self.outgoing, Frame::answer(id, result)).await;
    }

    fn answer(
        &mut self,
        id: u64,
        work: impl FnOnce(Arc<ConnectorBox>) -> BoxFuture<'static, Result<Reply, AbiError>> + Send + 'static,
    ) {
        let (object, outgoing) = (self.object.clone(), self.outgoing.clone());
        let task = tokio::spawn(async move {
            let result = match object {
                // Past every guard of the library's own side.
                Some(object) => {
                    let work = AssertUnwindSafe(async move { work(object).await });
                    work.catch_unwind().await.unwrap_or_else(|_| Err(panicked()))
                }
                None => Err(not_started()),
            };
            send(&outgoing, Frame::answer(id, result)).await;
        });
        self.running.insert(id, task.abort_handle());
    }

    fn answer_blocking(
        &mut self,
        id: u64,
        work: impl FnOnce(Arc<ConnectorBox>) -> Result<Reply, AbiError> + Send + 'static,
    ) {
        self.answer(id, move |object| {
            let work = tokio::task::spawn_blocking(move || work(object));
            work.map(|done| done.unwrap_or_else(|_| Err(panicked()))).boxed()
        });
    }
}

fn empty() -> Reply {
    Reply { json: b"{}".to_vec().into(), attachment: Vec::new().into() }
}

fn not_started() -> AbiError {
    error(error_code::CANCELLED, "no instance runs in this worker")
}

fn panicked() -> AbiError {
    error(error_code::PANICKED, "the connector panicked")
}

fn error(code: u32, message: &str) -> AbiError {
    AbiError { code, message: message.into(), details_json: Vec::new().into() }
}
