//! Looks for messages that a platform announced without handing them on, in what it lets one read back.

use connector_api::{
    ChannelConnector, HistoryRequest, ListedConversation,
    operation::{History, Operation},
};

use super::{Errands, Undone, Unsupported};
use crate::{
    instances::Lease,
    model::Account,
    store::{DueWithheld, StoreError},
};

/// Tries at finding what was announced.
const MOST_TRIES: u32 = 3;
/// Pages of the list of conversations.
const MOST_PAGES: usize = 20;

impl Errands {
    /// Looks for what was announced of one account; whether there was something.
    pub(super) async fn withheld(
        &self,
        lease: &Lease,
        unsupported: &mut Unsupported,
    ) -> Result<bool, StoreError> {
        let Some(due) = self.store.due_withheld(self.slot.name(), self.clock.now()).await? else {
            return Ok(false);
        };
        let declared =
            lease.document.history.withheld.is_some() && !unsupported.operations.contains(History::NAME);
        let looked = match declared {
            true => self.look_for(lease, due).await,
            false => Err(Undone::Unsupported),
        };
        let next = match looked {
            Ok(found) if found > 0 => return Ok(true),
            // A list may be late, and a message that arrives may end what is ambiguous.
            Ok(_) | Err(Undone::Later(_)) => self.again(due.attempts, MOST_TRIES),
            Err(Undone::Unsupported | Undone::Never(_)) => None,
            Err(Undone::Store(error)) => return Err(error),
        };
        self.store.miss_withheld(due, next).await?;
        Ok(true)
    }

    /// How many were found.
    async fn look_for(&self, lease: &Lease, due: DueWithheld) -> Result<u32, Undone> {
        let Some(account) = self.store.account(due.account).await? else { return Ok(0) };
        let listed = self.listed(lease, &account).await?;
        let Ok([conversation]) = <[String; 1]>::try_from(self.store.may_hold_withheld(due, listed).await?)
        else {
            return Ok(0);
        };
        let read = |account| {
            let request = HistoryRequest::new(account).with_conversation(&conversation);
            lease.connector.history(request)
        };
        let page = self.ask(lease, &account, read).await?;
        Ok(self.store.find_withheld(due, conversation, page, self.clock.now()).await?)
    }

    /// The platform's conversations. Of a list that is too long nobody could say that only one fits.
    async fn listed(&self, lease: &Lease, account: &Account) -> Result<Vec<ListedConversation>, Undone> {
        let (mut listed, mut cursor) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let read =
                |account| lease.connector.history(HistoryRequest::new(account).with_cursor(cursor.clone()));
            let page = self.ask(lease, account, read).await?;
            listed.extend(page.conversations);
            if page.cursor.is_none() || page.cursor == cursor {
                return Ok(listed);
            }
            cursor = page.cursor;
        }
        let reason = connector_api::capabilities::Reason::permanent(
            connector_api::ReasonCode::PLATFORM_REFUSED,
            "The platform's list of conversations has no end.",
        );
        Err(Undone::Never(reason))
    }
}
