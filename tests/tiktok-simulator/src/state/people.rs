//! Business accounts and the customers who write to them.

use serde::Serialize;

use super::auto_messages::AutoMessages;
use crate::config::AccountConfig;
use crate::ids::Ids;

/// A business account.
#[derive(Debug, Clone, Serialize)]
pub struct Account {
    /// The `open_id`.
    pub business_id: String,
    /// The handle.
    pub username: String,
    /// The name people see.
    pub display_name: String,
    /// Where it is registered, as an ISO 3166 code.
    pub country: String,
    /// Whether everybody may write to it without a request.
    pub everyone_may_write: bool,
    /// Ids of its posts.
    pub posts: Vec<String>,
    /// Whether Comment-to-Message is on (protocol reference, section 4.8).
    pub answers_comments: bool,
    /// Its welcome message, suggested questions and chat prompts.
    pub auto_messages: AutoMessages,
}

impl From<AccountConfig> for Account {
    fn from(config: AccountConfig) -> Self {
        Self {
            business_id: config.business_id,
            username: config.username,
            display_name: config.display_name,
            country: config.country,
            everyone_may_write: config.everyone_may_write,
            posts: config.posts,
            answers_comments: false,
            auto_messages: AutoMessages::default(),
        }
    }
}

/// A personal account.
#[derive(Debug, Clone, Serialize)]
pub struct Customer {
    /// The name in the control API.
    pub name: String,
    /// The id on the wire (protocol reference, section 2.4).
    pub unique_identifier: String,
    /// The handle, which may change in reality.
    pub username: String,
    /// The name people see.
    pub display_name: String,
    /// Whether the customer follows the business.
    pub is_follower: bool,
    /// Where the customer is, as an ISO 3166 code (protocol reference, section 1.2).
    pub country: String,
    /// Whether the customer is older than 18.
    pub is_adult: bool,
}

impl Customer {
    /// The customer who appears when a name is used for the first time.
    pub(crate) fn named(name: &str, ids: &mut Ids) -> Self {
        let handle: String = name
            .chars()
            .map(|c| if c.is_alphanumeric() { c } else { '.' })
            .flat_map(char::to_lowercase)
            .collect();
        let mut letters = name.chars();
        let initial = letters.next().into_iter().flat_map(char::to_uppercase);
        Self {
            name: name.to_owned(),
            unique_identifier: ids.person(),
            username: format!("{handle}.sim"),
            display_name: initial.chain(letters).collect(),
            is_follower: false,
            country: "BR".to_owned(),
            is_adult: true,
        }
    }
}
