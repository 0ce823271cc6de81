//! What a connector offers beside sending and receiving, and what the host makes of it. The channel is played by the
//! test.

mod answers;
mod automatic_messages;
mod comment_switch;
mod consents;
mod entry_points;
mod grant;
mod history;
mod platform;
mod profiles;
mod registration;
mod sending;
mod signals;
mod stage;
mod telling;
mod withheld;
