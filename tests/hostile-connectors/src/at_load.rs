//! What happens before anybody could choose by settings.

/// A test overwrites what follows the colon.
#[used]
static AT_LOAD: [u8; 32] = *b"hostile-at-load:nothing         ";
const NAME: usize = 16;

/// What the file's bytes say.
pub(crate) fn chosen() -> &'static str {
    // Read from the file, whatever the compiler believes to know about it.
    let bytes = std::hint::black_box(&AT_LOAD);
    std::str::from_utf8(&bytes[NAME..]).unwrap_or_default().trim_end()
}
