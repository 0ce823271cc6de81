//! Live questions to platforms: what a document leaves unknown and a probe settles, kept for as long as it holds.

use std::{collections::BTreeSet, sync::Arc};

use connector_api::{
    ChannelConnector, ProbeRequest,
    capabilities::{
        CapabilityDocument, LiveAnswer,
        document::{Probe, RateScope},
    },
};

use crate::{
    clock::Clock,
    credentials::{CredentialError, CredentialKeeper},
    instances::Slot,
    model::{Account, Conversation},
    store::Store,
};

/// Asks probes about conversations.
#[derive(Clone)]
pub(crate) struct Prober {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) credentials: CredentialKeeper,
    pub(crate) clock: Clock,
}

impl Prober {
    /// Asks what the document's probes settle about a conversation and nobody knows yet. What the platform does not answer
    /// stays unknown.
    ///
    /// # Errors
    /// Where the store, the connector or the platform fails; what was settled before that is kept.
    pub(crate) async fn settle(
        &self,
        slot: &Slot,
        account: &Account,
        conversation: &Conversation,
    ) -> Result<(), CredentialError> {
        let document = slot.document()?;
        let known = self.store.live_answers(conversation.id, self.clock.now()).await?;
        let known: BTreeSet<&str> = known.iter().map(|answer| answer.claim.as_str()).collect();
        for probe in of_conversations(&document) {
            if probe.answers.iter().any(|claim| !known.contains(claim.as_str())) {
                self.ask(slot, account, conversation, probe).await?;
            }
        }
        Ok(())
    }

    async fn ask(
        &self,
        slot: &Slot,
        account: &Account,
        conversation: &Conversation,
        probe: &Probe,
    ) -> Result<(), CredentialError> {
        let lease = slot.lease()?;
        let about = |account| {
            ProbeRequest::new(account, probe.answers.clone())
                .with_conversation(&conversation.platform_id)
                .with_answered(conversation.ledger.total > 0)
        };
        let call = |account| slot.placed(&lease, lease.connector.probe(about(account)));
        let settled = self.credentials.acting(&lease, account, call).await?;
        let observed_at = self.clock.now();
        let answers = settled.facts.into_iter().filter(|(claim, _)| probe.answers.contains(claim));
        let answers = answers.map(|(claim, available)| LiveAnswer { claim, available, observed_at });
        let until = observed_at.plus_seconds(probe.valid_seconds.into());
        Ok(self.store.keep_live_answers(conversation.id, answers.collect(), until).await?)
    }
}

/// The claims about a conversation that `happened` has made stale, as the document names what makes them so.
pub(crate) fn made_stale(document: &CapabilityDocument, happened: &str) -> Vec<String> {
    let stale = of_conversations(document)
        .filter(|probe| probe.invalidated_by.iter().any(|invalidates| invalidates == happened));
    stale.flat_map(|probe| probe.answers.clone()).collect()
}

fn of_conversations(document: &CapabilityDocument) -> impl Iterator<Item = &Probe> {
    document.probes.iter().filter(|probe| probe.scope == RateScope::Conversation)
}
