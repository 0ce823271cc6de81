//! Business accounts and the customers who write to them.

use serde::Serialize;

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
}

impl From<AccountConfig> for Account {
    fn from(config: AccountConfig) -> Self {
        Self { business_id: config.business_id, username: config.username, display_name: config.display_name }
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
        }
    }
}
