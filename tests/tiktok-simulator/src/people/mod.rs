//! Handles to the people of the simulated world.

mod business;
mod customer;

pub use business::BusinessHandle;
pub use customer::CustomerHandle;
