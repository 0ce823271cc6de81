//! Who may see and do what.

use std::collections::BTreeSet;

use connector_api::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AccountId, AuditId, KeyId};

/// The accounts that somebody may see and act for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Scope {
    /// All of them, and the host itself.
    #[default]
    Everything,
    /// These, with what belongs to them; everything else is as if it did not exist.
    Accounts(BTreeSet<AccountId>),
}

impl Scope {
    /// What of it is of `account`, where one is named.
    #[must_use]
    pub fn narrowed(&self, account: Option<AccountId>) -> Self {
        match account {
            None => self.clone(),
            Some(account) => {
                Self::Accounts(Some(account).filter(|account| self.covers(*account)).into_iter().collect())
            }
        }
    }

    /// Whether an account is in it.
    #[must_use]
    pub fn covers(&self, account: AccountId) -> bool {
        match self {
            Self::Everything => true,
            Self::Accounts(accounts) => accounts.contains(&account),
        }
    }
}

/// What an API key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Look.
    Read,
    /// Look and answer customers.
    Agent,
    /// Everything.
    Admin,
}

impl Role {
    /// Its name, as in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Agent => "agent",
            Self::Admin => "admin",
        }
    }
}

/// An API key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// The host's id.
    pub id: KeyId,
    /// For people.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// For which accounts.
    pub scope: Scope,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The key; `None` where it was none.
    pub key: Option<KeyId>,
    /// The key's name, or `cli`, or `owner`: the owner of an account in a browser.
    pub name: String,
}

impl Actor {
    /// Somebody without a key.
    #[must_use]
    pub fn keyless(name: &str) -> Self {
        Self { key: None, name: name.to_owned() }
    }
}

/// Something that somebody did, or tried to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// The host's id.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// The method and the route, or the command.
    pub action: String,
    /// What it was about.
    pub target: String,
    /// `done`, or the code of what stood against it.
    pub outcome: String,
}
