//! One simulated app with its accounts and customers.

use std::time::Duration;

use anyhow::{Context, Result};
use end_to_end::{HostOptions, HostProcess, TiktokApp};
use tiktok_simulator::{
    AccountConfig, DEFAULT_SCOPES, Fault, FaultKind, SentEvent, Simulator, SimulatorConfig,
};

pub(crate) const INSTANCE: &str = "shop";
pub(crate) const ACCOUNTS: usize = 50;
/// Of these all but the last few are full of waiting replies.
pub(crate) const CONVERSATIONS: usize = 2_000 + SPARE;
/// Conversations for what is sent meanwhile.
pub(crate) const SPARE: usize = 2;
const SEND: &str = "/business/message/send/";

/// One simulated app.
pub(crate) struct App {
    pub(crate) simulator: Simulator,
    pub(crate) rate: usize,
    /// What each customer wrote first, in the order of the customers.
    pub(crate) opened: Vec<SentEvent>,
    /// Of each account.
    pub(crate) tokens: Vec<String>,
}

pub(crate) fn business(number: usize) -> String {
    format!("-000SimBusinessOpenId{number:04}")
}

impl App {
    /// Two of them have the same ids and tokens.
    pub(crate) async fn start(rate: usize, latency: Duration) -> Result<Self> {
        let account = |number| AccountConfig {
            business_id: business(number),
            username: format!("shop{number}"),
            ..AccountConfig::default()
        };
        let config =
            SimulatorConfig { accounts: (0..ACCOUNTS).map(account).collect(), ..SimulatorConfig::default() };
        let simulator = Simulator::start(config).await?;
        simulator.configure(|settings| settings.qps = rate);
        if !latency.is_zero() {
            let millis = u64::try_from(latency.as_millis())?;
            simulator.inject(Fault::next(FaultKind::Slow { millis }).on(SEND).times(u32::MAX));
        }
        let mut opened = Vec::new();
        for number in 0..CONVERSATIONS {
            let customer = simulator.customer(&format!("customer {number}"));
            opened.push(customer.with_business(&business(number % ACCOUNTS)).says("hello").await?);
        }
        let token = |number| Ok(simulator.issue_tokens_for(&business(number), &DEFAULT_SCOPES)?.access_token);
        let tokens = (0..ACCOUNTS).map(token).collect::<Result<_>>()?;
        Ok(Self { simulator, rate, opened, tokens })
    }

    /// Starts a host for it on a copy of the database.
    pub(crate) async fn host(&self, database: &std::path::Path) -> Result<HostProcess> {
        let simulator = &self.simulator;
        let app = TiktokApp {
            id: simulator.app_id(),
            secret: simulator.app_secret(),
            api_base: &simulator.api_base(),
            authorize_url: &simulator.authorize_url(),
        };
        let options = HostOptions::new()?.quiet().tiktok_app(INSTANCE, &app)?;
        let options = options.variable("JACKFIELD__INSTANCES__SHOP__APP_RATE", &self.rate.to_string());
        // What is measured is the host as people run it.
        let options = options.variable("JACKFIELD_LOG", "info");
        std::fs::copy(database, options.database())?;
        let host = options.start().await.context("the host")?;
        simulator.set_webhook_url(&host.webhook_url(INSTANCE))?;
        Ok(host)
    }
}
