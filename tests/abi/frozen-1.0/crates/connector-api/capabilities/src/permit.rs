//! Places in the reply window, taken before a message is sent.

use serde::{Deserialize, Serialize};

use crate::{
    CapabilityDocument, Context, Effective, Reason, Timestamp, Verdict, WindowLedger, verdict::window,
};

/// Places that are taken, until the message is sent or certainly was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permit {
    /// So many.
    pub places: u32,
    /// The customer's message whose window they belong to.
    pub reserved_under: Option<Timestamp>,
    /// When the permission ends; `None` where it does not.
    pub expires_at: Option<Timestamp>,
}

/// A ledger after a reservation, and the permit for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reserved {
    /// The ledger to keep.
    pub ledger: WindowLedger,
    /// The permit.
    pub permit: Permit,
}

/// Takes the places of a verdict from the ledger of `context`, which may have moved on since the verdict.
///
/// Pure: whoever keeps the ledger calls this and keeps the answer in one transaction, so that of two who want the last
/// place one gets it.
///
/// # Errors
/// The reasons of the verdict where it denies; else what the window has against so many places by now.
pub fn reserve(
    document: &CapabilityDocument,
    context: &Context,
    verdict: &Verdict,
) -> Result<Reserved, Vec<Reason>> {
    let Some(permission) = verdict.permission() else {
        return Err(verdict.reasons().to_vec());
    };
    let places = permission.costs;
    let effective = Effective::of(document, &context.account, &context.conversation);
    let held_against = effective.window().filter(|_| places > 0);
    let reserved_under = context.ledger.last_inbound_at.filter(|_| held_against.is_some());
    let mut ledger = context.ledger;
    if let Some(rules) = held_against {
        let left = ledger.state(rules, context.now).left();
        if left.is_some_and(|left| left < places) {
            let too_small = || window::too_small(&effective, places, left.unwrap_or_default());
            return Err(vec![window::against(&effective, context).unwrap_or_else(too_small)]);
        }
        ledger = ledger.taken(rules, places, context.now);
    }
    Ok(Reserved { ledger, permit: Permit { places, reserved_under, expires_at: permission.expires_at } })
}

impl Permit {
    /// The ledger without these places: the message certainly was not sent.
    #[must_use]
    pub fn release(self, ledger: WindowLedger) -> WindowLedger {
        (0..self.places).fold(ledger, |ledger, _| ledger.released(self.reserved_under))
    }
}
