//! From what a request names to what its verdict is based on.

use connector_api::Timestamp;

use super::problem::Problem;
use crate::{
    model::{Account, Conversation},
    shared::Shared,
    situation::Situation,
};

/// The channel of an instance, whoever uses it.
pub(super) fn of_instance(shared: &Shared, name: &str) -> Result<Situation, Problem> {
    let slot = shared.instances.slot(name).ok_or_else(|| Problem::not_found("instance"))?;
    Ok(Situation::of_channel(slot.document()?, shared.config.organisation_region))
}

/// The channel as an account may use it.
pub(super) async fn of_account(shared: &Shared, account: &Account) -> Result<Situation, Problem> {
    let channel = channel(shared, &account.instance)?;
    Ok(channel.of_account(&*shared.store, account.id, shared.clock.now()).await?)
}

/// The channel in a conversation.
pub(super) async fn of_conversation(
    shared: &Shared,
    conversation: &Conversation,
    now: Timestamp,
) -> Result<Situation, Problem> {
    let channel = channel(shared, &conversation.instance)?;
    Ok(channel.of_conversation(&*shared.store, conversation, now).await?)
}

/// The account or conversation exists, so that an instance that is not configured any more is no unknown one.
fn channel(shared: &Shared, instance: &str) -> Result<Situation, Problem> {
    Ok(Situation::of_channel(shared.instances.document(instance)?, shared.config.organisation_region))
}
