//! What the host needs of a store. One test-suite holds for every implementation.
//!
//! Every method that changes something returns only when the change is on disk. Nothing outside the store decides
//! correctness: uniqueness, the reply window and the order of sends are settled inside its transactions.

pub mod sqlite;

use async_trait::async_trait;
use connector_api::{
    Content, Event, Timestamp,
    capabilities::{Reason, Verdict, WindowLedger},
};
use serde::Serialize;
use tokio::sync::watch;

use crate::model::{
    Account, AccountId, ApiKey, Conversation, ConversationId, InboxEvent, KeyId, Message, MessageId, Status,
};

/// Why the store has no answer.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It cannot write now: the disk is full, or too much is waiting. The caller may try again later.
    #[error("the store cannot write now: {0}")]
    Unavailable(String),
    /// It failed otherwise.
    #[error("the store failed: {0}")]
    Failed(String),
}

/// One authentic webhook request, or one page of a poll, and what its connector made of it.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The instance that it arrived for.
    pub instance: String,
    /// When.
    pub received_at: Timestamp,
    /// The raw body.
    pub body: Vec<u8>,
    /// Signed longer ago than the tolerance.
    pub stale: bool,
    /// What it says. Empty where it was not understood; it is kept all the same.
    pub events: Vec<Event>,
    /// Accounts to connect where they are not known yet: on channels that need no consent.
    pub accounts: Vec<AuthorizedAccount>,
    /// Where the next poll begins, where a poll brought this.
    pub polled: Option<Polled>,
}

/// Where the next poll begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Polled {
    /// The platform's id of the account that was polled; empty where the instance was.
    pub account: String,
    /// The channel's cursor; opaque.
    pub cursor: String,
}

/// So many events are taken in by one write: the writer has others to serve between two.
const EVENTS_AT_ONCE: usize = 250;

/// Takes an arrival in, a part at a time where it is large. Where a later part fails, the whole comes again, and what was
/// taken in already is told by its keys.
///
/// # Errors
/// Where a part cannot be taken in.
pub async fn ingest(store: &dyn Store, mut arrival: Arrival) -> Result<Ingested, StoreError> {
    let mut all = Ingested::default();
    while arrival.events.len() > EVENTS_AT_ONCE {
        let rest = arrival.events.split_off(EVENTS_AT_ONCE);
        let events = std::mem::replace(&mut arrival.events, rest);
        // The body and the cursor stand for the whole, and come with the last part.
        let part = Arrival { events, body: Vec::new(), polled: None, ..arrival.clone() };
        all.add(store.ingest(part).await?);
    }
    all.add(store.ingest(arrival).await?);
    Ok(all)
}

/// What became of an [`Arrival`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Ingested {
    /// Events that are new.
    pub new: u32,
    /// Events that had arrived before.
    pub duplicates: u32,
    /// Events of accounts that are not connected here; kept raw.
    pub unrouted: u32,
}

impl Ingested {
    fn add(&mut self, part: Self) {
        self.new += part.new;
        self.duplicates += part.duplicates;
        self.unrouted += part.unrouted;
    }
}

/// What is past: rows from before these moments are forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    /// Raw bodies.
    pub payloads: Timestamp,
    /// Events.
    pub events: Timestamp,
    /// De-duplication keys.
    pub seen: Timestamp,
    /// Consents that nobody completed, by their ends.
    pub authorizations: Timestamp,
}

/// A freshly authorised account. Credentials are sealed by the caller.
#[derive(Debug, Clone)]
pub struct AuthorizedAccount {
    /// The instance.
    pub instance: String,
    /// The platform's id.
    pub platform_id: String,
    /// Names, where the platform told them.
    pub handle: Option<String>,
    /// As above.
    pub display_name: Option<String>,
    /// Permissions that the owner did not grant.
    pub missing_scopes: Vec<String>,
    /// Credentials and their ends.
    pub credentials: SealedCredentials,
}

/// Encrypted credentials, and what of them may be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedCredentials {
    /// Encrypted.
    pub sealed: Vec<u8>,
    /// When the access token ends.
    pub access_expires_at: Option<Timestamp>,
    /// When a person has to consent again.
    pub refresh_expires_at: Option<Timestamp>,
}

/// Stored credentials and the version that a replacement has to name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCredentials {
    /// Counts up with each replacement.
    pub version: i64,
    /// The credentials.
    pub credentials: SealedCredentials,
}

