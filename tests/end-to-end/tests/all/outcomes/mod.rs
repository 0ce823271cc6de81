//! What the platform says to a send, or fails to say, and what becomes of the message and of those behind it.

mod quota;
mod refused;
mod retried;
mod table;
mod uncertain;
