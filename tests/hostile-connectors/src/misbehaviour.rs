//! The ways to misbehave that need no bytes of one's own on the boundary.

use std::{io::Write, os::unix::process::CommandExt, panic::panic_any, process, thread, time::Duration};

const RECORDS: usize = 100_000;
const PIECE_BYTES: usize = 64 << 20;
const LEAK_BYTES: usize = 128 << 10;
const OUTPUT_BYTES: usize = 1 << 20;
/// More than any frame holds, once it is escaped.
const RECORD_BYTES: usize = 80 << 20;
/// What tests look for at the beginning of a line, where it must never stand.
const FORGED: &str = "a record\nFORGED \u{1b}[31mrecord\r\n";

/// Does what `how` names; nothing where it names nothing.
pub(crate) fn misbehave(how: &str) {
    match how {
        "panic" => panic!("hostile on purpose"),
        "panic-payload" => panic_any(PanicsWhenDropped),
        "hang" => hang(),
        "abort" => process::abort(),
        "exit" => process::exit(0),
        "segfault" => segfault(),
        "stack-overflow" => drop(overflow(0)),
        "memory" => grow(),
        "logs" => (0..RECORDS).for_each(|number| tracing::info!(number, "flood")),
        "long-log" => tracing::info!("{}", "\n".repeat(RECORD_BYTES)),
        "forged-log" => tracing::info!(field = FORGED, "{FORGED}"),
        "tell-everybody" => tracing::debug!(text = how, "What people write"),
        "exec" => drop(process::Command::new("/bin/sleep").arg("120").exec()),
        "stdout" => print(),
        "leak" => leak(),
        "background" => drop(thread::spawn(log_for_ever)),
        "thread-panic" => drop(thread::spawn(|| panic!("hostile on purpose, in a thread"))),
        _ => {}
    }
}

/// Never returns, and never lets go of its thread.
pub(crate) fn hang() -> ! {
    loop {
        thread::park();
    }
}

/// Panics once more when it is thrown away.
pub(crate) struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("hostile on purpose, while dropped");
    }
}

#[allow(unsafe_code, reason = "a segmentation fault cannot be had safely")]
fn segfault() {
    let nowhere = std::ptr::without_provenance_mut::<u8>(8);
    // SAFETY: none. No process has memory there; the write ends the process, which is what tests want to see.
    unsafe { nowhere.write_volatile(1) };
}

#[allow(unconditional_recursion, reason = "that is the misbehaviour")]
fn overflow(depth: u64) -> [u64; 512] {
    let mut frame = std::hint::black_box([depth; 512]);
    frame[0] += overflow(depth + 1)[1];
    frame
}

/// Takes address space until none is left, which ends a Rust program. Touches none of it.
fn grow() {
    loop {
        std::mem::forget(Vec::<u8>::with_capacity(PIECE_BYTES));
    }
}

/// Keeps a little more, and touches it, so that it is really there.
fn leak() {
    std::mem::forget(vec![1_u8; LEAK_BYTES]);
}

/// Goes on whatever becomes of the instance.
fn log_for_ever() {
    loop {
        tracing::info!("still here");
        thread::sleep(Duration::from_millis(20));
    }
}

fn print() {
    let line = [b'x'; 1023];
    for _ in 0..OUTPUT_BYTES / (line.len() + 1) {
        // Where nobody reads, the rest is lost.
        let _unread = std::io::stdout().write_all(&line).and_then(|()| std::io::stdout().write_all(b"\n"));
    }
}
