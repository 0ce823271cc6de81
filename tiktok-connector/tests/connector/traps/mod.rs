//! The traps of the protocol reference, section 14, each under its number.
//!
//! Not here, because they are no matter of a connector's code:
//!
//! - T2 (verifying twice): the host hands a request to `receive` once; `host/src/rest/webhooks.rs` verifies nothing itself.
//! - T8 (an echo that races the answer): the host parks echoes, `tests/end-to-end/tests/all/outbox.rs`; that echo and answer
//!   name the same message is `tests/simulator/faults.rs`.
//! - T16 (a rotated token that is lost, two renewals at once): the host's `credentials`, `tests/end-to-end/tests/all/refresh.rs`;
//!   that the new token is handed on is `authorization.rs` here.
//! - T20 (fixtures of an SDK that made them up): a rule for who writes tests; the one thing that costs nothing to accept, a text
//!   that is a bare string, is in `webhooks.rs`.
//! - T30 (URLs that end): the host keeps the bytes; that each kind says where they are is `t30_…` here.
//! - T34 (an id that begins with `-`): the host's command line; every id in these tests begins with `-`.
//! - T36, second half (a probe that fails holds nothing up): the host, `tests/end-to-end/tests/all/verdicts.rs`.
//! - T39 (waiting for a delivery that nobody reports): the host; the document declares what `delivered` means.
//! - T40 (repeating a send by itself): the host never does; that ambiguous ends are `uncertain` is `send.rs` here.
//! - T42 (seen before it is stored): the host writes both in one transaction, `tests/end-to-end/tests/durability`.

mod arriving;
mod asking;
