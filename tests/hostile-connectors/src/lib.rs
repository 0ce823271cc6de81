//! A connector that misbehaves in every way that its caller names. Only tests load it.
//!
//! It is the echo connector, until the text of a webhook (`{"from": …, "id": …, "text": …}`) or of a message to send
//! is the name of a misbehaviour. What it does when it is loaded is chosen by bytes that a test changes in the file
//! (`at_load`), what it does when it starts and stops by its settings.

mod at_load;
mod channel;
mod export;
mod media;
mod misbehaviour;
mod raw;
