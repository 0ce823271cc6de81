//! The traps of the protocol reference, section 14, each under its number.
//!
//! Not here, because they are no matter of a connector's code:
//!
//! - T2 (verifying twice): the host hands a request to `receive` once, and verifies nothing itself;
//!   `t02_…` in `tests/end-to-end/tests/all/webhook_headers.rs`.
//! - T8 (an echo that races the answer): the host parks echoes, `t08_…` in `tests/end-to-end/tests/all/outcomes/uncertain.rs`; that
//!   echo and answer name the same message is `tests/simulator/faults.rs`.
//! - T16 (a rotated token that is lost, two renewals at once): the host's `credentials`, `t16_…` in
//!   `tests/end-to-end/tests/all/refresh.rs`; that the new token is handed on is `authorization.rs` here.
//! - T20 (fixtures of an SDK that made them up): a rule for who writes tests; the one thing that costs nothing to accept, a text
//!   that is a bare string, is `t20_…` here.
//! - T30 (URLs that end): the host keeps the bytes; that each kind says where they are is `t30_…` here.
//! - T34 (an id that begins with `-`): `t34_…` in `tests/end-to-end/tests/all/ids.rs`; every id in these tests begins with `-`.
//! - T36, second half (a probe that fails holds nothing up): the host, `t36_…` in `tests/end-to-end/tests/all/checks.rs`.
//! - T39 (waiting for a delivery that nobody reports): the host, `t39_…` in `tests/end-to-end/tests/all/outbox.rs`.
//! - T40 (repeating a send by itself): the host never does, `t40_…` in `tests/end-to-end/tests/all/outcomes/uncertain.rs`; that
//!   ambiguous ends are `uncertain` is `send.rs` here.
//! - T42 (seen before it is stored): the host writes both in one transaction, `t42_…` in
//!   `tests/end-to-end/tests/durability/crash.rs`.

mod arriving;
mod asking;
