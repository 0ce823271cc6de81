//! A connected business and the right to act for it.

use connector_capabilities::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Secret;

/// The account that an operation acts for. The host keeps it; a connector gets it with every request.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Account {
    /// The platform's id of the business. Opaque: it may begin with `-` and hold `+` and `/`.
    pub id: String,
    /// The right to act for it.
    pub credentials: Credentials,
}

impl Account {
    /// An account with its credentials.
    #[must_use]
    pub fn new(id: impl Into<String>, credentials: Credentials) -> Self {
        Self { id: id.into(), credentials }
    }
}

/// The right to act for an account. The host stores it encrypted and renews it ahead of its end.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Credentials {
    /// Sent with each request.
    pub access_token: Secret,
    /// When the access token ends; `None` where it does not.
    #[serde(default)]
    pub access_expires_at: Option<Timestamp>,
    /// What it is renewed with.
    #[serde(default)]
    pub refresh_token: Option<Secret>,
    /// When the refresh token ends and a person has to consent again.
    #[serde(default)]
    pub refresh_expires_at: Option<Timestamp>,
    /// Permissions that the owner has granted.
    #[serde(default)]
    pub scopes: Vec<String>,
}

impl Credentials {
    /// Credentials that neither end nor can be renewed.
    #[must_use]
    pub fn permanent(access_token: Secret) -> Self {
        Self {
            access_token,
            access_expires_at: None,
            refresh_token: None,
            refresh_expires_at: None,
            scopes: Vec::new(),
        }
    }

    /// With the moment at which the access token ends, and what renews it until when.
    #[must_use]
    pub fn renewable(
        mut self,
        access_expires_at: Timestamp,
        refresh_token: Secret,
        refresh_expires_at: Option<Timestamp>,
    ) -> Self {
        self.access_expires_at = Some(access_expires_at);
        self.refresh_token = Some(refresh_token);
        self.refresh_expires_at = refresh_expires_at;
        self
    }

    /// With the permissions that the owner granted.
    #[must_use]
    pub fn with_scopes(mut self, scopes: Vec<String>) -> Self {
        self.scopes = scopes;
        self
    }
}
