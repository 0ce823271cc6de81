//! What the platform tells about businesses, people and itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use connector_capabilities::Reason;

use crate::{Account, Contact};

/// How a business presents itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccountProfile {
    /// The user name, which may change.
    #[serde(default)]
    pub handle: Option<String>,
    /// The name shown.
    #[serde(default)]
    pub display_name: Option<String>,
    /// A picture, at a URL that may expire.
    #[serde(default)]
    pub picture_url: Option<String>,
    /// The profile's own page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_url: Option<String>,
}

impl AccountProfile {
    /// A profile with these names.
    #[must_use]
    pub fn new(handle: Option<String>, display_name: Option<String>) -> Self {
        Self { handle, display_name, picture_url: None, profile_url: None }
    }

    /// With a picture.
    #[must_use]
    pub fn with_picture_url(mut self, url: impl Into<String>) -> Self {
        self.picture_url = Some(url.into());
        self
    }

    /// With the profile's own page.
    #[must_use]
    pub fn with_profile_url(mut self, url: Option<String>) -> Self {
        self.profile_url = url;
        self
    }
}

/// Ask about the other person of a conversation.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContactProfileRequest {
    /// For whom.
    pub account: Account,
    /// The platform's id of the conversation.
    pub conversation: String,
}

impl ContactProfileRequest {
    /// The other person of `conversation`.
    #[must_use]
    pub fn new(account: Account, conversation: impl Into<String>) -> Self {
        Self { account, conversation: conversation.into() }
    }
}

/// How the other person presents themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContactProfile {
    /// Who.
    pub contact: Contact,
    /// A picture, at a URL that may expire.
    #[serde(default)]
    pub picture_url: Option<String>,
    /// Whether the person follows the business, where that is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<bool>,
}

impl ContactProfile {
    /// This person, without a picture.
    #[must_use]
    pub fn new(contact: Contact) -> Self {
        Self { contact, picture_url: None, follows: None }
    }

    /// With a picture.
    #[must_use]
    pub fn with_picture_url(mut self, url: impl Into<String>) -> Self {
        self.picture_url = Some(url.into());
        self
    }

    /// With whether the person follows the business.
    #[must_use]
    pub fn with_follows(mut self, follows: Option<bool>) -> Self {
        self.follows = follows;
        self
    }
}

/// Settle facts that the capability document leaves unknown.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProbeRequest {
    /// For whom.
    pub account: Account,
    /// The platform's id of the conversation, for facts of a conversation.
    #[serde(default)]
    pub conversation: Option<String>,
    /// Whether the business has written in that conversation before.
    #[serde(default)]
    pub answered: bool,
    /// The claims to settle, as the document names them.
    pub facts: Vec<String>,
}

impl ProbeRequest {
    /// Facts of the account.
    #[must_use]
    pub fn new(account: Account, facts: Vec<String>) -> Self {
        Self { account, conversation: None, answered: false, facts }
    }

    /// Facts of one conversation.
    #[must_use]
    pub fn with_conversation(mut self, conversation: impl Into<String>) -> Self {
        self.conversation = Some(conversation.into());
        self
    }

    /// Of one in which the business has written before, or has not.
    #[must_use]
    pub fn with_answered(mut self, answered: bool) -> Self {
        self.answered = answered;
        self
    }
}

/// What a probe settled. A claim that is absent stays unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProbeAnswer {
    /// Claim to truth.
    pub facts: BTreeMap<String, bool>,
}

impl ProbeAnswer {
    /// These claims are settled.
    #[must_use]
    pub fn new(facts: BTreeMap<String, bool>) -> Self {
        Self { facts }
    }
}

/// Tell the platform where to deliver webhooks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConfigureWebhooksRequest {
    /// The public URL; `None` only asks what is configured.
    #[serde(default)]
    pub callback_url: Option<String>,
}

impl ConfigureWebhooksRequest {
    /// Deliver to `callback_url`, or only say what is configured.
    #[must_use]
    pub fn new(callback_url: Option<String>) -> Self {
        Self { callback_url }
    }
}

/// Where the platform delivers webhooks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WebhookConfiguration {
    /// As configured now.
    #[serde(default)]
    pub callback_url: Option<String>,
}

impl WebhookConfiguration {
    /// The platform delivers there; `None`: nowhere.
    #[must_use]
    pub fn new(callback_url: Option<String>) -> Self {
        Self { callback_url }
    }
}

/// Ask for ways in which customers can begin.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EntryPointsRequest {
    /// For whom.
    pub account: Account,
    /// The account's user name, as the host knows it from its profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// Comes back with the referral.
    #[serde(default)]
    pub reference: Option<String>,
    /// Text to put into the customer's input field.
    #[serde(default)]
    pub prefilled_text: Option<String>,
}

impl EntryPointsRequest {
    /// Ways to begin with `account`.
    #[must_use]
    pub fn new(account: Account) -> Self {
        Self { account, handle: None, reference: None, prefilled_text: None }
    }

    /// With the account's user name.
    #[must_use]
    pub fn with_handle(mut self, handle: Option<String>) -> Self {
        self.handle = handle;
        self
    }

    /// With a reference that comes back with the referral.
    #[must_use]
    pub fn with_reference(mut self, reference: impl Into<String>) -> Self {
        self.reference = Some(reference.into());
        self
    }

    /// With a text for the customer's input field.
    #[must_use]
    pub fn with_prefilled_text(mut self, text: impl Into<String>) -> Self {
        self.prefilled_text = Some(text.into());
        self
    }
}

/// Ways in which customers can begin.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EntryPoints {
    /// Kind, as in the document, to URL.
    pub urls: BTreeMap<String, String>,
    /// Kind, as in the document, to why there is none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub refused: BTreeMap<String, Reason>,
}

impl EntryPoints {
    /// These URLs, by kind.
    #[must_use]
    pub fn new(urls: BTreeMap<String, String>) -> Self {
        Self { urls, refused: BTreeMap::new() }
    }

    /// With the kinds of which there is none, and why.
    #[must_use]
    pub fn with_refused(mut self, refused: BTreeMap<String, Reason>) -> Self {
        self.refused = refused;
        self
    }
}