/// A consent that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingAuthorization {
    /// For which instance.
    pub instance: String,
    /// The way back that the platform was told.
    pub redirect_uri: String,
}

/// A message that somebody wants to send.
#[allow(missing_debug_implementations, reason = "the check is a closure")]
pub struct NewMessage {
    /// Where.
    pub conversation: ConversationId,
    /// What.
    pub content: Content,
    /// Equal for repetitions of one request.
    pub idempotency_key: Option<String>,
    /// The present.
    pub now: Timestamp,
    /// The verdict for a ledger; runs inside the transaction that reserves the place.
    pub check: Box<dyn FnOnce(WindowLedger) -> Verdict + Send>,
}

/// What became of a [`NewMessage`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Enqueued {
    /// It has its place and is on disk.
    Queued(Message),
    /// The same request came before; this is its message.
    Repeated(Message),
    /// The idempotency key belongs to another content.
    KeyReused,
    /// The verdict is no.
    Denied(Vec<Reason>),
    /// There is no such conversation.
    UnknownConversation,
}

/// A message whose turn it is; `sending` is on disk.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The message.
    pub message: MessageId,
    /// What.
    pub content: Content,
    /// The conversation.
    pub conversation: ConversationId,
    /// The platform's id of the conversation.
    pub conversation_platform_id: String,
    /// The account.
    pub account: AccountId,
    /// The instance.
    pub instance: String,
    /// The conversation's reply window; the message's place in it is taken already.
    pub ledger: WindowLedger,
    /// How often it was tried before.
    pub attempts: u32,
}

/// What came back from sending a claimed message.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The platform accepted it under this id.
    Sent {
        /// The platform's id.
        platform_id: String,
    },
    /// It certainly was not sent; try again from then on.
    Retry {
        /// Not before.
        not_before: Timestamp,
        /// Why.
        reason: Reason,
    },
    /// It certainly was not sent and will not be; later messages of the conversation wait for a decision.
    Failed {
        /// Why.
        reason: Reason,
    },
    /// Nobody can say.
    Uncertain {
        /// Why.
        reason: Reason,
    },
}

impl Outcome {
    /// The status that the message gets.
    #[must_use]
    pub fn status(&self) -> Status {
        match self {
            Self::Sent { .. } => Status::Sent,
            Self::Retry { .. } => Status::Queued,
            Self::Failed { .. } => Status::Failed,
            Self::Uncertain { .. } => Status::Uncertain,
        }
    }

    /// Why it is not sent; `None` where it is.
    #[must_use]
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Sent { .. } => None,
            Self::Retry { reason, .. } | Self::Failed { reason } | Self::Uncertain { reason } => Some(reason),
        }
    }
}

/// What a person decided about an uncertain message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It was sent.
    WasSent,
    /// It was not sent.
    WasNotSent,
}

/// A page of a list, newest first, and where the next one begins.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Hand it back for the next page; `None` at the end.
    pub next: Option<Cursor>,
}

/// A place in a list: a time, and an id for rows of the same time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The row's time.
    pub at: Timestamp,
    /// The row's id.
    pub id: uuid::Uuid,
}

/// What the host needs of a store.
#[async_trait]
pub trait Store: Send + Sync {
    /// Takes one arrival in, in one committed write: raw body, events, de-duplication keys, windows.
    async fn ingest(&self, arrival: Arrival) -> Result<Ingested, StoreError>;
    /// Where the next poll of an account, or of an instance (`account` is empty), begins.
    async fn poll_cursor(&self, instance: &str, account: &str) -> Result<Option<String>, StoreError>;

