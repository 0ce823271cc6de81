//! People talking: messages enter conversations here.

use serde_json::Value;

use super::content::{Automation, Content, ReplySource};
use super::conversation::{Conversation, ConversationType, Direction, Message, MessageStatus, Source};
use super::people::Customer;
use super::window::ReplyWindow;
use super::{Account, AutoMessageType, DIRECT_MESSAGE, World};
use crate::error::SimulatorError;
use crate::regions;
use crate::webhook::{NewEvent, content};

/// A message of the business before it has an id.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) source: Source,
    pub(crate) content: Content,
    pub(crate) referenced_message_id: Option<String>,
    pub(crate) automation: Option<Automation>,
}

/// A message of a customer before it has an id.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) content: Content,
    pub(crate) referenced_message_id: Option<String>,
    pub(crate) reply_source: Option<ReplySource>,
}

/// Something that was said, with the events that report it and what follows at once.
#[derive(Debug)]
pub(crate) struct Said {
    /// Empty for what is no message.
    pub(crate) message_id: String,
    /// The event of what was said; some things have none.
    pub(crate) event: Option<NewEvent>,
    pub(crate) then: Vec<NewEvent>,
}

impl World {
    /// The customer of this name, who appears on first use.
    pub(crate) fn customer(&mut self, name: &str) -> &mut Customer {
        let ids = &mut self.ids;
        self.customers.entry(name.to_owned()).or_insert_with(|| Customer::named(name, ids))
    }

