//! A business account, as the people who work there use it.

use std::sync::Arc;

use crate::actions::{self, Place};
use crate::error::SimulatorError;
use crate::observed::SentEvent;
use crate::review;
use crate::shared::Shared;
use crate::state::{Account, AuditStatus, Automation, Source};
use crate::utterance::Utterance;

/// A business account, as the people who work there use it.
#[derive(Debug, Clone)]
pub struct BusinessHandle {
    shared: Arc<Shared>,
    business: Option<String>,
}

impl BusinessHandle {
    pub(crate) fn new(shared: Arc<Shared>, business: Option<&str>) -> Self {
        Self { shared, business: business.map(str::to_owned) }
    }

    /// A colleague answers in the TikTok app: an `im_send_msg` with source `APP`.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownBusiness`] if this account does not exist.
    pub async fn app_reply(&self, customer: &str, text: &str) -> Result<SentEvent, SimulatorError> {
        self.reply(customer, Source::App, text)
    }

    /// A colleague answers on the web: an `im_send_msg` with source `WEB`.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownBusiness`] if this account does not exist.
    pub async fn web_reply(&self, customer: &str, text: &str) -> Result<SentEvent, SimulatorError> {
        self.reply(customer, Source::Web, text)
    }

    /// A colleague sends anything by hand.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownBusiness`] if this account does not exist.
    pub async fn sends(
        &self,
        customer: &str,
        source: Source,
        utterance: &Utterance,
    ) -> Result<SentEvent, SimulatorError> {
        actions::colleague_sends(&self.shared, self.place(customer), source, utterance)
    }

    /// One of TikTok's automations writes for the account (protocol reference, section 6.6).
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownBusiness`] if this account does not exist.
    pub async fn automation_says(
        &self,
        customer: &str,
        automation: Automation,
        text: &str,
    ) -> Result<SentEvent, SimulatorError> {
        actions::automation_sends(&self.shared, self.place(customer), automation, text)
    }

    /// Accepts a message request, so that its events are posted (section 13, item 22).
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownBusiness`] if this account does not exist.
    pub async fn accepts(&self, customer: &str) -> Result<(), SimulatorError> {
        actions::accepts(&self.shared, self.place(customer)).map(|_| ())
    }

    /// Decides about an auto message: `im_auto_message_audit_update` (section 6.10).
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownAutoMessage`] if this account has no such auto message.
    pub async fn reviews(
        &self,
        auto_message_id: &str,
        verdict: AuditStatus,
    ) -> Result<String, SimulatorError> {
        review::decide(&self.shared, self.business.as_deref(), auto_message_id, verdict)
    }

    /// Changes the account: country, who may write, posts, Comment-to-Message.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownBusiness`] if this account does not exist.
    pub fn change(&self, change: impl FnOnce(&mut Account)) -> Result<(), SimulatorError> {
        self.shared.update(|world| world.account_mut(self.business.as_deref()).map(change))
    }

    /// The owner disconnects the app: tokens die, `authorization.removed` is posted with a reason
    /// from 0 to 5 (protocol reference, section 3.7). Returns the event's name in the log.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownBusiness`] if this account does not exist.
    pub async fn disconnects(&self, reason: i64) -> Result<String, SimulatorError> {
        actions::disconnects(&self.shared, self.business.as_deref(), reason)
    }

    /// The `business_id`.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownBusiness`] if this account does not exist.
    pub fn id(&self) -> Result<String, SimulatorError> {
        let world = self.shared.world();
        let account = world.account(self.business.as_deref())?;
        Ok(account.business_id.clone())
    }

    fn reply(&self, customer: &str, source: Source, text: &str) -> Result<SentEvent, SimulatorError> {
        let place = self.place(customer);
        actions::colleague_sends(&self.shared, place, source, &Utterance::text(text))
    }

    fn place<'a>(&'a self, customer: &'a str) -> Place<'a> {
        Place { customer, business: self.business.as_deref(), conversation: None }
    }
}
