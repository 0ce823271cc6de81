//! Webhooks as TikTok delivers them, signed by hand, so that a test decides when and how often.

use anyhow::{Context, Result};
use end_to_end::{HostOptions, HostProcess, SimulatorProcess, http_client};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tiktok_simulator::signature_header;

pub(crate) const INSTANCE: &str = "shop";

/// A host with a connected account, and what is needed to sign for it.
pub(crate) struct Stage {
    pub(crate) host: HostProcess,
    pub(crate) simulator: SimulatorProcess,
    secret: String,
    app: String,
    business: String,
}

impl Stage {
    pub(crate) async fn set(options: impl FnOnce(HostOptions) -> HostOptions) -> Result<Self> {
        let simulator = SimulatorProcess::start().await?;
        let host = options(HostOptions::new()?.quiet().tiktok(INSTANCE, &simulator)?).start().await?;
        host.api().connect_account(INSTANCE).await?;
        let accounts = host.api().items("/v1/accounts").await?;
        let business = accounts[0]["platform_id"].as_str().context("no account")?.to_owned();
        let secret = simulator.ready("app_secret")?.to_owned();
        let app = simulator.ready("app_id")?.to_owned();
        Ok(Self { host, simulator, secret, app, business })
    }

    /// A customer's text, as it is delivered.
    pub(crate) fn text(&self, message: &str, text: &str) -> String {
        let now = now_ms();
        let content = json!({
            "from": "ana.lima", "to": "simshop", "unique_identifier": "Zx+9/kQ",
            "from_user": {"id": "Zx+9/kQ", "role": "personal_account"},
            "to_user": {"id": self.business, "role": "business_account"},
            "conversation_id": "cnv+A1/b2==", "message_id": message, "timestamp": now,
            "type": "text", "text": {"body": text}, "message_tag": {"source": "APP"},
        });
        json!({"client_key": self.app, "event": "im_receive_msg", "create_time": now / 1000,
               "user_openid": self.business, "content": content.to_string()})
        .to_string()
    }

    /// Delivers a body with a fresh signature.
    pub(crate) async fn deliver(&self, body: &str) -> Result<StatusCode> {
        let signature = signature_header(&self.secret, body.as_bytes(), now_ms() / 1000);
        let url = self.host.webhook_url(INSTANCE);
        let request = http_client().post(url).header("TikTok-Signature", signature).body(body.to_owned());
        Ok(request.send().await?.status())
    }

    /// The texts in the inbox, sorted.
    pub(crate) async fn inbox(&self) -> Result<Vec<String>> {
        let mut texts = Vec::new();
        for conversation in self.host.api().items("/v1/conversations").await? {
            let path = format!(
                "/v1/conversations/{}/messages?limit=200",
                conversation["id"].as_str().context("id")?
            );
            let messages = self.host.api().items(&path).await?;
            texts.extend(
                messages.iter().filter_map(|m: &Value| Some(m["content"]["text"].as_str()?.to_owned())),
            );
        }
        texts.sort();
        Ok(texts)
    }
}

pub(crate) fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
