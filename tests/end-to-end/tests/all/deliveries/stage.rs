//! A host in this process whose clock the test moves.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use anyhow::{Context, Result};
use connector_api::Timestamp;
use end_to_end::{Api, eventually};
use jackfield::{
    Config, Host,
    clock::Clock,
    config::WebhooksConfig,
    keys,
    model::{Role, Scope},
    seal::SealKey,
    store::{AuthorizedAccount, SealedCredentials},
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The second at which every test begins.
pub(crate) const BEGIN: i64 = 1_800_000_000;
pub(crate) const MINUTE: i64 = 60;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

pub(crate) struct Stage {
    pub(crate) host: Host,
    pub(crate) api: Api,
    now: Arc<AtomicI64>,
    _folder: TempDir,
}

impl Stage {
    /// One that delivers to this machine.
    pub(crate) async fn open() -> Result<Self> {
        Self::open_with(WebhooksConfig { allow_http: true, allow_private: true }).await
    }

    pub(crate) async fn open_with(webhooks: WebhooksConfig) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let connectors = folder.path().join("connectors");
        std::fs::create_dir(&connectors)?;
        let mut config = Config::new(folder.path().join("db"), connectors, SealKey::generate()?);
        config.server.listen = ([127, 0, 0, 1], 0).into();
        config.webhooks = webhooks;
        let now = Arc::new(AtomicI64::new(BEGIN));
        let clock = Clock::new({
            let now = Arc::clone(&now);
            move || Timestamp::from_seconds(now.load(Ordering::Relaxed))
        });
        let host = Host::start_with_clock(config, clock).await?;
        let (_, key) = keys::create(
            &**host.store(),
            "test",
            Role::Admin,
            Scope::Everything,
            Timestamp::from_seconds(BEGIN),
        )
        .await?;
        let api = Api::new(format!("http://{}", host.address()), key.expose());
        Ok(Self { host, api, now, _folder: folder })
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.now.load(Ordering::Relaxed))
    }

    /// Adds an endpoint; its id and its secret.
    pub(crate) async fn add(&self, url: &str) -> Result<(String, String)> {
        let added = self.api.post("/v1/webhook-endpoints", &json!({"url": url})).await?.success()?;
        let text = |name: &str| added[name].as_str().map(str::to_owned).with_context(|| format!("no {name}"));
        Ok((text("id")?, text("secret")?))
    }

    pub(crate) async fn endpoint(&self, id: &str) -> Result<Value> {
        self.api.get(&format!("/v1/webhook-endpoints/{id}")).await?.success()
    }

    /// An event: an account is connected.
    pub(crate) async fn happen(&self, account: &str) -> Result<()> {
        let credentials =
            SealedCredentials { sealed: Vec::new(), access_expires_at: None, refresh_expires_at: None };
        let account = AuthorizedAccount {
            instance: "shop".to_owned(),
            platform_id: account.to_owned(),
            handle: None,
            display_name: None,
            missing_scopes: Vec::new(),
            credentials,
        };
        self.host.store().save_account(account, self.now()).await?;
        Ok(())
    }

    /// So many seconds pass, and the deliveries are woken.
    pub(crate) async fn pass(&self, seconds: i64) -> Result<()> {
        self.now.fetch_add(seconds, Ordering::Relaxed);
        let endpoints = self.api.items("/v1/webhook-endpoints").await?;
        let id = endpoints[0]["id"].as_str().context("no endpoint")?;
        let same = json!({"description": "woken"});
        let path = format!("/v1/webhook-endpoints/{id}");
        self.api.request(reqwest::Method::PATCH, &path).json(&same).send().await?.error_for_status()?;
        Ok(())
    }

    pub(crate) async fn log(&self, endpoint: &str) -> Result<Vec<Value>> {
        self.api.items(&format!("/v1/webhook-endpoints/{endpoint}/deliveries")).await
    }

    /// The newest delivery once that many attempts at it are written down.
    pub(crate) async fn attempted(&self, endpoint: &str, times: usize) -> Result<Value> {
        let look = async || {
            let newest = self.log(endpoint).await?.into_iter().next();
            Ok(newest.filter(|delivery| delivery["attempts"].as_array().is_some_and(|a| a.len() >= times)))
        };
        eventually(&format!("attempt {times}"), look).await
    }

    pub(crate) async fn close(self) -> Result<()> {
        anyhow::ensure!(self.host.stop().await, "the host did not stop in time");
        Ok(())
    }
}
