//! Files of messages: they arrive, are sent, and are given out.

mod arriving;
mod by_url;
mod giving_out;
mod sending;
mod server;
mod stage;
