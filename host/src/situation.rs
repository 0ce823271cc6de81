//! What a verdict is based on: the document of a channel, the layers over it, and what probes have settled.
//!
//! There is one way to a verdict, here; the API, the outbox and programs that embed the host all take it.

use std::sync::Arc;

use connector_api::{
    CapabilityDocument, Timestamp,
    capabilities::{
        AccountLayer, Action, Context, ConversationLayer, Effective, LiveAnswer, Policy, Reason, ReasonCode,
        Region, Reserved, Verdict, WindowLedger, check, reserve,
    },
};

use crate::{
    model::{AccountId, AccountStatus, Conversation},
    store::{Narrowing, Store, StoreError},
};

/// Why nothing is done for an account that was taken out.
pub(crate) fn removed() -> Reason {
    let text = "The account was taken out of this host; connect it again to write for it.";
    Reason::permanent(ReasonCode::ACCOUNT_REMOVED, text)
}

/// What a verdict is based on, but for the present and the reply window.
#[derive(Debug, Clone)]
pub struct Situation {
    document: Arc<CapabilityDocument>,
    organisation_region: Option<Region>,
    account: AccountLayer,
    conversation: ConversationLayer,
    live: Vec<LiveAnswer>,
}

impl Situation {
    /// The channel itself, whoever uses it.
    #[must_use]
    pub fn of_channel(document: Arc<CapabilityDocument>, organisation_region: Option<Region>) -> Self {
        Self {
            document,
            organisation_region,
            account: AccountLayer::default(),
            conversation: ConversationLayer::default(),
            live: Vec::new(),
        }
    }

    /// The channel as an account may use it.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn of_account(
        self,
        store: &dyn Store,
        account: AccountId,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        Ok(self.narrowed(store.narrowing(account, None, now).await?))
    }

    /// The channel in a conversation.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn of_conversation(
        self,
        store: &dyn Store,
        conversation: &Conversation,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let narrowing = store.narrowing(conversation.account, Some(conversation.id), now).await?;
        Ok(self.narrowed(narrowing))
    }

    fn narrowed(self, narrowing: Narrowing) -> Self {
        let Narrowing { account_status, mut account, conversation, live } = narrowing;
        if account_status.is_none_or(|status| status == AccountStatus::Removed) {
            account.reasons.push(removed());
        }
        // What no probe of the document settles is nothing that it asks for.
        let live = if self.document.probes.is_empty() { Vec::new() } else { live };
        Self { account, conversation, live, ..self }
    }

    /// May this be done now?
    #[must_use]
    pub fn check(&self, now: Timestamp, ledger: WindowLedger, action: Action<'_>, policy: Policy) -> Verdict {
        check(&self.document, &self.context(now, ledger), action, &policy)
    }

    /// As [`check`](Self::check), and takes the places from the ledger.
    ///
    /// # Errors
    /// The reasons against it.
    pub fn reserve(
        &self,
        now: Timestamp,
        ledger: WindowLedger,
        action: Action<'_>,
        policy: Policy,
    ) -> Result<Reserved, Vec<Reason>> {
        self.grant(now, ledger, action, policy).map(|(_, reserved)| reserved)
    }

    /// As [`reserve`](Self::reserve), with the verdict whose places are taken.
    ///
    /// # Errors
    /// The reasons against it.
    pub fn grant(
        &self,
        now: Timestamp,
        ledger: WindowLedger,
        action: Action<'_>,
        policy: Policy,
    ) -> Result<(Verdict, Reserved), Vec<Reason>> {
        let context = self.context(now, ledger);
        let verdict = check(&self.document, &context, action, &policy);
        let reserved = reserve(&self.document, &context, &verdict)?;
        Ok((verdict, reserved))
    }

    fn context(&self, now: Timestamp, ledger: WindowLedger) -> Context {
        let context = Context::new(now, ledger)
            .with_organisation_region(self.organisation_region)
            .with_account(self.account.clone())
            .with_conversation(self.conversation.clone());
        self.live.iter().cloned().fold(context, Context::with_live)
    }

    /// What the layers leave of the document.
    #[must_use]
    pub fn effective(&self) -> Effective<'_> {
        Effective::of(&self.document, &self.account, &self.conversation)
    }

    /// The document as the connector declares it.
    #[must_use]
    pub fn declared(&self) -> &CapabilityDocument {
        &self.document
    }

    /// What probes have settled.
    #[must_use]
    pub fn live(&self) -> &[LiveAnswer] {
        &self.live
    }
}
