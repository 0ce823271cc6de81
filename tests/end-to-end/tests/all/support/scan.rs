//! Reading QR codes from what the host draws.

use anyhow::{Context, Result, ensure};

/// The text of the code in a picture.
pub(crate) fn png(bytes: &[u8]) -> Result<String> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info()?;
    let mut pixels = vec![0; reader.output_buffer_size().context("too large")?];
    let frame = reader.next_frame(&mut pixels)?;
    let width = usize::try_from(frame.width)?;
    read(width, |x, y| pixels[y * width + x])
}

/// The text of the code in a drawing, which consists of black rectangles on white.
pub(crate) fn svg(text: &str) -> Result<String> {
    ensure!(!text.contains("<script") && !text.contains("href"), "it does more than to draw");
    let attribute = |name: &str| {
        let (_, rest) = text.split_once(&format!(" {name}=\"")).context("no such attribute")?;
        Ok::<_, anyhow::Error>(rest.split_once('"').context("no end")?.0)
    };
    let width: usize = attribute("width")?.parse()?;
    let mut pixels = vec![u8::MAX; width * width];
    for rectangle in attribute("d")?.split('M').skip(1) {
        // `x y h width v height H x V y`, or without the last step.
        let numbers: Vec<usize> = rectangle
            .split(|letter: char| !letter.is_ascii_digit())
            .filter_map(|number| number.parse().ok())
            .collect();
        let [left, top, wide, high, ..] = numbers[..] else { anyhow::bail!("no rectangle: {rectangle}") };
        for y in top..top + high {
            pixels[y * width + left..][..wide].fill(0);
        }
    }
    read(width, |x, y| pixels[y * width + x])
}

fn read(width: usize, at: impl FnMut(usize, usize) -> u8) -> Result<String> {
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, width, at);
    let grids = image.detect_grids();
    let [grid] = grids.as_slice() else { anyhow::bail!("{} codes", grids.len()) };
    Ok(grid.decode()?.1)
}
