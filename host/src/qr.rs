//! QR codes of URLs.

use png::{BitDepth, ColorType, Encoder, EncodingError};
use qrcode::{Color, EcLevel, QrCode, render::svg, types::QrError as CodeError};

/// Modules of white around a code, as its standard asks for.
const QUIET: usize = 4;
/// Pixels of a module's side: those of one row are one byte.
const SIDE: usize = 8;
const WHITE: u8 = 0xFF;
const BLACK: u8 = 0x00;

/// Why there is no code.
#[derive(Debug, thiserror::Error)]
pub(crate) enum QrError {
    /// No code holds so much.
    #[error("the text is too long for a QR code")]
    TooLong,
    /// The picture cannot be written.
    #[error(transparent)]
    Picture(#[from] EncodingError),
}

impl From<CodeError> for QrError {
    fn from(_: CodeError) -> Self {
        // Of a text in the highest version that is needed there is no other.
        Self::TooLong
    }
}

/// The code of `text` as a drawing.
pub(crate) fn svg(text: &str) -> Result<String, QrError> {
    Ok(code(text)?.render::<svg::Color<'_>>().build())
}

/// The code of `text` as a picture in black and white.
pub(crate) fn png(text: &str) -> Result<Vec<u8>, QrError> {
    let code = code(text)?;
    let side = (code.width() + 2 * QUIET) * SIDE;
    let mut picture = Vec::new();
    let pixels = u32::try_from(side).unwrap_or(u32::MAX);
    let mut encoder = Encoder::new(&mut picture, pixels, pixels);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_depth(BitDepth::One);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&rows(&code))?;
    writer.finish()?;
    Ok(picture)
}

fn code(text: &str) -> Result<QrCode, QrError> {
    Ok(QrCode::with_error_correction_level(text, EcLevel::M)?)
}

/// Every row of pixels from the top, a byte for each module.
fn rows(code: &QrCode) -> Vec<u8> {
    let blank = vec![WHITE; code.width() + 2 * QUIET];
    let colors = code.to_colors();
    let drawn = colors.chunks(code.width()).map(|modules| {
        let modules = modules.iter().map(|module| if *module == Color::Dark { BLACK } else { WHITE });
        let quiet = || std::iter::repeat_n(WHITE, QUIET);
        quiet().chain(modules).chain(quiet()).collect()
    });
    let quiet = || std::iter::repeat_n(blank.clone(), QUIET);
    quiet().chain(drawn).chain(quiet()).flat_map(|row| row.repeat(SIDE)).collect()
}
