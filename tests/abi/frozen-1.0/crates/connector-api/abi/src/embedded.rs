//! What a library says about itself without being run: a manifest and the capability document, framed in one
//! named section of the object file.
//!
//! Layout, all integers little-endian: `JKF1` · `u32` format (1) · `u32` manifest length · `u32` document
//! length · manifest (JSON) · document (JSON).

/// The section's name in an ELF file. Mach-O uses `__DATA,__jackfield`, PE `.jackfld`.
pub const SECTION_ELF: &str = ".jackfield";
/// The section's name in a Mach-O file.
pub const SECTION_MACHO: &str = "__jackfield";
/// The section's name in a PE file (at most eight characters).
pub const SECTION_PE: &str = ".jackfld";

const MAGIC: [u8; 4] = *b"JKF1";
const FORMAT: u32 = 1;
const HEADER: usize = 16;

/// What a named section holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Embedded<'a> {
    /// JSON: who built the library and against which versions.
    pub manifest: &'a [u8],
    /// JSON: the capability document.
    pub document: &'a [u8],
}

/// Why a section's bytes are not an [`Embedded`] frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameError {
    /// Shorter than it says, or than any frame can be.
    Truncated,
    /// It does not begin with the magic bytes.
    NotAFrame,
    /// A format of a later time.
    UnknownFormat(u32),
}

/// Length of the frame that [`frame`] makes of the same arguments.
#[must_use]
pub const fn framed_len(manifest: &[&str], document: &str) -> usize {
    HEADER + total_len(manifest) + document.len()
}

/// Makes the frame at compile time. `manifest` is given in pieces that are joined; `N` is [`framed_len`].
#[must_use]
pub const fn frame<const N: usize>(manifest: &[&str], document: &str) -> [u8; N] {
    assert!(N == framed_len(manifest, document));
    let mut out = [0; N];
    put(&mut out, 0, &MAGIC);
    put(&mut out, 4, &FORMAT.to_le_bytes());
    put(&mut out, 8, &(total_len(manifest) as u32).to_le_bytes());
    put(&mut out, 12, &(document.len() as u32).to_le_bytes());
    let mut at = HEADER;
    let mut piece = 0;
    while piece < manifest.len() {
        put(&mut out, at, manifest[piece].as_bytes());
        at += manifest[piece].len();
        piece += 1;
    }
    put(&mut out, at, document.as_bytes());
    out
}

const fn total_len(pieces: &[&str]) -> usize {
    let mut total = 0;
    let mut i = 0;
    while i < pieces.len() {
        total += pieces[i].len();
        i += 1;
    }
    total
}

const fn put(out: &mut [u8], at: usize, bytes: &[u8]) {
    let mut i = 0;
    while i < bytes.len() {
        out[at + i] = bytes[i];
        i += 1;
    }
}

/// Reads a frame. Bytes behind it are ignored: linkers may pad a section.
///
/// # Errors
/// [`FrameError`] where the bytes are not a frame of a known format.
pub fn parse(section: &[u8]) -> Result<Embedded<'_>, FrameError> {
    let header = section.get(..HEADER).ok_or(FrameError::Truncated)?;
    if header[..4] != MAGIC {
        return Err(FrameError::NotAFrame);
    }
    let word = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    if word(4) != FORMAT {
        return Err(FrameError::UnknownFormat(word(4)));
    }
    let rest = &section[HEADER..];
    let manifest_len = word(8) as usize;
    let manifest = rest.get(..manifest_len).ok_or(FrameError::Truncated)?;
    let document = rest[manifest_len..].get(..word(12) as usize).ok_or(FrameError::Truncated)?;
    Ok(Embedded { manifest, document })
}
