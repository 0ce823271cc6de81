//! People talking: messages enter conversations here.

use serde_json::Value;

use super::conversation::{
    Content, Conversation, ConversationType, Direction, Message, MessageStatus, Source,
};
use super::people::Customer;
use super::window::ReplyWindow;
use super::{DIRECT_MESSAGE, World};
use crate::error::SimulatorError;
use crate::webhook::{NewEvent, content};

/// A message of the business before it has an id.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) source: Source,
    pub(crate) content: Content,
    pub(crate) referenced_message_id: Option<String>,
}

impl World {
    /// The customer of this name, who appears on first use.
    pub(crate) fn customer(&mut self, name: &str) -> Customer {
        let ids = &mut self.ids;
        self.customers.entry(name.to_owned()).or_insert_with(|| Customer::named(name, ids)).clone()
    }

    /// The conversation of a customer with an account, which begins on first use.
    pub(crate) fn conversation_with(
        &mut self,
        customer: &str,
        business_id: Option<&str>,
    ) -> Result<String, SimulatorError> {
        let business_id = self.account(business_id)?.business_id.clone();
        self.customer(customer);
        let existing = self
            .conversations
            .iter()
            .find(|known| known.customer == customer && known.business_id == business_id);
        if let Some(known) = existing {
            return Ok(known.conversation_id.clone());
        }
        let conversation_id = self.ids.conversation();
        self.conversations.push(Conversation {
            conversation_id: conversation_id.clone(),
            business_id,
            customer: customer.to_owned(),
            conversation_type: ConversationType::Stranger,
            messages: Vec::new(),
            window: ReplyWindow::default(),
        });
        Ok(conversation_id)
    }

    /// The conversation with this id.
    pub(crate) fn conversation(&mut self, id: &str) -> Option<&mut Conversation> {
        self.conversations.iter_mut().find(|conversation| conversation.conversation_id == id)
    }

    /// A customer writes: `im_receive_msg` (protocol reference, section 6.3).
    pub(crate) fn customer_says(
        &mut self,
        conversation_id: &str,
        text: &str,
        now_ms: i64,
    ) -> Option<(String, NewEvent)> {
        let message = Message {
            message_id: self.ids.message(),
            direction: Direction::Incoming,
            source: Source::App,
            content: Content::Text { body: text.to_owned() },
            referenced_message_id: None,
            timestamp_ms: now_ms,
            status: MessageStatus::Sent,
        };
        let conversation = self.conversation(conversation_id)?;
        conversation.window.opened(now_ms);
        self.add(conversation_id, message, "im_receive_msg")
    }

    /// The business writes: `im_send_msg` (protocol reference, section 6.6).
    pub(crate) fn business_says(
        &mut self,
        conversation_id: &str,
        outgoing: Outgoing,
        now_ms: i64,
    ) -> Option<(String, NewEvent)> {
        let message = Message {
            message_id: self.ids.message(),
            direction: Direction::Outgoing,
            source: outgoing.source,
            content: outgoing.content,
            referenced_message_id: outgoing.referenced_message_id,
            timestamp_ms: now_ms,
            status: MessageStatus::Sent,
        };
        let counts = message.source == Source::Api || self.settings.app_messages_count;
        let conversation = self.conversation(conversation_id)?;
        conversation.conversation_type = ConversationType::Single;
        if counts {
            conversation.window.consume(now_ms);
        }
        self.add(conversation_id, message, "im_send_msg")
    }

    /// A customer reads: `im_mark_read_msg` (protocol reference, section 6.9).
    pub(crate) fn customer_reads(&mut self, conversation_id: &str, now_ms: i64) -> Option<NewEvent> {
        let last_read_ms = self.conversation(conversation_id)?.read()?;
        let payload = self.payload(conversation_id, |account, customer, conversation| {
            content::read(account, customer, conversation, last_read_ms, now_ms)
        })?;
        self.direct_message_event(conversation_id, "im_mark_read_msg", payload)
    }

    /// The payload of a message that nobody sends.
    pub(crate) fn unsent(
        &mut self,
        conversation_id: &str,
        direction: Direction,
        content: Content,
        now_ms: i64,
    ) -> Option<Value> {
        let message = Message {
            message_id: self.ids.message(),
            direction,
            source: Source::App,
            content,
            referenced_message_id: None,
            timestamp_ms: now_ms,
            status: MessageStatus::Sent,
        };
        self.payload(conversation_id, |account, customer, conversation| {
            content::message(account, customer, conversation, &message)
        })
    }

    fn add(&mut self, conversation_id: &str, message: Message, event: &str) -> Option<(String, NewEvent)> {
        let payload = self.payload(conversation_id, |account, customer, conversation| {
            content::message(account, customer, conversation, &message)
        })?;
        let message_id = message.message_id.clone();
        self.conversation(conversation_id)?.messages.push(message);
        let event = self.direct_message_event(conversation_id, event, payload)?;
        Some((message_id, event))
    }

    fn payload(
        &self,
        conversation_id: &str,
        build: impl FnOnce(&super::Account, &Customer, &Conversation) -> Value,
    ) -> Option<Value> {
        let conversation =
            self.conversations.iter().find(|known| known.conversation_id == conversation_id)?;
        let account = self.account(Some(&conversation.business_id)).ok()?;
        let customer = self.customers.get(&conversation.customer)?;
        Some(build(account, customer, conversation))
    }

    fn direct_message_event(
        &mut self,
        conversation_id: &str,
        event: &str,
        payload: Value,
    ) -> Option<NewEvent> {
        let business_id = self.conversation(conversation_id)?.business_id.clone();
        Some(NewEvent {
            category: DIRECT_MESSAGE.to_owned(),
            event: event.to_owned(),
            business_id,
            lane: conversation_id.to_owned(),
            content: payload,
        })
    }
}
