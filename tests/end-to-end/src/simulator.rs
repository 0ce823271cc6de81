//! The simulator as a process.

use anyhow::{Context, Result};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{ChildProcess, artifact, http_client};

/// A running `tiktok-simulator`.
#[derive(Debug)]
pub struct SimulatorProcess {
    process: ChildProcess,
    http: Client,
    ready: Value,
}

impl SimulatorProcess {
    /// Starts it on a free port.
    ///
    /// # Errors
    /// Where it does not start.
    pub async fn start() -> Result<Self> {
        Self::start_with(&[]).await
    }

    /// Starts it on a free port with more arguments.
    ///
    /// # Errors
    /// Where it does not start.
    pub async fn start_with(arguments: &[&str]) -> Result<Self> {
        let mut command = Command::new(artifact("tiktok-simulator")?);
        command.args(["--listen", "127.0.0.1:0"]).args(arguments);
        let mut process = ChildProcess::start(command)?;
        let ready = serde_json::from_str(&process.line().await?)?;
        Ok(Self { process, http: http_client(), ready })
    }

    /// A value of its ready line, such as `listening`, `api_base`, `app_id`.
    ///
    /// # Errors
    /// Where the line has no such value.
    pub fn ready(&self, name: &str) -> Result<&str> {
        self.ready[name].as_str().with_context(|| format!("the simulator's ready line has no {name}"))
    }

    /// One call of its control API.
    ///
    /// # Errors
    /// Where the simulator refuses.
    pub async fn control(&self, path: &str, body: &Value) -> Result<Value> {
        let url = format!("{}/control/{path}", self.ready("listening")?);
        let response = self.http.post(url).json(body).send().await?;
        let (status, text) = (response.status(), response.text().await?);
        anyhow::ensure!(status.is_success(), "the simulator refused {path}: {text}");
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// Lets a customer write.
    ///
    /// # Errors
    /// Where the simulator refuses.
    pub async fn customer_says(&self, customer: &str, text: &str) -> Result<Value> {
        self.control("customer/says", &json!({"customer": customer, "text": text})).await
    }

    /// Everything that it knows.
    ///
    /// # Errors
    /// Where it does not answer.
    pub async fn state(&self) -> Result<Value> {
        let url = format!("{}/control/state", self.ready("listening")?);
        Ok(self.http.get(url).send().await?.json().await?)
    }

    /// Ends it in order.
    ///
    /// # Errors
    /// Where it does not end.
    pub async fn stop(self) -> Result<()> {
        self.process.stop().await
    }
}
