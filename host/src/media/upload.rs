//! Giving a medium to a platform before the message that carries it is sent.

use connector_api::{
    Account as ApiAccount, ChannelConnector, ConnectorError, Content, ErrorClass, UploadMediaRequest,
    capabilities::document::Direction,
};

use super::{FileError, MediaError, MediaKeeper};
use crate::{
    clock::Clock,
    instances::{Lease, Slot},
    model::StoredMedium,
    store::{Claimed, StoreError},
};

/// What the platform calls a medium is used for so long where neither it nor the document says how long it holds.
const HOLDS_SECONDS: u32 = 3600;
/// Not used any more so long before it ends.
const MARGIN_SECONDS: u32 = 60;

/// Gives media to platforms, once for as long as they keep them.
#[derive(Clone)]
pub(crate) struct Uploader {
    pub(crate) keeper: MediaKeeper,
    pub(crate) clock: Clock,
}

/// Why a platform has a medium not. Nothing was sent in any case.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Uploading {
    /// The connector or the platform failed.
    #[error(transparent)]
    Connector(ConnectorError),
    /// The file is not there any more.
    #[error("the host does not keep the file any more")]
    Gone,
    /// The store or the files failed.
    #[error(transparent)]
    Media(MediaError),
}

impl From<StoreError> for Uploading {
    fn from(error: StoreError) -> Self {
        Self::Media(error.into())
    }
}

impl Uploader {
    /// What the connector is to send: a medium by the name that the platform has given it. Where it has none yet, it is
    /// given the medium now, which takes a place of every rate. The name is on disk before it is answered, so that the
    /// next try does not upload again.
    pub(crate) async fn prepare(
        &self,
        slot: &Slot,
        lease: &Lease,
        claimed: &Claimed,
        account: &ApiAccount,
    ) -> Result<Content, Uploading> {
        let Content::Media(content) = &claimed.content else {
            return Ok(claimed.content.clone());
        };
        let message = self.keeper.store.message(claimed.message).await?;
        let medium = message.and_then(|message| message.medium?.medium).ok_or(Uploading::Gone)?;
        let name = match self.keeper.store.uploaded_as(medium.id, self.clock.now()).await? {
            Some(name) => name,
            None => {
                lease.rates.instance().await;
                lease.rates.conversation(&account.id, &claimed.conversation_platform_id).await;
                self.upload(slot, lease, account.clone(), &medium, &content.media_kind).await?
            }
        };
        self.keeper.store.hand_over(claimed.message).await?;
        let mut content = content.clone();
        content.media_id = Some(name);
        Ok(Content::Media(content))
    }

    async fn upload(
        &self,
        slot: &Slot,
        lease: &Lease,
        account: ApiAccount,
        medium: &StoredMedium,
        kind: &str,
    ) -> Result<String, Uploading> {
        let bytes = self.keeper.files.whole(medium).await.map_err(|error| match error {
            FileError::Missing => Uploading::Gone,
            error => Uploading::Media(error.into()),
        })?;
        let request = UploadMediaRequest::new(account, &medium.mime, bytes);
        let result = lease.connector.upload_media(request).await;
        slot.judge(&result);
        let uploaded = result.map_err(|error| Uploading::Connector(nothing_sent(error)))?;
        let declared = lease.document.content_rule(Direction::Outbound, kind);
        let declared = declared.and_then(|rule| rule.limits.media.as_ref()?.upload_lasts_seconds);
        let seconds = uploaded.valid_seconds.or(declared).unwrap_or(HOLDS_SECONDS);
        let seconds = seconds.saturating_sub(MARGIN_SECONDS.min(seconds / 2));
        let expires_at = self.clock.now().plus_seconds(seconds.into());
        self.keeper.store.keep_upload(medium.id, uploaded.media_id.clone(), expires_at).await?;
        Ok(uploaded.media_id)
    }
}

/// Whatever became of what comes before a send, the message was not sent: it may be tried again.
pub(crate) fn nothing_sent(mut error: ConnectorError) -> ConnectorError {
    if error.class == ErrorClass::Uncertain {
        error.class = ErrorClass::Unavailable;
    }
    error
}
