//! The field tables of the protocol reference, case by case.

mod endpoints;
mod events;
mod history;
mod required;
mod shape;
