//! Handles to the people of the simulated world.

use std::sync::Arc;

use serde_json::Value;

use crate::actions::{self, Place};
use crate::error::SimulatorError;
use crate::observed::SentEvent;
use crate::shared::Shared;
use crate::state::{Customer, Source};

/// A customer, who exists from the first use of the name.
#[derive(Debug, Clone)]
pub struct CustomerHandle {
    shared: Arc<Shared>,
    name: String,
    business: Option<String>,
}

impl CustomerHandle {
    pub(crate) fn new(shared: Arc<Shared>, name: &str) -> Self {
        Self { shared, name: name.to_owned(), business: None }
    }

    /// The same customer, in the conversation with this account instead of the first one.
    #[must_use]
    pub fn with_business(mut self, business_id: &str) -> Self {
        self.business = Some(business_id.to_owned());
        self
    }

    /// Writes a text: `im_receive_msg` (protocol reference, section 6.3).
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownBusiness`] if the chosen account does not exist.
    pub async fn says(&self, text: &str) -> Result<SentEvent, SimulatorError> {
        actions::customer_says(&self.shared, self.place(), text)
    }

    /// Sees everything in the conversation: `im_mark_read_msg`
    /// (protocol reference, section 6.9).
    ///
    /// # Errors
    ///
    /// [`SimulatorError::NothingToRead`] if nothing was said yet, and
    /// [`SimulatorError::UnknownBusiness`] if the chosen account does not exist.
    pub async fn reads(&self) -> Result<SentEvent, SimulatorError> {
        actions::customer_reads(&self.shared, self.place())
    }

    /// The members that every message of this customer has, without `type` and type block.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownBusiness`] if the chosen account does not exist.
    pub fn sample_content(&self) -> Result<Value, SimulatorError> {
        actions::sample_content(&self.shared, self.place())
    }

    /// The conversation with the chosen account, which begins on first use.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownBusiness`] if the chosen account does not exist.
    pub fn conversation_id(&self) -> Result<String, SimulatorError> {
        let business = self.business.as_deref();
        self.shared.update(|world| world.conversation_with(&self.name, business))
    }

    /// Who this is on the wire.
    #[must_use]
    pub fn profile(&self) -> Customer {
        self.shared.update(|world| world.customer(&self.name))
    }

    fn place(&self) -> Place<'_> {
        Place { customer: &self.name, business: self.business.as_deref(), conversation: None }
    }
}

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
        let place = Place { customer, business: self.business.as_deref(), conversation: None };
        actions::colleague_says(&self.shared, place, source, text)
    }
}
