//! TikTok's review of auto messages (protocol reference, sections 4.7 and 6.10).

use std::sync::Arc;

use crate::api::account_event;
use crate::error::SimulatorError;
use crate::shared::Shared;
use crate::state::AuditStatus;
use crate::webhook::{content, dispatch};

/// Decides about an auto message and posts the event; returns its name in the log.
pub(crate) fn decide(
    shared: &Arc<Shared>,
    business: Option<&str>,
    auto_message_id: &str,
    verdict: AuditStatus,
) -> Result<String, SimulatorError> {
    let (business_id, message) = shared.update(|world| {
        let account = world.account_mut(business)?;
        let unknown = || SimulatorError::UnknownAutoMessage(auto_message_id.to_owned());
        let message = account.auto_messages.get_mut(auto_message_id).ok_or_else(unknown)?;
        message.audit_status = verdict;
        Ok::<_, SimulatorError>((account.business_id.clone(), message_of(account, auto_message_id)?))
    })?;
    let content = content::auto_message_audit(&message, shared.clock.now_ms());
    Ok(dispatch(shared, &account_event(&business_id, "im_auto_message_audit_update", content)))
}

fn message_of(
    account: &crate::state::Account,
    auto_message_id: &str,
) -> Result<crate::state::AutoMessage, SimulatorError> {
    let found = account.auto_messages.messages.iter().find(|known| known.auto_message_id == auto_message_id);
    found.cloned().ok_or_else(|| SimulatorError::UnknownAutoMessage(auto_message_id.to_owned()))
}
