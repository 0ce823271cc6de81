//! A customer, as tests make them act.

use std::sync::Arc;

use serde_json::Value;

use crate::actions::{self, Place};
use crate::error::SimulatorError;
use crate::observed::SentEvent;
use crate::shared::Shared;
use crate::state::{Arrival, Customer, Direction, Face, Operation, Reaction};
use crate::utterance::Utterance;

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
        self.sends(&Utterance::text(text)).await
    }

    /// Sends anything.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnusableFile`] if bytes are not what they should be, and
    /// [`SimulatorError::UnknownBusiness`] if the chosen account does not exist.
    pub async fn sends(&self, utterance: &Utterance) -> Result<SentEvent, SimulatorError> {
        actions::customer_sends(&self.shared, self.place(), utterance, None)
    }

    /// Writes a text that quotes a message.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownMessage`] if the conversation has no such message.
    pub async fn quotes(&self, message_id: &str, text: &str) -> Result<SentEvent, SimulatorError> {
        actions::customer_sends(&self.shared, self.place(), &Utterance::text(text), Some(message_id))
    }

    /// Reacts to a message with an emoji (protocol reference, section 6.4).
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownMessage`] if the conversation has no such message.
    pub async fn reacts(&self, message_id: &str, emoji: &str) -> Result<SentEvent, SimulatorError> {
        self.changes_reactions(&[reaction(message_id, Operation::Add, emoji)]).await
    }

    /// Takes a reaction back.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownMessage`] if the conversation has no such message.
    pub async fn unreacts(&self, message_id: &str, emoji: &str) -> Result<SentEvent, SimulatorError> {
        self.changes_reactions(&[reaction(message_id, Operation::Remove, emoji)]).await
    }

    /// Several reactions in one event.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownMessage`] if the conversation has no such message.
    pub async fn changes_reactions(&self, reactions: &[Reaction]) -> Result<SentEvent, SimulatorError> {
        actions::reacts(&self.shared, self.place(), Direction::Incoming, reactions)
    }

    /// Taps a button of a card, named by its id or title (protocol reference, section 6.3).
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownMessage`] or [`SimulatorError::UnknownButton`].
    pub async fn taps(&self, message_id: &str, button: &str) -> Result<SentEvent, SimulatorError> {
        actions::customer_taps(&self.shared, self.place(), message_id, button)
    }

    /// Comes by an ad or a link: `im_referral_msg` (protocol reference, section 6.8).
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownBusiness`] if the chosen account does not exist.
    pub async fn arrives(&self, arrival: &Arrival) -> Result<SentEvent, SimulatorError> {
        actions::arrives(&self.shared, self.place(), arrival)
    }

    /// Taps a suggested question, which its automation answers (protocol reference, section 4.7).
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownQuestion`] if it is not approved or switched off.
    pub async fn asks(&self, question: &str) -> Result<SentEvent, SimulatorError> {
        actions::asks(&self.shared, self.place(), question)
    }

    /// Comments on a video; returns the comment's id. An event reports it where the account
    /// answers comments (protocol reference, section 6.11).
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownBusiness`] if the chosen account does not exist.
    pub async fn comments(&self, text: &str) -> Result<String, SimulatorError> {
        let business = self.business.as_deref();
        Ok(actions::comments(&self.shared, &self.name, business, text)?.0)
    }

    /// Changes who this is: country, age, handle, names and whether it follows the business.
    pub fn change(&self, change: impl FnOnce(&mut Customer)) {
        self.shared.update(|world| change(world.customer(&self.name)));
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
        self.shared.update(|world| world.customer(&self.name).clone())
    }

    fn place(&self) -> Place<'_> {
        Place { customer: &self.name, business: self.business.as_deref(), conversation: None }
    }
}

fn reaction(message_id: &str, operation: Operation, emoji: &str) -> Reaction {
    Reaction { message_id: message_id.to_owned(), operation, face: Face::emoji(emoji) }
}
