//! How people and accounts present themselves. Their pictures are copied, because the platforms' URLs expire.

use connector_api::{
    AccountRequest, ChannelConnector, Contact, ContactProfile, ContactProfileRequest,
    operation::{AccountProfile, ContactProfile as ContactProfileOperation, Operation},
};

use super::{Errands, Undone, Unsupported};
use crate::{instances::Lease, store::StoreError};

/// Tries at a contact.
const MOST_TRIES: u32 = 8;
/// Tries at an account, before the next day.
const MOST_TRIES_A_DAY: u32 = 5;
const DAY_SECONDS: i64 = 24 * 60 * 60;

impl Errands {
    /// Asks about a contact; whether there was one to ask about.
    pub(super) async fn contact_profile(
        &self,
        lease: &Lease,
        unsupported: &mut Unsupported,
    ) -> Result<bool, StoreError> {
        let Some(due) = self.store.due_contact(self.slot.name(), self.clock.now()).await? else {
            return Ok(false);
        };
        let Some(account) = self.store.account(due.account).await? else {
            return self.store.postpone_contact(due.contact, None).await.map(|()| false);
        };
        // What history told needs no question but the one for the picture.
        let told = match &due.picture_url {
            Some(url) if due.attempts == 0 => {
                Ok(ContactProfile::new(Contact::new("")).with_picture_url(url.as_str()))
            }
            _ if unsupported.operations.contains(ContactProfileOperation::NAME) => Err(Undone::Unsupported),
            _ => {
                let about = |account| {
                    let request = ContactProfileRequest::new(account, &due.conversation_platform_id);
                    lease.connector.contact_profile(request)
                };
                self.ask(lease, &account, about).await
            }
        };
        match told {
            Ok(told) => {
                let (avatar, failed) = self.picture(account.id, told.picture_url.as_deref()).await;
                let next = if failed { self.again(due.attempts, MOST_TRIES) } else { None };
                self.store.keep_contact_profile(due.contact, told, avatar, next).await?;
            }
            Err(Undone::Unsupported) => {
                unsupported.operations.insert(ContactProfileOperation::NAME);
                self.store.drop_due_contacts(self.slot.name()).await?;
            }
            Err(Undone::Later(_)) => {
                let next = self.again(due.attempts, MOST_TRIES);
                self.store.postpone_contact(due.contact, next).await?;
            }
            Err(Undone::Never(_)) => self.store.postpone_contact(due.contact, None).await?,
            Err(Undone::Store(error)) => return Err(error),
        }
        Ok(true)
    }

    /// Asks about an account; whether there was one to ask about.
    pub(super) async fn account_profile(
        &self,
        lease: &Lease,
        unsupported: &mut Unsupported,
    ) -> Result<bool, StoreError> {
        let Some(due) = self.store.due_account(self.slot.name(), self.clock.now()).await? else {
            return Ok(false);
        };
        let Some(account) = self.store.account(due.account).await? else { return Ok(false) };
        let tomorrow = Some(self.clock.now().plus_seconds(DAY_SECONDS));
        let tried_today = due.attempts % MOST_TRIES_A_DAY;
        let told = match unsupported.operations.contains(AccountProfile::NAME) {
            true => Err(Undone::Unsupported),
            false => {
                let about = |account| lease.connector.account_profile(AccountRequest::new(account));
                self.ask(lease, &account, about).await
            }
        };
        match told {
            Ok(told) => {
                let (avatar, failed) = self.picture(account.id, told.picture_url.as_deref()).await;
                let next = if failed { self.again(tried_today, MOST_TRIES_A_DAY) } else { None };
                self.store.keep_account_profile(due.account, told, avatar, next.or(tomorrow)).await?;
            }
            Err(Undone::Later(_)) => {
                let next = self.again(tried_today, MOST_TRIES_A_DAY).or(tomorrow);
                self.store.postpone_account(due.account, next).await?;
            }
            Err(Undone::Never(_)) => self.store.postpone_account(due.account, tomorrow).await?,
            Err(Undone::Unsupported) => {
                unsupported.operations.insert(AccountProfile::NAME);
                self.store.postpone_account(due.account, tomorrow).await?;
            }
            Err(Undone::Store(error)) => return Err(error),
        }
        Ok(true)
    }

    /// The picture at a URL, and whether another try may help where it could not be had.
    async fn picture(
        &self,
        account: crate::model::AccountId,
        url: Option<&str>,
    ) -> (Option<crate::model::MediumId>, bool) {
        let Some(url) = url else { return (None, false) };
        match self.keeper.keep_picture(&self.downloader, account, url, self.clock.now()).await {
            Ok(medium) => (Some(medium), false),
            Err(reason) => {
                tracing::info!(instance = %self.slot.name(), %account, code = %reason.code, "Picture not kept");
                (None, !reason.permanent)
            }
        }
    }
}
