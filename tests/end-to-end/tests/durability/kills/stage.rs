//! A platform that lives on while the host is killed, and people who look after what is left in doubt.

use std::{collections::HashSet, time::Duration};

use anyhow::{Context, Result, ensure};
use end_to_end::{HostOptions, HostProcess, TiktokApp, eventually};
use rusqlite::{Connection, OpenFlags};
use serde_json::json;
use tiktok_simulator::{CustomerHandle, Outcome, Simulator, SimulatorConfig};

use super::{
    listener::Listener,
    traffic::{Answered, Reply, Traffic, Work, send},
};

const INSTANCE: &str = "shop";
const CUSTOMERS: usize = 6;
/// So that much is under way at each kill.
const RATE: usize = 50;
/// A webhook that was not answered comes again so soon, and after twice as long each time.
const AGAIN: Duration = Duration::from_millis(20);
/// The longest pause before a webhook comes again that all rounds together leave time for.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

pub(crate) struct Stage {
    pub(crate) simulator: Simulator,
    pub(crate) host: HostProcess,
    pub(crate) listener: Listener,
    /// Every message that was answered 202.
    pub(crate) accepted: Vec<(String, Reply)>,
    talks: Vec<(CustomerHandle, String)>,
}

impl Stage {
    pub(crate) async fn set() -> Result<Self> {
        drop(end_to_end::http_client());
        let simulator = Simulator::start(SimulatorConfig::default()).await?;
        simulator.configure(|settings| {
            settings.qps = RATE;
            settings.retry_base_ms = u64::try_from(AGAIN.as_millis()).unwrap_or_default();
        });
        let app = TiktokApp {
            id: simulator.app_id(),
            secret: simulator.app_secret(),
            api_base: &simulator.api_base(),
            authorize_url: &simulator.authorize_url(),
        };
        let options = HostOptions::new()?.quiet().tiktok_app(INSTANCE, &app)?;
        let host =
            options.variable("JACKFIELD__INSTANCES__SHOP__APP_RATE", &RATE.to_string()).start().await?;
        simulator.set_webhook_url(&host.webhook_url(INSTANCE))?;
        host.api().connect_account(INSTANCE).await?;
        let listener = Listener::begin(host.api().clone());
        let mut stage = Self { simulator, host, listener, accepted: Vec::new(), talks: Vec::new() };
        for number in 0..CUSTOMERS {
            let customer = stage.simulator.customer(&format!("customer {number}"));
            let said = customer.says("hello out there").await?;
            let find = || async {
                let all = stage.host.api().items("/v1/conversations?limit=200").await?;
                let found = all.iter().find(|c| c["platform_id"] == said.conversation_id);
                Ok(found.and_then(|c| c["id"].as_str()).map(str::to_owned))
            };
            let conversation = eventually("the conversation", find).await?;
            stage.talks.push((customer, conversation));
        }
        Ok(stage)
    }

    pub(crate) fn traffic(&self, round: u64) -> Traffic {
        Traffic::begin(self.host.api(), &self.talks, round)
    }

    /// The host is back: who got no answer asks again, and what was certainly not sent is let go.
    pub(crate) async fn go_on(&mut self, work: Work) -> Result<()> {
        self.accepted.extend(work.accepted);
        for reply in work.cut_off {
            let again = || async {
                Ok(match send(self.host.api(), &reply).await? {
                    Answered::Accepted(id) => Some(Some(id)),
                    Answered::Denied => Some(None),
                    Answered::CutOff => None,
                })
            };
            if let Some(id) = eventually("an answer to the reply", again).await? {
                self.accepted.push((id, reply));
            }
        }
        self.decide().await
    }

    /// A person looks into the platform's own inbox: what is not there was not sent. What is there is left to its echo.
    async fn decide(&self) -> Result<()> {
        let sends = self.simulator.sends();
        let sent: HashSet<_> = sends.iter().filter_map(|send| send.text.as_deref()).collect();
        for (id, conversation, text) in self.uncertain()? {
            if sent.contains(text.as_str()) {
                continue;
            }
            let api = self.host.api();
            let decision = json!({"decision": "was_not_sent"});
            api.post(&format!("/v1/messages/{id}/decision"), &decision).await?.success()?;
            api.post(&format!("/v1/conversations/{conversation}/resume"), &json!({})).await?.success()?;
        }
        Ok(())
    }

    fn uncertain(&self) -> Result<Vec<(String, String, String)>> {
        let database = self.database()?;
        let mut query = database.prepare(
            "SELECT id, conversation_id, json_extract(content, '$.text') FROM messages WHERE status = 'uncertain'",
        )?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Waits until nothing is under way any more.
    pub(crate) async fn settle(&mut self) -> Result<()> {
        // A webhook that found no host each time it came would come again only then.
        self.simulator.advance(LONGEST_PAUSE);
        let nothing_left = || async { Ok(self.under_way()?.is_empty().then_some(())) };
        let settled = eventually("the end of everything", nothing_left).await;
        settled.with_context(|| format!("under way: {:#?}", self.under_way()))?;
        let events: i64 = self.database()?.query_row("SELECT count(*) FROM events", [], |row| row.get(0))?;
        self.listener.at_least(usize::try_from(events)?).await
    }

    /// Webhooks that have not been taken, messages of which it is open what becomes of them, echoes that wait for a send.
    fn under_way(&self) -> Result<Vec<String>> {
        let deliveries = self.simulator.deliveries();
        let open = deliveries.iter().filter(|delivery| delivery.outcome != Outcome::Delivered);
        let mut open: Vec<_> = open.map(|delivery| format!("{delivery:?}")).collect();
        let sends = self.simulator.sends();
        let database = self.database()?;
        let mut query = database.prepare(
            "SELECT id, status, json_extract(content, '$.text'),
                    (SELECT count(*) FROM parked_echoes WHERE conversation_id = messages.conversation_id)
             FROM messages WHERE status IN ('queued', 'sending', 'uncertain')",
        )?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let (id, status, text): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let parked: i64 = row.get(3)?;
            let seen = sends.iter().filter(|send| send.text.as_ref() == Some(&text)).count();
            open.push(format!("{id} {text:?} is {status}, seen {seen} times, {parked} echoes parked"));
        }
        Ok(open)
    }

    /// The host's database, to look at.
    pub(crate) fn database(&self) -> Result<Connection> {
        let path = self.host.folder().join("jackfield.db");
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).context("the database")
    }

    pub(crate) async fn end(self) -> Result<()> {
        ensure!(self.simulator.violations().is_empty(), "the platform complains");
        self.host.stop().await?;
        self.simulator.shutdown().await;
        Ok(())
    }
}
