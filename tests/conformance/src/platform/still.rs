//! A fake platform whose clock stands still: days pass at once, and calls wait for nobody.

use std::{future::Future, sync::atomic::Ordering};

use connector_api::{ChannelConnector, ConnectorError, ErrorClass, Event, RefreshAuthorizationRequest};
use serde_json::{Value, json};

use super::{FakePlatform, told};

/// After so many seconds an access token may have ended.
const TOKENS_END_AFTER: u64 = 3_600;

impl FakePlatform {
    /// Stops its clock, which from now on only [`advance`](Self::advance) moves.
    pub(crate) async fn stand_still(&self) -> Result<(), String> {
        let frozen = self.control("clock/freeze", &json!({"frozen": true})).await?;
        self.stand_as(&frozen)
    }

    fn stand_as(&self, told: &Value) -> Result<(), String> {
        let at_ms = told["now_ms"].as_i64().ok_or("the clock does not say where it stands")?;
        self.clock.stand_at(at_ms);
        Ok(())
    }

    /// Seconds after which another call is welcome whatever came before.
    pub(super) fn pause(&self) -> u64 {
        self.apart.as_secs() + 1
    }

    /// Lets so many seconds pass.
    pub(crate) async fn advance(&self, seconds: u64) -> Result<(), String> {
        let moved = self.control("clock/advance", &json!({"seconds": seconds})).await?;
        self.stand_as(&moved)
    }

    /// Lets days pass, after which the account is renewed.
    pub(crate) async fn wait(&self, seconds: u64) -> Result<(), String> {
        self.advance(seconds).await?;
        let account = self.account().await;
        if seconds < TOKENS_END_AFTER || account.credentials.access_expires_at.is_none() {
            return Ok(());
        }
        let request = RefreshAuthorizationRequest::new(account, self.now());
        let renewed =
            self.instance.refresh_authorization(request).await.map_err(|error| error.to_string())?;
        *self.account.lock().await = renewed.account;
        Ok(())
    }

    /// Does what breaks a rule on purpose; the judge forgets it, and nothing else.
    pub(crate) async fn provoking<T>(&self, work: impl Future<Output = T>) -> Result<T, String> {
        let before = self.violations().await?;
        self.judged.lock().await.extend(before);
        let done = work.await;
        self.forget("violations").await?;
        Ok(done)
    }

    /// The rules that requests broke, as far as the judge remembers.
    pub(super) async fn violations(&self) -> Result<Vec<Value>, String> {
        let judged = self.shown("violations").await?;
        judged["violations"].as_array().cloned().ok_or_else(|| "the platform judges nothing".to_owned())
    }

    /// Counts a call that waits for nobody.
    pub(crate) fn unpaced(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    /// The conversation with that customer, who writes first.
    pub(crate) async fn conversation(&self, customer: &str) -> Result<String, String> {
        let event = self.says(customer, "hello").await?;
        Ok(conversation_of(&event))
    }

    /// How many messages the platform has taken.
    pub(crate) async fn taken(&self) -> Result<usize, String> {
        Ok(self.shown("state").await?["sends"].as_array().map_or(0, Vec::len))
    }
}

/// The conversation that an event is about.
pub(crate) fn conversation_of(event: &Event) -> String {
    told(event)["conversation"].as_str().unwrap_or_default().to_owned()
}

/// Whether the platform took it; what says neither is a failure.
pub(crate) fn is_taken<T>(answer: Result<T, ConnectorError>) -> Result<bool, String> {
    match answer {
        Ok(_) => Ok(true),
        Err(error) => match error.class {
            ErrorClass::Refused | ErrorClass::Invalid | ErrorClass::Unsupported => Ok(false),
            _ => Err(error.to_string()),
        },
    }
}
