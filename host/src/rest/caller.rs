//! Who is asking, and what of everything is there for them.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};

use super::{auth, body::id, problem::Problem};
use crate::{
    model::{Account, AccountId, ApiKey, Conversation, Message, Scope},
    shared::Shared,
};

/// Whoever proved to be the holder of an API key. [`auth::require`] says so, before a handler runs.
#[derive(Debug, Clone)]
pub(super) struct Caller(pub(super) Arc<ApiKey>);

impl Caller {
    /// For lists: the store leaves out what is not in it.
    pub(super) fn scope(&self) -> &Scope {
        &self.0.scope
    }

    /// Whether an account, and what belongs to it, is there for this caller.
    pub(super) fn may(&self, account: AccountId) -> bool {
        self.scope().covers(account)
    }

    /// Refuses a caller who has only some accounts what is about the host itself.
    pub(super) fn whole_host(&self) -> Result<(), Problem> {
        if *self.scope() == Scope::Everything {
            return Ok(());
        }
        let name = &self.0.name;
        let detail = format!("This is about the whole host; the key {name:?} is for some accounts only.");
        Err(Problem::new(StatusCode::FORBIDDEN, "auth.scope_insufficient", detail))
    }

    /// The account of that id. One that is out of scope is as unknown as one that does not exist.
    pub(super) async fn account(&self, shared: &Shared, text: &str) -> Result<Account, Problem> {
        let account = shared.store.account(id(text, "account")?).await?;
        account.filter(|account| self.may(account.id)).ok_or_else(|| Problem::not_found("account"))
    }

    /// The conversation of that id, likewise.
    pub(super) async fn conversation(&self, shared: &Shared, text: &str) -> Result<Conversation, Problem> {
        let conversation = shared.store.conversation(id(text, "conversation")?).await?;
        let conversation = conversation.filter(|conversation| self.may(conversation.account));
        conversation.ok_or_else(|| Problem::not_found("conversation"))
    }

    /// The message of that id, likewise.
    pub(super) async fn message(&self, shared: &Shared, text: &str) -> Result<Message, Problem> {
        let missing = || Problem::not_found("message");
        let message = shared.store.message(id(text, "message")?).await?.ok_or_else(missing)?;
        if *self.scope() != Scope::Everything {
            let conversation = shared.store.conversation(message.conversation).await?.ok_or_else(missing)?;
            if !self.may(conversation.account) {
                return Err(missing());
            }
        }
        Ok(message)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get().cloned().ok_or_else(auth::key_missing)
    }
}
