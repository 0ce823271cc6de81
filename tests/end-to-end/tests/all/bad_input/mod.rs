//! What is wrong gets one clear error, and the host goes on.

mod commands;
mod config;
mod folder;
mod idempotency;
mod requests;
mod webhooks;
