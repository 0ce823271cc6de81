//! What an author of a connector sees: the guide, carried out, and the sibling example, loaded.

mod guide;
mod postcard;
