//! Reads back what platforms remember of accounts, page by page.

use connector_api::{
    ChannelConnector, HistoryRequest,
    capabilities::{CapabilityDocument, document::Limit},
    operation::{History, Operation},
};

use super::{Errands, Undone, Unsupported};
use crate::{
    instances::Lease,
    store::{HistoryBounds, HistoryStep, StoreError},
};

/// Tries at one page.
const MOST_TRIES: u32 = 10;
/// Read at most where the document names no smaller number.
const MOST_CONVERSATIONS: u32 = 1_000;
const MOST_MESSAGES: u32 = 500;
const DAY_SECONDS: i64 = 24 * 60 * 60;

impl Errands {
    /// Reads one page; whether there was one.
    pub(super) async fn page(
        &self,
        lease: &Lease,
        unsupported: &mut Unsupported,
    ) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let Some(step) = self.store.next_page(self.slot.name(), now).await? else { return Ok(false) };
        let Some(account) = self.store.account(step.account).await? else {
            return self.store.no_history(step.account).await.map(|()| true);
        };
        let read = match unsupported.operations.contains(History::NAME) {
            true => Err(Undone::Unsupported),
            false => {
                let page = |account| lease.connector.history(request(account, &step));
                self.ask(lease, &account, page).await
            }
        };
        match read {
            Ok(page) => {
                let bounds = self.bounds(&lease.document);
                self.store.keep_page(step, page, bounds, self.clock.now()).await?;
            }
            Err(Undone::Unsupported) => {
                unsupported.operations.insert(History::NAME);
                self.store.no_history(step.account).await?;
            }
            Err(Undone::Later(reason)) => {
                let next = self.again(step.attempts, MOST_TRIES);
                self.store.page_failed(step, reason, next, self.clock.now()).await?;
            }
            Err(Undone::Never(reason)) => {
                self.store.page_failed(step, reason, None, self.clock.now()).await?;
            }
            Err(Undone::Store(error)) => return Err(error),
        }
        Ok(true)
    }

    fn bounds(&self, document: &CapabilityDocument) -> HistoryBounds {
        let most = |limit: Limit, ours: u32| {
            let declared = limit.number().and_then(|number| u32::try_from(number).ok());
            declared.unwrap_or(ours).min(ours)
        };
        let days = document.history.max_age_days.number().and_then(|days| i64::try_from(days).ok());
        let back = days.map(|days| days.saturating_mul(DAY_SECONDS).saturating_neg());
        HistoryBounds {
            oldest: back.map(|seconds| self.clock.now().plus_seconds(seconds)),
            conversations: most(document.history.max_conversations, MOST_CONVERSATIONS),
            messages: most(document.history.messages_per_conversation, MOST_MESSAGES),
        }
    }
}

fn request(account: connector_api::Account, step: &HistoryStep) -> HistoryRequest {
    let request = HistoryRequest::new(account).with_cursor(step.cursor.clone());
    match &step.conversation {
        Some(conversation) => request.with_conversation(conversation),
        None => request,
    }
}
