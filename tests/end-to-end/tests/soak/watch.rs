//! Watching what leaves, as the platform sees it.

use std::{collections::HashMap, time::Duration};

use anyhow::{Context, Result, ensure};
use connector_api::Timestamp;
use end_to_end::{HostProcess, eventually};
use jackfield::model::ConversationId;
use serde_json::json;
use tiktok_simulator::{ReceivedSend, Violation};

use crate::{app::App, seed::Seed};

/// The part of the allowed rate that has to be used in a long look.
const USED: f64 = 0.97;
/// In a short one, where what comes late at its ends weighs more.
const USED_IN_SHORT: f64 = 0.95;
/// An interactive reply leaves within this time.
const PROMPT_MS: i64 = 2_000;
const REPLY: &str = "somebody waits for this";
const LAST_CHANCE: &str = "the window closes";

/// What was seen.
#[derive(Debug)]
pub(crate) struct Seen {
    rate: usize,
    watched: Duration,
    sent: usize,
    accounts: usize,
    /// From the request to the platform.
    reply_took_ms: i64,
    /// Before the window closed.
    in_time_ms: i64,
    disorder: Option<String>,
    violations: Vec<Violation>,
}

/// Starts the host, and watches from its first send on.
pub(crate) async fn watch(app: App, seed: &Seed, watched: Duration) -> Result<Seen> {
    let host = app.host(&seed.database()).await?;
    let first = eventually("the first send", || async { Ok(app.simulator.sends().first().cloned()) }).await?;
    let end_ms = first.at_ms + i64::try_from(watched.as_millis())?;
    tokio::time::sleep(watched / 3).await;
    let asked_ms = app.simulator.now_ms();
    put(&host, seed.idle, REPLY, "interactive").await?;
    put(&host, seed.closing, LAST_CHANCE, "bulk").await?;
    let left = u64::try_from(end_ms - app.simulator.now_ms()).unwrap_or_default();
    tokio::time::sleep(Duration::from_millis(left)).await;
    let sends = app.simulator.sends();
    let of_text = |text| {
        let found = sends.iter().find(|send| send.text.as_deref() == Some(text));
        found.map(|send| Timestamp::from_millis(send.at_ms)).with_context(|| format!("{text:?} was not sent"))
    };
    let seen = Seen {
        rate: app.rate,
        watched,
        sent: sends.iter().filter(|send| send.at_ms < end_ms).count(),
        accounts: accounts_of_first_round(&sends),
        reply_took_ms: of_text(REPLY)?.as_millis() - asked_ms,
        in_time_ms: seed.closes_at.millis_since(of_text(LAST_CHANCE)?),
        disorder: disorder(&sends),
        violations: app.simulator.violations(),
    };
    host.stop().await?;
    app.simulator.shutdown().await;
    Ok(seen)
}

async fn put(host: &HostProcess, conversation: ConversationId, text: &str, priority: &str) -> Result<()> {
    let body = json!({"content": {"kind": "text", "text": text}, "priority": priority});
    host.api().post(&format!("/v1/conversations/{conversation}/messages"), &body).await?.success()?;
    Ok(())
}

/// Accounts among as many sends as there are accounts.
fn accounts_of_first_round(sends: &[ReceivedSend]) -> usize {
    let mut accounts: Vec<_> =
        sends.iter().take(crate::app::ACCOUNTS).map(|send| &send.business_id).collect();
    accounts.sort();
    accounts.dedup();
    accounts.len()
}

/// A conversation in which something came twice, or before what stood before it.
fn disorder(sends: &[ReceivedSend]) -> Option<String> {
    let mut latest: HashMap<&str, &str> = HashMap::new();
    sends.iter().find_map(|send| {
        let text = send.text.as_deref().unwrap_or_default();
        let before = latest.insert(&send.conversation_id, text);
        before.filter(|before| *before >= text).map(|before| format!("{text:?} after {before:?}"))
    })
}

impl Seen {
    pub(crate) fn judge(self) -> Result<()> {
        ensure!(self.violations.is_empty(), "the platform complains: {:?}", self.violations);
        ensure!(self.disorder.is_none(), "out of order: {:?}", self.disorder);
        let allowed = self.rate as f64 * self.watched.as_secs_f64();
        let used = self.sent as f64 / allowed;
        let least = if self.watched.as_secs() < 60 { USED_IN_SHORT } else { USED };
        ensure!(used >= least, "{} of {allowed} at {} a second is only {used:.3}", self.sent, self.rate);
        ensure!(self.accounts == crate::app::ACCOUNTS, "only {} accounts had a turn", self.accounts);
        ensure!(self.reply_took_ms <= PROMPT_MS, "a reply took {} ms", self.reply_took_ms);
        ensure!(self.in_time_ms > 0, "the last chance was missed by {} ms", -self.in_time_ms);
        Ok(())
    }
}
