//! What the host offers with the real TikTok connector, against the simulator, which complains of every request that
//! TikTok's rules forbid.

mod answers;
mod automatic_messages;
mod cards;
mod history;
mod people;
mod stage;
mod withheld;
