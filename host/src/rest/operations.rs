//! Operations that a client waits for.

use connector_api::{Account as ApiAccount, ConnectorError};

use super::problem::Problem;
use crate::{
    instances::{Lease, Slot},
    model::{Account, AccountStatus},
    shared::Shared,
    situation,
};

/// Calls for an account, with a place of the instance's rates; renews what the platform refuses once.
pub(super) async fn called<T, F>(
    shared: &Shared,
    account: &Account,
    call: impl Fn(Lease, ApiAccount) -> F,
) -> Result<T, Problem>
where
    F: Future<Output = Result<T, ConnectorError>>,
{
    if account.status == AccountStatus::Removed {
        return Err(Problem::denied(vec![situation::removed()]));
    }
    let slot = shared.instances.slot(&account.instance).ok_or_else(|| Problem::not_found("instance"))?;
    let lease = slot.lease()?;
    // The place of the rate is taken only in there, because a renewal before it takes its time.
    let call = |usable| slot.placed(&lease, call(lease.clone(), usable));
    Ok(shared.credentials().acting(&lease, account, call).await?)
}

/// Calls for an instance and no account, with a place of its rate.
pub(super) async fn called_for_all<T, F>(slot: &Slot, call: impl FnOnce(Lease) -> F) -> Result<T, Problem>
where
    F: Future<Output = Result<T, ConnectorError>>,
{
    let lease = slot.lease()?;
    Ok(slot.placed(&lease, call(lease.clone())).await?)
}
