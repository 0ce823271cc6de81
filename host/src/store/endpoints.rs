//! Where events are delivered to.

use async_trait::async_trait;
use connector_api::Timestamp;

use super::StoreError;
use crate::model::{AccountId, Endpoint, EndpointId, InboxEventKind};

/// A new endpoint; it is told of what happens from now on.
#[derive(Debug, Clone)]
pub struct NewEndpoint {
    /// Its id: the secret is sealed for it.
    pub id: EndpointId,
    /// Where.
    pub url: String,
    /// For people.
    pub description: String,
    /// Only these kinds; empty: every one.
    pub kinds: Vec<InboxEventKind>,
    /// Only these accounts; empty: all.
    pub accounts: Vec<AccountId>,
    /// Whether anything is delivered.
    pub enabled: bool,
    /// Sealed by the caller.
    pub secret: Vec<u8>,
}

/// What is to be different; `None` leaves it as it is.
#[derive(Debug, Clone, Default)]
pub struct EndpointChange {
    /// Where.
    pub url: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// Only these kinds.
    pub kinds: Option<Vec<InboxEventKind>>,
    /// Only these accounts.
    pub accounts: Option<Vec<AccountId>>,
    /// Whether anything is delivered.
    pub enabled: Option<bool>,
}

/// The sealed secrets that sign for an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSecrets {
    /// The present one.
    pub current: Vec<u8>,
    /// The one before, while it still signs.
    pub previous: Option<Vec<u8>>,
}

/// Where events are delivered to.
#[async_trait]
pub trait Endpoints: Send + Sync {
    /// Adds an endpoint; `None` where there are `most` already.
    async fn add_endpoint(
        &self,
        endpoint: NewEndpoint,
        most: u32,
        now: Timestamp,
    ) -> Result<Option<Endpoint>, StoreError>;
    /// Every endpoint, oldest first.
    async fn endpoints(&self) -> Result<Vec<Endpoint>, StoreError>;
    /// One endpoint.
    async fn endpoint(&self, id: EndpointId) -> Result<Option<Endpoint>, StoreError>;
    /// Changes an endpoint. One that is enabled again goes on where it was, but with nothing from before `not_before`.
    async fn change_endpoint(
        &self,
        id: EndpointId,
        change: EndpointChange,
        not_before: Timestamp,
    ) -> Result<Option<Endpoint>, StoreError>;
    /// Removes an endpoint; its deliveries are forgotten in time. `false` where there is none.
    async fn remove_endpoint(&self, id: EndpointId) -> Result<bool, StoreError>;
    /// Puts a sealed secret in the place of the present one, which goes on signing until `until`. The one before
    /// that ends at once. `None` where there is no such endpoint.
    async fn rotate_secret(
        &self,
        id: EndpointId,
        secret: Vec<u8>,
        until: Timestamp,
    ) -> Result<Option<Endpoint>, StoreError>;
    /// What signs for an endpoint now.
    async fn endpoint_secrets(
        &self,
        id: EndpointId,
        now: Timestamp,
    ) -> Result<Option<SealedSecrets>, StoreError>;
}
