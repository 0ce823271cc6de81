//! Welcome message, suggested questions and chat prompts (protocol reference, section 4.7).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// `auto_message_type` on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AutoMessageType {
    /// One text, sent when a chat begins.
    WelcomeMessage,
    /// Up to three questions with answers.
    SuggestedQuestion,
    /// Up to six titles with texts.
    ChatPrompt,
}

impl AutoMessageType {
    /// The member that carries the object, and the limits of its texts in characters.
    pub(crate) fn form(self) -> (&'static str, &'static [(&'static str, usize)]) {
        match self {
            Self::WelcomeMessage => ("welcome_message", &[("content", 250)]),
            Self::SuggestedQuestion => ("suggested_question", &[("question", 80), ("answer", 200)]),
            Self::ChatPrompt => ("chat_prompt", &[("title", 18), ("content", 150)]),
        }
    }

    /// How many of this type one account may have.
    pub(crate) fn most(self) -> usize {
        match self {
            Self::WelcomeMessage => 1,
            Self::SuggestedQuestion => 3,
            Self::ChatPrompt => 6,
        }
    }
}

/// `audit_status` on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AuditStatus {
    /// Nobody has decided yet.
    Reviewing,
    /// It may be shown.
    Approved,
    /// It may not be shown.
    Rejected,
}

/// One auto message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AutoMessage {
    /// Its id.
    pub auto_message_id: String,
    /// Its type.
    pub auto_message_type: AutoMessageType,
    /// How far its review got.
    pub audit_status: AuditStatus,
    /// `welcome_message`, `suggested_question` or `chat_prompt`.
    pub block: Value,
}

impl AutoMessage {
    /// The entry of `auto_message/get/`.
    pub(crate) fn entry(&self) -> Value {
        let mut entry = json!({
            "auto_message_id": self.auto_message_id,
            "auto_message_type": self.auto_message_type,
            "audit_status": self.audit_status,
        });
        entry[self.auto_message_type.form().0] = self.block.clone();
        entry
    }
}

/// All auto messages of one account, in display order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AutoMessages {
    /// The messages.
    pub messages: Vec<AutoMessage>,
    /// The types that are switched off.
    pub disabled: Vec<AutoMessageType>,
}

impl AutoMessages {
    pub(crate) fn of_type(&self, kind: AutoMessageType) -> impl Iterator<Item = &AutoMessage> {
        self.messages.iter().filter(move |message| message.auto_message_type == kind)
    }

    pub(crate) fn get(&self, id: &str, kind: AutoMessageType) -> Option<&AutoMessage> {
        self.of_type(kind).find(|message| message.auto_message_id == id)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut AutoMessage> {
        self.messages.iter_mut().find(|message| message.auto_message_id == id)
    }

    pub(crate) fn remove(&mut self, id: &str) {
        self.messages.retain(|message| message.auto_message_id != id);
    }

    /// What is approved and switched on.
    pub(crate) fn live(&self, kind: AutoMessageType) -> impl Iterator<Item = &AutoMessage> {
        let on = !self.disabled.contains(&kind);
        self.of_type(kind).filter(move |message| on && message.audit_status == AuditStatus::Approved)
    }

    pub(crate) fn is_on(&self, kind: AutoMessageType) -> bool {
        !self.disabled.contains(&kind)
    }

    pub(crate) fn switch(&mut self, kind: AutoMessageType, on: bool) {
        self.disabled.retain(|disabled| *disabled != kind);
        if !on {
            self.disabled.push(kind);
        }
    }
}
