//! What TikTok offers beside messages, with the real connector; the simulator has nothing to complain about.

mod answers;
