//! Connected businesses.

use std::collections::BTreeMap;

use connector_api::{Timestamp, capabilities::Reason};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AccountId, MediumId, Pause};

/// A connected business of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The host's id.
    pub id: AccountId,
    /// The instance that it belongs to.
    pub instance: String,
    /// The platform's id; opaque.
    pub platform_id: String,
    /// The user name, where the platform told it.
    pub handle: Option<String>,
    /// The name shown, where the platform told it.
    pub display_name: Option<String>,
    /// Whether it can be acted for.
    pub status: AccountStatus,
    /// Why it needs attention.
    pub attention: Option<Reason>,
    /// Permissions that the owner did not grant.
    pub missing_scopes: Vec<String>,
    /// When the access token ends.
    pub access_expires_at: Option<Timestamp>,
    /// When a person has to consent again.
    pub refresh_expires_at: Option<Timestamp>,
    /// Whether listeners were warned of that end.
    pub consent_ending: bool,
    /// When it was first connected.
    pub created_at: Timestamp,
    /// Why nothing is sent for it at present.
    pub paused: Option<Pause>,
    /// Messages of which the platform told and that it does not hand on.
    pub withheld: Option<Withheld>,
    /// What else the platform told, by its names.
    pub notices: BTreeMap<String, Counted>,
    /// Its picture.
    pub avatar: Option<MediumId>,
    /// The page of its profile.
    pub profile_url: Option<String>,
}

impl Account {
    /// How long before the end of a consent listeners are warned of it.
    pub const CONSENT_WARNING_SECONDS: i64 = 30 * 86_400;

    /// The end of the owner's consent, where it is less than that ahead, or past.
    #[must_use]
    pub fn consent_ends_soon(&self, now: Timestamp) -> Option<Timestamp> {
        self.refresh_expires_at.filter(|end| *end <= now.plus_seconds(Self::CONSENT_WARNING_SECONDS))
    }
}

/// Messages of which the platform told and that it does not hand on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withheld {
    /// How many.
    pub count: u64,
    /// Of those, the ones that were found in what the platform lets one read back.
    pub found: u64,
    /// Those that were looked for in vain.
    pub given_up: u64,
    /// When the last one was written.
    pub last_at: Timestamp,
    /// Why, and what to do about it.
    pub reason: Reason,
}

/// How often something was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// So often.
    pub count: u64,
    /// The last time.
    pub last_at: Timestamp,
}

/// Whether an account can be acted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    /// Yes.
    Connected,
    /// A person has to connect it again.
    NeedsAttention,
    /// No: a person took it out. Its conversations stay, its credentials are gone.
    Removed,
}
