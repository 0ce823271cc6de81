//! Changing the bytes of a library file.

use anyhow::{Context, Result, ensure};

/// The connector section begins so: its magic bytes and its format.
const FRAME: &[u8] = b"JKF1\x01\0\0\0";

/// Where `what` is for the first time.
fn find(bytes: &[u8], what: &[u8]) -> Result<usize> {
    let mut windows = bytes.windows(what.len());
    windows.position(|window| window == what).context("the file has no such bytes")
}

/// Overwrites from `at` on.
pub(crate) fn put(bytes: &mut [u8], at: usize, new: &[u8]) -> Result<()> {
    let place = bytes.get_mut(at..at + new.len()).context("the file ends before that")?;
    place.copy_from_slice(new);
    Ok(())
}

/// Overwrites the first `old` by as many bytes.
pub(crate) fn exchange(bytes: &mut [u8], old: &[u8], new: &[u8]) -> Result<()> {
    ensure!(old.len() == new.len(), "what replaces has to be as long");
    let at = find(bytes, old)?;
    put(bytes, at, new)
}

/// Overwrites every `old` by as many bytes.
pub(crate) fn exchange_all(bytes: &mut [u8], old: &[u8], new: &[u8]) -> Result<()> {
    let mut rest = bytes;
    exchange(rest, old, new)?;
    while let Ok(at) = find(rest, old) {
        rest = &mut rest[at..];
        put(rest, 0, new)?;
    }
    Ok(())
}

/// The connector section and what follows it.
pub(crate) fn frame(library: &mut [u8]) -> Result<&mut [u8]> {
    let at = find(library, FRAME)?;
    Ok(&mut library[at..])
}
