//! A listener that comes back with the id of the last event that it has heard, however often the host is gone.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result};
use end_to_end::{Api, PATIENCE};
use reqwest::Method;
use tokio::{sync::watch, task::JoinHandle};

const AGAIN: Duration = Duration::from_millis(10);

pub(crate) struct Listener {
    heard: Arc<Mutex<Vec<i64>>>,
    count: watch::Receiver<usize>,
    listening: JoinHandle<()>,
}

impl Listener {
    /// Hears everything from the first event on.
    pub(crate) fn begin(api: Api) -> Self {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (counting, count) = watch::channel(0);
        let listening = tokio::spawn({
            let heard = Arc::clone(&heard);
            async move {
                loop {
                    // The host is gone, or goes meanwhile.
                    drop(listen(&api, &heard, &counting).await);
                    tokio::time::sleep(AGAIN).await;
                }
            }
        });
        Self { heard, count, listening }
    }

    /// Waits for so many more events.
    pub(crate) async fn heard(&mut self, more: u64) -> Result<()> {
        let enough = *self.count.borrow() + usize::try_from(more)?;
        self.at_least(enough).await
    }

    /// Waits until so many have been heard.
    pub(crate) async fn at_least(&mut self, enough: usize) -> Result<()> {
        let waiting = self.count.wait_for(|count| *count >= enough);
        tokio::time::timeout(PATIENCE, waiting).await.context("too few events")??;
        Ok(())
    }

    /// The events so far, as they were heard.
    pub(crate) fn events(&self) -> Vec<i64> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(api: &Api, heard: &Mutex<Vec<i64>>, counting: &watch::Sender<usize>) -> Result<()> {
    let last = heard.lock().unwrap_or_else(PoisonError::into_inner).last().copied().unwrap_or(0);
    let request = api.request(Method::GET, "/v1/events").header("last-event-id", last.to_string());
    let mut response = request.send().await?.error_for_status()?;
    let mut text = String::new();
    while let Some(chunk) = response.chunk().await? {
        text.push_str(std::str::from_utf8(&chunk)?);
        // An event counts once it is here whole.
        while let Some((event, rest)) = text.split_once("\n\n") {
            if let Some(id) = event.lines().find_map(|line| line.strip_prefix("id:")) {
                let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                heard.push(id.trim().parse()?);
                counting.send_replace(heard.len());
            }
            text = rest.to_owned();
        }
    }
    Ok(())
}