    /// The conversation of a customer with an account, which begins on first use.
    pub(crate) fn conversation_with(
        &mut self,
        customer: &str,
        business_id: Option<&str>,
    ) -> Result<String, SimulatorError> {
        let account = self.account(business_id)?;
        let (business_id, accepted) = (account.business_id.clone(), account.everyone_may_write);
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
            accepted,
            ads: Vec::new(),
            short_links: Vec::new(),
            messages: Vec::new(),
            window: ReplyWindow::default(),
        });
        Ok(conversation_id)
    }

    /// The conversation with this id.
    pub(crate) fn conversation(&mut self, id: &str) -> Option<&mut Conversation> {
        self.conversations.iter_mut().find(|conversation| conversation.conversation_id == id)
    }

    /// The people of a conversation.
    pub(crate) fn people(&self, conversation_id: &str) -> Option<(&Account, &Customer, &Conversation)> {
        let conversation =
            self.conversations.iter().find(|known| known.conversation_id == conversation_id)?;
        let account = self.account(Some(&conversation.business_id)).ok()?;
        let customer = self.customers.get(&conversation.customer)?;
        Some((account, customer, conversation))
    }

    /// Whether the customer of a conversation is in the EEA, Switzerland or the UK.
    pub(crate) fn is_eu(&self, conversation_id: &str) -> bool {
        self.people(conversation_id).is_some_and(|(_, customer, _)| regions::is_excluded(&customer.country))
    }

    /// A customer writes: `im_receive_msg` (protocol reference, section 6.3).
    pub(crate) fn customer_says(
        &mut self,
        conversation_id: &str,
        incoming: Incoming,
        now_ms: i64,
    ) -> Option<Said> {
        let message = Message {
            message_id: self.ids.message(),
            direction: Direction::Incoming,
            source: Source::App,
            content: incoming.content,
            referenced_message_id: incoming.referenced_message_id,
            reply_source_payload: incoming.reply_source,
            auto_message_type: None,
            reactions: Vec::new(),
            timestamp_ms: now_ms,
            status: MessageStatus::Sent,
        };
        let conversation = self.conversation(conversation_id)?;
        let is_first = conversation.messages.is_empty();
        conversation.window.opened(now_ms);
        let mut said = self.add(conversation_id, message, now_ms)?;
        if is_first && let Some(welcome) = self.welcome(conversation_id) {
            let greeting =
                self.automation_says(conversation_id, Automation::WelcomeMessage, &welcome, now_ms)?;
            said.then.extend(greeting.event);
        }
        Some(said)
    }

    fn welcome(&self, conversation_id: &str) -> Option<String> {
        let (account, ..) = self.people(conversation_id)?;
        let welcome = account.auto_messages.live(AutoMessageType::WelcomeMessage).next()?;
        welcome.block["content"].as_str().map(str::to_owned)
    }

    /// One of TikTok's automations writes for the business (protocol reference, section 6.6).
    pub(crate) fn automation_says(
        &mut self,
        conversation_id: &str,
        automation: Automation,
        text: &str,
        now_ms: i64,
    ) -> Option<Said> {
        let outgoing = Outgoing {
            source: self.settings.automation_source,
            content: Content::text_of(text),
            referenced_message_id: None,
            automation: Some(automation),
        };
        self.business_says(conversation_id, outgoing, now_ms)
    }

    /// The business writes: `im_send_msg` (protocol reference, section 6.6).
    pub(crate) fn business_says(
        &mut self,
        conversation_id: &str,
        outgoing: Outgoing,
        now_ms: i64,
    ) -> Option<Said> {
        let message = Message {
            message_id: self.ids.message(),
            direction: Direction::Outgoing,
            source: outgoing.source,
            content: outgoing.content,
            referenced_message_id: outgoing.referenced_message_id,
            reply_source_payload: None,
            auto_message_type: outgoing.automation,
            reactions: Vec::new(),
            timestamp_ms: now_ms,
            status: MessageStatus::Sent,
        };
        let counts = match (message.auto_message_type, message.source) {
            (Some(_), _) => self.settings.automations_count,
            (None, Source::Api) => true,
            (None, _) => self.settings.app_messages_count,
        };
        let conversation = self.conversation(conversation_id)?;
        // An automation is no answer: nobody has decided to talk to the stranger.
        if message.auto_message_type.is_none() {
            conversation.conversation_type = ConversationType::Single;
        }
        if counts {
            conversation.window.consume(now_ms);
        }
        self.add(conversation_id, message, now_ms)
    }

    /// A customer reads: `im_mark_read_msg` (protocol reference, section 6.9). Nobody hears of
    /// the reading of people in the EEA, Switzerland and the UK.
    pub(crate) fn customer_reads(&mut self, conversation_id: &str, now_ms: i64) -> Option<Said> {
        let last_read_ms = self.conversation(conversation_id)?.read()?;
        let (account, customer, conversation) = self.people(conversation_id)?;
        let payload = content::read(account, customer, conversation, last_read_ms, now_ms);
        let event = (!self.is_eu(conversation_id))
            .then(|| self.direct_message_event(conversation_id, "im_mark_read_msg", payload));
        Some(Said { message_id: String::new(), event: event.flatten(), then: Vec::new() })
    }

    /// The members that every message of a customer has, without `type` and type block.
    pub(crate) fn sample(&mut self, conversation_id: &str, now_ms: i64) -> Option<Value> {
        let message_id = self.ids.message();
        let (account, customer, conversation) = self.people(conversation_id)?;
        Some(content::common(account, customer, conversation, &message_id, now_ms))
    }

    fn add(&mut self, conversation_id: &str, message: Message, now_ms: i64) -> Option<Said> {
        let message_id = message.message_id.clone();
        let incoming = message.direction == Direction::Incoming;
        let unheard = matches!(&message.content, Content::Other { webhook_type: None });
        let (account, customer, conversation) = self.people(conversation_id)?;
        let (name, payload) = if incoming && self.is_eu(conversation_id) {
            ("im_receive_msg_eu", content::eu_notice(account, now_ms))
        } else {
            let name = if incoming { "im_receive_msg" } else { "im_send_msg" };
            (name, content::message(account, customer, conversation, &message, &self.settings))
        };
        self.conversation(conversation_id)?.messages.push(message);
        let event = self.direct_message_event(conversation_id, name, payload);
        Some(Said { message_id, event: event.filter(|_| !unheard), then: Vec::new() })
    }

    pub(crate) fn direct_message_event(
        &self,
        conversation_id: &str,
        event: &str,
        payload: Value,
    ) -> Option<NewEvent> {
        let (account, ..) = self.people(conversation_id)?;
        Some(NewEvent {
            category: DIRECT_MESSAGE.to_owned(),
            event: event.to_owned(),
            business_id: account.business_id.clone(),
            lane: conversation_id.to_owned(),
            content: payload,
        })
    }
}
