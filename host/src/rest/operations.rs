//! Operations that a client waits for.

use connector_api::{Account as ApiAccount, ConnectorError};

use super::problem::Problem;
use crate::{
    instances::Lease,
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
    let call = |usable| {
        let called = call(lease.clone(), usable);
        async {
            let _place = slot.place(&lease).await?;
            // Only now, because a renewal before it takes its time.
            lease.rates.instance().await;
            let answer = called.await;
            slot.judge(&answer);
            answer
        }
    };
    Ok(shared.credentials().acting(&lease, account, call).await?)
}
