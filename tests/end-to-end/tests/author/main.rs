//! What a reader does: the pages, carried out, and the sibling example, loaded.

mod blocks;
mod guide;
mod operator;
mod postcard;
mod rest;
