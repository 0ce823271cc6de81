//! Messages that the platform sends by itself: a welcome, suggested questions, prompts.

use serde::{Deserialize, Serialize};

use crate::Account;

/// Look at or change the automatic messages of one kind. At most one request that counts against the declared rate.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AutomaticMessagesRequest {
    /// Whose.
    pub account: Account,
    /// Their kind, as in the document: `welcome_message`, …
    pub kind: String,
    /// What to do.
    pub action: AutomaticAction,
}

impl AutomaticMessagesRequest {
    /// Do this with the messages of `kind`.
    #[must_use]
    pub fn new(account: Account, kind: impl Into<String>, action: AutomaticAction) -> Self {
        Self { account, kind: kind.into(), action }
    }
}

/// What to do with automatic messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
#[non_exhaustive]
pub enum AutomaticAction {
    /// Say which there are.
    List,
    /// Add one.
    Create {
        /// What it says.
        text: AutomaticText,
    },
    /// Change one.
    Update {
        /// The platform's id.
        id: String,
        /// What it says from now on.
        text: AutomaticText,
    },
    /// Remove one.
    Delete {
        /// The platform's id.
        id: String,
    },
    /// Put all of them into this order.
    Sort {
        /// The platform's ids.
        ids: Vec<String>,
    },
    /// Switch all of the kind on or off.
    Switch {
        /// On or off.
        enabled: bool,
    },
    /// An action of a later time.
    #[serde(other)]
    Unknown,
}

/// What an automatic message says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AutomaticText {
    /// What the customer sees and taps, for kinds that have it: a question, a prompt's title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What is sent.
    pub text: String,
}

impl AutomaticText {
    /// `text`, behind a title where the kind has one.
    #[must_use]
    pub fn new(title: Option<String>, text: impl Into<String>) -> Self {
        Self { title, text: text.into() }
    }
}

/// The automatic messages of one kind, or of a change the one that it made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AutomaticMessages {
    /// Whether the kind is switched on; `None` where the platform did not say.
    #[serde(default)]
    pub enabled: Option<bool>,
    /// All of the kind where they were listed.
    #[serde(default)]
    pub messages: Vec<AutomaticMessage>,
    /// The platform's id of the one that was made or changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<String>,
}

impl AutomaticMessages {
    /// All of a kind.
    #[must_use]
    pub fn listed(enabled: Option<bool>, messages: Vec<AutomaticMessage>) -> Self {
        Self { enabled, messages, changed: None }
    }

    /// The one that was made or changed, if one was.
    #[must_use]
    pub fn changed(id: Option<String>) -> Self {
        Self { changed: id, ..Self::default() }
    }
}

/// One automatic message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AutomaticMessage {
    /// The platform's id.
    pub id: String,
    /// What it says.
    pub text: AutomaticText,
    /// What the platform's review says.
    #[serde(default)]
    pub review: Review,
}

impl AutomaticMessage {
    /// The message `id`, in this state of review.
    #[must_use]
    pub fn new(id: impl Into<String>, text: AutomaticText, review: Review) -> Self {
        Self { id: id.into(), text, review }
    }
}

/// Where the platform's review of a text stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Review {
    /// Not decided; it cannot be changed meanwhile.
    Reviewing,
    /// In use.
    Approved,
    /// Not used.
    Rejected,
    /// Not said, or a state of a later time.
    #[default]
    #[serde(other)]
    Unknown,
}
