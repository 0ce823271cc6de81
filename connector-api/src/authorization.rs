//! Connecting an account, renewing and giving up the right to act for it.

use connector_capabilities::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Account, Secret};

/// Where to send the owner of an account for consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BeginAuthorizationRequest {
    /// Where the platform sends the owner afterwards; exactly as registered with the platform.
    pub redirect_uri: String,
    /// One-time value that comes back with the owner; the host checks it.
    pub state: String,
}

impl BeginAuthorizationRequest {
    /// Consent with this way back.
    #[must_use]
    pub fn new(redirect_uri: impl Into<String>, state: impl Into<String>) -> Self {
        Self { redirect_uri: redirect_uri.into(), state: state.into() }
    }
}

/// The page on which the owner consents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuthorizationPage {
    /// To be opened in a browser.
    pub url: String,
}

impl AuthorizationPage {
    /// The page at `url`.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into() }
    }
}

/// Turn what came back from the consent page into an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CompleteAuthorizationRequest {
    /// The code that the platform added to the redirect.
    pub code: Secret,
    /// The same as at the beginning.
    pub redirect_uri: String,
    /// The present, to turn lifetimes into moments.
    pub now: Timestamp,
}

impl CompleteAuthorizationRequest {
    /// Exchange `code`.
    #[must_use]
    pub fn new(code: Secret, redirect_uri: impl Into<String>, now: Timestamp) -> Self {
        Self { code, redirect_uri: redirect_uri.into(), now }
    }
}

/// Renew the credentials of an account. The host calls it once at a time for each account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RefreshAuthorizationRequest {
    /// Whose.
    pub account: Account,
    /// The present, to turn lifetimes into moments.
    pub now: Timestamp,
}

impl RefreshAuthorizationRequest {
    /// Renew what `account` holds.
    #[must_use]
    pub fn new(account: Account, now: Timestamp) -> Self {
        Self { account, now }
    }
}

/// An account that may be acted for, and what its grant lacks.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Authorized {
    /// The account with fresh credentials.
    pub account: Account,
    /// Permissions that the connector needs and the owner did not grant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_scopes: Vec<String>,
}

impl Authorized {
    /// `account` may be acted for, except for what needs `missing_scopes`.
    #[must_use]
    pub fn new(account: Account, missing_scopes: Vec<String>) -> Self {
        Self { account, missing_scopes }
    }
}

/// What the platform says that a token is good for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GrantInspection {
    /// The platform's id of the business that the token acts for.
    #[serde(default)]
    pub account: Option<String>,
    /// Permissions that the owner has granted.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Permissions that the connector needs and the owner did not grant.
    #[serde(default)]
    pub missing_scopes: Vec<MissingScope>,
}

impl GrantInspection {
    /// A token for `account` with these permissions.
    #[must_use]
    pub fn new(account: Option<String>, scopes: Vec<String>, missing_scopes: Vec<MissingScope>) -> Self {
        Self { account, scopes, missing_scopes }
    }
}

/// A permission that an owner did not grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MissingScope {
    /// The platform's name of it.
    pub scope: String,
    /// What does not work without it, in a sentence.
    pub effect: String,
}

impl MissingScope {
    /// Without `scope`, `effect`.
    #[must_use]
    pub fn new(scope: impl Into<String>, effect: impl Into<String>) -> Self {
        Self { scope: scope.into(), effect: effect.into() }
    }
}

/// An operation that needs no more than the account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccountRequest {
    /// For whom.
    pub account: Account,
}

impl AccountRequest {
    /// For `account`.
    #[must_use]
    pub fn new(account: Account) -> Self {
        Self { account }
    }
}

/// Nothing to say beyond success.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Done {}

impl Done {
    /// It is done.
    #[must_use]
    pub const fn new() -> Self {
        Self {}
    }
}
