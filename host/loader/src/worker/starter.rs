//! Where workers are started: in a thread that lives as long as this process. The system can end a process with the
//! *thread* that started it, and the threads of a runtime come and go.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Mutex, PoisonError, mpsc},
    thread,
};

use tokio::{
    process::{Child, Command},
    runtime::Handle,
};

type Work = Box<dyn FnOnce() + Send>;

/// Starts `command`, on behalf of the runtime that this is called in.
pub(super) fn spawn(mut command: Command) -> io::Result<Child> {
    let runtime = Handle::try_current().map_err(io::Error::other)?;
    let (answer, answered) = mpsc::sync_channel(1);
    in_starter(Box::new(move || {
        let _inside = runtime.enter();
        drop(answer.send(command.spawn()));
    }))?;
    answered.recv().map_err(io::Error::other)?
}

fn in_starter(work: Work) -> io::Result<()> {
    static STARTER: Mutex<Option<mpsc::Sender<Work>>> = Mutex::new(None);
    let mut starter = STARTER.lock().unwrap_or_else(PoisonError::into_inner);
    let sender = match starter.take() {
        Some(sender) => sender,
        None => start()?,
    };
    sender.send(work).map_err(|error| io::Error::other(error.to_string()))?;
    *starter = Some(sender);
    Ok(())
}

/// The thread that never ends, because its sender is never dropped.
fn start() -> io::Result<mpsc::Sender<Work>> {
    let (sender, works) = mpsc::channel::<Work>();
    let run = move || {
        for work in works {
            // The caller notices that no answer comes.
            let _panicked = catch_unwind(AssertUnwindSafe(work));
        }
    };
    thread::Builder::new().name("worker-starter".to_owned()).spawn(run)?;
    Ok(sender)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thread_of_starter() -> thread::ThreadId {
        let (answer, answered) = mpsc::sync_channel(1);
        in_starter(Box::new(move || answer.send(thread::current().id()).unwrap())).unwrap();
        answered.recv().unwrap()
    }

    #[test]
    fn every_worker_is_started_by_one_thread_whatever_becomes_of_those_who_ask() {
        let first = thread::spawn(thread_of_starter).join().unwrap();
        in_starter(Box::new(|| panic!("on purpose"))).unwrap();
        let second = thread::spawn(thread_of_starter).join().unwrap();
        assert_eq!(first, second);
        assert_ne!(first, thread::current().id());
    }
}
