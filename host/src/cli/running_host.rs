//! The host that runs on the configured database, asked over its API. Whoever may write the database needs no key: one
//! is made for the question, and revoked after it.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use anyhow::{Context, bail};
use connector_api::Secret;
use jackfield::{
    Config,
    clock::Clock,
    keys,
    model::{Role, Scope},
    report::printable,
    store::{Keys as _, sqlite::SqliteStore},
};
use reqwest::{Client, Method, Response};
use serde_json::Value;

use super::shown;

/// What its keys are called, in the audit log as well.
const NAME: &str = "cli";
const WITHIN: Duration = Duration::from_secs(5);

/// A running host.
pub(super) struct RunningHost {
    http: Client,
    base: String,
    key: Secret,
}

/// Asks the running host what `questions` asks.
pub(super) async fn ask<T>(
    config: &Config,
    questions: impl AsyncFnOnce(&RunningHost) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let address = reachable(config.server.listen);
    // Fails only where it is there already.
    let _there_already = rustls::crypto::ring::default_provider().install_default();
    let http = Client::builder().no_proxy().connect_timeout(WITHIN).build()?;
    let base = format!("http://{address}");
    let alive = http.get(format!("{base}/healthz")).send().await;
    if alive.is_err() || !config.store.path.exists() {
        bail!(
            "no host answers at {address} (server.listen); this goes through the running one: start `jackfield serve`"
        );
    }
    let store = SqliteStore::open(&config.store.path).context("store.path")?;
    let now = || Clock::system().now();
    let (made, key) = keys::create(&store, NAME, Role::Admin, Scope::Everything, now()).await?;
    let answer = questions(&RunningHost { http, base, key }).await;
    store.revoke_key(made.id, now()).await.with_context(|| format!("the key {} is in force", made.id))?;
    answer.with_context(|| format!("the host at {address} on the database {}", shown(&config.store.path)))
}

/// A host that listens on every address listens on this machine's own.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let own: IpAddr = match listen {
        SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    SocketAddr::new(if listen.ip().is_unspecified() { own } else { listen.ip() }, listen.port())
}

impl RunningHost {
    /// The body of a success; null where there is none.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let request =
            self.http.request(method, format!("{}{path}", self.base)).bearer_auth(self.key.expose());
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let response: Response = request.send().await?;
        let status = response.status();
        let text = response.text().await?;
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        if status.is_success() {
            return Ok(body);
        }
        let said = |name: &str| body.get(name).and_then(Value::as_str).map(printable).unwrap_or_default();
        match said("code").as_str() {
            "auth.key_unknown" => bail!("it works on another database than this configuration names"),
            "" => bail!("it answers {status}"),
            code => bail!("{} ({code})", said("detail")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_asked_at_an_address_of_this_machine() {
        for (listens, asked) in [
            ("0.0.0.0:8080", "127.0.0.1:8080"),
            ("[::]:8080", "[::1]:8080"),
            ("10.1.2.3:80", "10.1.2.3:80"),
            ("127.0.0.1:8080", "127.0.0.1:8080"),
        ] {
            assert_eq!(reachable(listens.parse().unwrap()).to_string(), asked);
        }
    }
}
