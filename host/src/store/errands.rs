//! Small things that are asked of platforms or told to them when there is time: profiles and read marks.

use async_trait::async_trait;
use connector_api::{AccountProfile, ContactProfile, Timestamp};

use super::StoreError;
use crate::model::{AccountId, ContactId, ConversationId, MediumId};

/// A contact whose profile is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueContact {
    /// Who.
    pub contact: ContactId,
    /// The account that they write to.
    pub account: AccountId,
    /// The platform's id of the newest conversation with them.
    pub conversation_platform_id: String,
    /// Where their picture is, where that was told beside something else.
    pub picture_url: Option<String>,
    /// How often it was tried before.
    pub attempts: u32,
}

/// An account whose profile is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueAccount {
    /// Which.
    pub account: AccountId,
    /// How often it was tried before.
    pub attempts: u32,
}

/// A conversation of which the platform is to be told that it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueReadMark {
    /// Which.
    pub conversation: ConversationId,
    /// When that is due; names the mark, because somebody may want another meanwhile.
    pub due: Timestamp,
    /// How often it was tried before.
    pub attempts: u32,
}

/// Small things that are asked of platforms or told to them when there is time. They are written down with what they
/// follow from: a new contact, a new consent, somebody who reads.
#[async_trait]
pub trait Errands: Send + Sync {
    /// A contact of an instance whose profile is due.
    async fn due_contact(&self, instance: &str, now: Timestamp) -> Result<Option<DueContact>, StoreError>;
    /// Keeps what a platform tells of a contact, and the picture where it was got; nothing is due until `next`.
    async fn keep_contact_profile(
        &self,
        contact: ContactId,
        told: ContactProfile,
        avatar: Option<MediumId>,
        next: Option<Timestamp>,
    ) -> Result<(), StoreError>;
    /// Nothing was told of a contact; asked again then, or not at all.
    async fn postpone_contact(&self, contact: ContactId, next: Option<Timestamp>) -> Result<(), StoreError>;
    /// The channel of an instance tells nothing of people: nothing is due of any contact that is known.
    async fn drop_due_contacts(&self, instance: &str) -> Result<(), StoreError>;
    /// An account of an instance whose profile is due.
    async fn due_account(&self, instance: &str, now: Timestamp) -> Result<Option<DueAccount>, StoreError>;
    /// Keeps how an account presents itself, and its picture where it was got; due again at `next`.
    async fn keep_account_profile(
        &self,
        account: AccountId,
        told: AccountProfile,
        avatar: Option<MediumId>,
        next: Option<Timestamp>,
    ) -> Result<(), StoreError>;
    /// Nothing was told of an account; asked again then, or not at all.
    async fn postpone_account(&self, account: AccountId, next: Option<Timestamp>) -> Result<(), StoreError>;
    /// The platform is to be told that a conversation was read.
    async fn want_read_mark(&self, conversation: ConversationId, now: Timestamp) -> Result<(), StoreError>;
    /// A read mark of an instance that is due.
    async fn due_read_mark(&self, instance: &str, now: Timestamp) -> Result<Option<DueReadMark>, StoreError>;
    /// A read mark was told, given up, or is to be told later. A newer one stays.
    async fn settle_read_mark(&self, mark: DueReadMark, next: Option<Timestamp>) -> Result<(), StoreError>;
    /// When the next of all this is due for an instance, after `now`.
    async fn next_errand(&self, instance: &str, now: Timestamp) -> Result<Option<Timestamp>, StoreError>;
}
