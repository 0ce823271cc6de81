//! Operations that a client waits for.

use connector_api::{Account as ApiAccount, ConnectorError, ErrorClass, ReasonCode};

use super::problem::Problem;
use crate::{
    credentials::CredentialError,
    instances::{Lease, Slot},
    model::{Account, AccountStatus},
    shared::Shared,
    situation,
};

/// What a call does to the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// Nothing: it may be made again, whatever became of it.
    Asks,
    /// Something.
    Changes,
}

impl Call {
    /// The problem where nothing came of it.
    pub(super) fn failed(self, error: impl Into<CredentialError>) -> Problem {
        match error.into() {
            CredentialError::Connector(error) if self == Self::Asks => not_answered(error).into(),
            error => error.into(),
        }
    }
}

/// A question without an answer leaves nobody in doubt.
fn not_answered(mut error: ConnectorError) -> ConnectorError {
    if error.class == ErrorClass::Uncertain {
        error.class = ErrorClass::Unavailable;
        if error.reason == ReasonCode::OUTCOME_UNKNOWN {
            error.reason = ReasonCode::PLATFORM_UNAVAILABLE;
        }
    }
    error
}

/// Calls for an account, with a place of the instance's rates; renews what the platform refuses once.
pub(super) async fn called<T, F>(
    shared: &Shared,
    account: &Account,
    kind: Call,
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
    shared.credentials().acting(&lease, account, call).await.map_err(|error| kind.failed(error))
}

/// Calls for an instance and no account, with a place of its rate.
pub(super) async fn called_for_all<T, F>(
    slot: &Slot,
    kind: Call,
    call: impl FnOnce(Lease) -> F,
) -> Result<T, Problem>
where
    F: Future<Output = Result<T, ConnectorError>>,
{
    let lease = slot.lease()?;
    slot.placed(&lease, call(lease.clone())).await.map_err(|error| kind.failed(error))
}
