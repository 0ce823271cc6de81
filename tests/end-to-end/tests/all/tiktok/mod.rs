//! What the host offers with the real TikTok connector, against the simulator, which complains of every request that
//! TikTok's rules forbid.

mod answers;
mod automatic_messages;
mod cards;
mod comment_switch;
mod consents;
mod entry_points;
mod grant;
mod history;
mod people;
mod registration;
mod stage;
mod withheld;
