//! Changing the conditions of a running simulator.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::actions;
use crate::error::SimulatorError;
use crate::fault::{Fault, ScopedFault};
use crate::settings::{EchoMode, Settings};
use crate::simulator::Simulator;
use crate::tokens::TokenPair;
use crate::webhook;

impl Simulator {
    /// Registers the callback URL of direct messages.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::CallbackUrl`] if it is neither https nor plain http on loopback.
    pub fn set_webhook_url(&self, url: &str) -> Result<(), SimulatorError> {
        actions::set_callback(&self.shared, Some(url))
    }

    /// Registers one more redirect URL of the first app.
    pub fn allow_redirect_uri(&self, uri: &str) {
        let uri = uri.to_owned();
        self.shared.update(|world| world.apps.first_mut().redirect_uris.push(uri));
    }

    /// Queues a fault.
    pub fn inject(&self, fault: Fault) {
        self.shared.update(|world| world.faults.push(fault));
    }

    /// A fault that ends when the guard is dropped, whether it hit anything or not.
    pub fn scoped(&self, fault: Fault) -> ScopedFault {
        ScopedFault::new(Arc::clone(&self.shared), fault)
    }

    /// Drops the faults that still wait for their call.
    pub fn clear_faults(&self) {
        self.shared.update(|world| world.faults.clear());
    }

    /// Moves the simulated clock forward. Webhook retries that are due then happen at once.
    pub fn advance(&self, by: Duration) {
        self.shared.clock.advance(by);
    }

    /// Stops the simulated clock, or lets it run on.
    pub fn freeze(&self, frozen: bool) {
        self.shared.clock.set_frozen(frozen);
    }

    /// Simulated now in Unix milliseconds.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.shared.clock.now_ms()
    }

    /// Chooses when API sends are echoed.
    pub fn set_echo(&self, echo: EchoMode) {
        self.configure(|settings| settings.echo = echo);
    }

    /// Changes any of the settings.
    pub fn configure(&self, change: impl FnOnce(&mut Settings)) {
        self.shared.update(|world| change(&mut world.settings));
    }

    /// Tokens with all approved scopes for the first account, without the consent page.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::NoAccount`] if there is no account.
    pub fn issue_tokens(&self) -> Result<TokenPair, SimulatorError> {
        self.shared.issue_tokens(None, None, None)
    }

    /// Tokens for this account with these scopes, without the consent page.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownBusiness`] if the account does not exist.
    pub fn issue_tokens_for(&self, business_id: &str, scopes: &[&str]) -> Result<TokenPair, SimulatorError> {
        let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
        self.shared.issue_tokens(None, Some(business_id), Some(scopes))
    }

    /// Tokens of this account for another app, with all scopes that app was approved for.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownApp`] or [`SimulatorError::UnknownBusiness`].
    pub fn issue_tokens_to_app(&self, app_id: &str, business_id: &str) -> Result<TokenPair, SimulatorError> {
        self.shared.issue_tokens(Some(app_id), Some(business_id), None)
    }

    /// Every access token of the first account expires now; its refresh tokens live on.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::NoAccount`] if there is no account.
    pub fn expire_tokens(&self) -> Result<(), SimulatorError> {
        self.shared.expire_tokens(None)
    }

    /// The owner of the first account disconnects the app: its tokens are dead.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::NoAccount`] if there is no account.
    pub fn revoke_tokens(&self) -> Result<(), SimulatorError> {
        self.shared.revoke_tokens(None).map(|_| ())
    }

    /// Posts any event with any content about the first account; returns the event's name in
    /// the delivery log. Content that is a JSON string goes out as it is.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::NoAccount`] if there is no account.
    pub fn raw_event(&self, event: &str, content: Value) -> Result<String, SimulatorError> {
        actions::raw_event(&self.shared, None, event, content)
    }

    /// Posts an event of the delivery log once more; returns the name of the new delivery.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownEvent`] if the log has no such event.
    pub fn redeliver(&self, event_id: &str) -> Result<String, SimulatorError> {
        webhook::redeliver(&self.shared, event_id)
    }
}
