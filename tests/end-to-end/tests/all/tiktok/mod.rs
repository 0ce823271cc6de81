//! What TikTok's connector offers beside texts and pictures, with the simulator behind it: whatever it is asked has the
//! form of the protocol, or [`Shop::close`](crate::support::Shop::close) fails.

mod cards;
