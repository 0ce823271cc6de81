//! The connector against a strict stand-in for TikTok, over real HTTP. Every test ends with the question whether the
//! stand-in saw a request that TikTok's rules forbid.

#![allow(clippy::expect_used, reason = "the whole crate is a test")]

mod accounts;
mod arriving;
mod automatic;
mod faults;
mod history;
mod media;
mod sending;
mod shop;
