//! Tells platforms that somebody has read a conversation, where they take that.

use connector_api::{
    ChannelConnector, Signal, SignalRequest,
    capabilities::{Action, Policy},
    operation::{Operation, Signal as SignalOperation},
};

use super::{Errands, Undone, Unsupported};
use crate::{
    instances::Lease,
    model::Conversation,
    situation::Situation,
    store::{DueReadMark, StoreError},
};

/// A read mark that is so late tells nobody anything.
const MOST_TRIES: u32 = 4;

impl Errands {
    /// Tells one read mark; whether there was one.
    pub(super) async fn read_mark(
        &self,
        lease: &Lease,
        unsupported: &mut Unsupported,
    ) -> Result<bool, StoreError> {
        let Some(mark) = self.store.due_read_mark(self.slot.name(), self.clock.now()).await? else {
            return Ok(false);
        };
        let told = match unsupported.operations.contains(SignalOperation::NAME) {
            true => Ok(()),
            false => self.tell(lease, &mark).await,
        };
        let next = match told {
            Ok(()) | Err(Undone::Never(_)) => None,
            Err(Undone::Unsupported) => {
                unsupported.operations.insert(SignalOperation::NAME);
                None
            }
            Err(Undone::Later(_)) => self.again(mark.attempts, MOST_TRIES),
            Err(Undone::Store(error)) => return Err(error),
        };
        self.store.settle_read_mark(mark, next).await?;
        Ok(true)
    }

    async fn tell(&self, lease: &Lease, mark: &DueReadMark) -> Result<(), Undone> {
        let Some(conversation) = self.store.conversation(mark.conversation).await? else { return Ok(()) };
        let Some(account) = self.store.account(conversation.account).await? else { return Ok(()) };
        if !self.may_mark(lease, &conversation).await? {
            return Ok(());
        }
        let mark = |account| {
            let request = SignalRequest::new(account, &conversation.platform_id, Signal::MarkRead);
            lease.connector.signal(request)
        };
        self.ask(lease, &account, mark).await.map(drop)
    }

    async fn may_mark(&self, lease: &Lease, conversation: &Conversation) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let channel = Situation::of_channel(std::sync::Arc::clone(&lease.document), self.organisation_region);
        let here = channel.of_conversation(&*self.store, conversation, now).await?;
        let action = Action::Operate { operation: "mark_read", target: None, kind: None };
        Ok(here.check(now, conversation.ledger, action, Policy::EXACT).permission().is_some())
    }
}
