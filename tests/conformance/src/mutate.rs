//! Documents with one leaf changed.

/// One changed leaf.
#[derive(Debug, Clone)]
pub struct Mutation {}

/// Every mutation.
#[must_use]
pub fn mutations() -> Vec<Mutation> {
    Vec::new()
}
