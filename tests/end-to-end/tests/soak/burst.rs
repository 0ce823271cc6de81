//! One conversation bursts; the others are served as before.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use end_to_end::{HostOptions, HostProcess, http_client};
use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

const OTHERS: usize = 50;
/// Each of the others writes once a second.
const EVERY: Duration = Duration::from_millis(1_000 / OTHERS as u64);
/// How long the others are alone, before and after the burst.
const ALONE: Duration = Duration::from_secs(3);
/// Events of the burst that are delivered at once; their platform delivers one after the other.
const AT_ONCE: usize = 4;
/// A commit to disk now and then takes so long on any machine, and says nothing of the neighbours.
const DISK: Duration = Duration::from_millis(20);

fn burst_size() -> usize {
    if std::env::var_os("JACKFIELD_TEST_FULL").is_some() { 20_000 } else { 5_000 }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_on_one_conversation_keeps_its_order_and_delays_nobody_else() -> Result<()> {
    let options = HostOptions::new()?
        .quiet()
        .connector("libecho_connector.so")?
        .configure("[instances.echo]\nconnector = \"echo\"\n[instances.echo.settings]\naccount = \"shop\"\n");
    let host = options.start().await?;
    let url = host.webhook_url("echo");
    let before = alone(&url).await?;
    let (beside, took) = beside_a_burst(&url).await?;
    let after = alone(&url).await?;
    let (alone, beside) = (p99(before.into_iter().chain(after)), p99(beside));
    println!("{} events in {took:?}; the others: {alone:?} alone, {beside:?} beside", burst_size());
    ensure!(beside <= alone.max(DISK) * 2, "{beside:?} beside the burst, {alone:?} alone");
    in_order(&host).await?;
    host.stop().await
}

async fn say(http: &Client, url: &str, from: &str, number: usize) -> Result<Duration> {
    let body = json!({"from": from, "id": format!("{from} {number}"), "text": format!("{number:06}")});
    let begun = Instant::now();
    let response = http.post(url).json(&body).send().await?;
    ensure!(response.status().is_success(), "answered {}", response.status());
    Ok(begun.elapsed())
}

/// The others write until the end; how long each answer took.
async fn others(url: String, ending: CancellationToken) -> Result<Vec<Duration>> {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let http = http_client();
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut asked = Vec::new();
    while ending.run_until_cancelled(ticks.tick()).await.is_some() {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let (http, url) = (http.clone(), url.clone());
        asked.push(tokio::spawn(async move {
            say(&http, &url, &format!("other {}", number % OTHERS), number).await
        }));
    }
    let mut times = Vec::new();
    for one in asked {
        times.push(one.await??);
    }
    Ok(times)
}

async fn alone(url: &str) -> Result<Vec<Duration>> {
    let ending = CancellationToken::new();
    let others = tokio::spawn(others(url.to_owned(), ending.clone()));
    tokio::time::sleep(ALONE).await;
    ending.cancel();
    others.await?
}

async fn beside_a_burst(url: &str) -> Result<(Vec<Duration>, Duration)> {
    let ending = CancellationToken::new();
    let others = tokio::spawn(others(url.to_owned(), ending.clone()));
    let (http, begun) = (Arc::new(http_client()), Instant::now());
    let events = stream::iter(0..burst_size()).map(|number| {
        let http = Arc::clone(&http);
        async move { say(&http, url, "burst", number).await }
    });
    events.buffered(AT_ONCE).try_for_each(|_| async { Ok(()) }).await?;
    ending.cancel();
    Ok((others.await??, begun.elapsed()))
}

fn p99(times: impl IntoIterator<Item = Duration>) -> Duration {
    let mut times: Vec<_> = times.into_iter().collect();
    times.sort();
    times.get((times.len() * 99).div_ceil(100).saturating_sub(1)).copied().unwrap_or_default()
}

/// Everything is there once, the newest first, by the time at which the platform says it was written.
async fn in_order(host: &HostProcess) -> Result<()> {
    let conversations = host.api().items("/v1/conversations?limit=200").await?;
    let burst = conversations.iter().find(|c| c["platform_id"] == "burst").context("no burst")?;
    let id = burst["id"].as_str().context("no id")?;
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/conversations/{id}/messages?limit=200{cursor}");
        let page = host.api().get(&path).await?.success()?;
        all.extend(page["items"].as_array().cloned().unwrap_or_default());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let text = |message: &Value| message["content"]["text"].as_str().unwrap_or_default().to_owned();
    let mut texts: Vec<_> = all.iter().map(text).collect();
    let times: Vec<_> = all.iter().map(|message| message["sent_at"].as_str().unwrap_or_default()).collect();
    ensure!(times.is_sorted_by(|a, b| a >= b), "not in the order of time");
    texts.sort();
    texts.dedup();
    ensure!((all.len(), texts.len()) == (burst_size(), burst_size()), "{} messages", all.len());
    Ok(())
}