    /// Adds an account, or gives a known one fresh credentials.
    async fn save_account(&self, account: AuthorizedAccount, now: Timestamp) -> Result<Account, StoreError>;
    /// Every account.
    async fn accounts(&self) -> Result<Vec<Account>, StoreError>;
    /// One account.
    async fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError>;
    /// An account's credentials.
    async fn credentials(&self, id: AccountId) -> Result<Option<StoredCredentials>, StoreError>;
    /// Takes the right to renew the credentials of that version until `until`. `false` where another holds it, or
    /// the version is past.
    async fn begin_refresh(
        &self,
        id: AccountId,
        version: i64,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Replaces the credentials of that version; `false` where the version is past. Ends the right to renew.
    async fn finish_refresh(
        &self,
        id: AccountId,
        version: i64,
        credentials: SealedCredentials,
    ) -> Result<bool, StoreError>;
    /// Gives the right to renew that was taken until `until` back without new credentials.
    async fn abandon_refresh(&self, id: AccountId, version: i64, until: Timestamp) -> Result<(), StoreError>;
    /// Marks an account as one that a person has to connect again, unless somebody has done so since `as_of`, the
    /// moment of which the reason speaks.
    async fn needs_attention(
        &self,
        id: AccountId,
        reason: Reason,
        as_of: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Remembers a consent that was begun, by the hash of its one-time state.
    async fn save_authorization(
        &self,
        state_hash: [u8; 32],
        pending: PendingAuthorization,
        expires_at: Timestamp,
    ) -> Result<(), StoreError>;
    /// Takes a begun consent out; once, and only before its end.
    async fn take_authorization(
        &self,
        state_hash: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<PendingAuthorization>, StoreError>;

    /// Conversations, the one with the newest message first.
    async fn conversations(
        &self,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Conversation>, StoreError>;
    /// One conversation.
    async fn conversation(&self, id: ConversationId) -> Result<Option<Conversation>, StoreError>;
    /// Messages of a conversation, newest first.
    async fn messages(
        &self,
        conversation: ConversationId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Message>, StoreError>;
    /// One message.
    async fn message(&self, id: MessageId) -> Result<Option<Message>, StoreError>;

    /// Checks, reserves the place and inserts, in one transaction.
    async fn enqueue(&self, message: NewMessage) -> Result<Enqueued, StoreError>;
    /// Whether an instance has a message whose turn it is.
    async fn ready(&self, instance: &str, now: Timestamp) -> Result<bool, StoreError>;
    /// An instance's messages whose turn it is, at most `limit`, each marked `sending`: the oldest of each
    /// conversation that has none in flight, none uncertain, and no hold.
    async fn claim(&self, instance: &str, now: Timestamp, limit: u32) -> Result<Vec<Claimed>, StoreError>;
    /// When the earliest waiting retry of an instance may be tried.
    async fn next_retry(&self, instance: &str, now: Timestamp) -> Result<Option<Timestamp>, StoreError>;
    /// Writes down what came back for a claimed message.
    async fn record(&self, message: MessageId, outcome: Outcome, now: Timestamp) -> Result<(), StoreError>;
    /// Marks every `sending` as uncertain and ends every right to renew. Called once, before anything is claimed.
    async fn recover(&self, now: Timestamp) -> Result<u32, StoreError>;
    /// Writes down what a person decided; the status afterwards, or `None` where the message is not uncertain.
    async fn decide(
        &self,
        message: MessageId,
        decision: Decision,
        now: Timestamp,
    ) -> Result<Option<Status>, StoreError>;
    /// Lets a held conversation go on. `false` where it was not held.
    async fn resume(&self, conversation: ConversationId) -> Result<bool, StoreError>;

    /// Events after `sequence`, oldest first.
    async fn events_after(&self, sequence: i64, limit: u32) -> Result<Vec<InboxEvent>, StoreError>;
    /// The oldest sequence that is still there; `None` where there is none.
    async fn oldest_event(&self) -> Result<Option<i64>, StoreError>;
    /// The newest sequence, and a notice whenever it grows.
    fn latest_event(&self) -> watch::Receiver<i64>;

    /// Adds an API key by the hash of its secret.
    async fn add_key(&self, key: ApiKey, hash: [u8; 32]) -> Result<(), StoreError>;
    /// The key of that hash, unless it was revoked.
    async fn key_by_hash(&self, hash: [u8; 32]) -> Result<Option<ApiKey>, StoreError>;
    /// Every key that was not revoked.
    async fn keys(&self) -> Result<Vec<ApiKey>, StoreError>;
    /// Brings everything into one place, as far as readers allow, before the host ends.
    async fn settle(&self) -> Result<(), StoreError>;
    /// Whether it can be read, and the newest write was kept or another one is now.
    async fn check(&self) -> Result<(), StoreError>;
    /// Forgets some of what is past; how many rows that were. Nothing is left once it answers 0.
    async fn forget(&self, past: Past) -> Result<u32, StoreError>;

    /// Revokes a key; `false` where there is none.
    async fn revoke_key(&self, id: KeyId, now: Timestamp) -> Result<bool, StoreError>;
}
