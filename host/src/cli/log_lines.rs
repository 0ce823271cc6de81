//! The log as lines: each record is one, whatever files, connectors and platforms put into it.

use std::io::{self, Write};

use jackfield::report::printable;
use tracing_subscriber::fmt::MakeWriter;

const ESCAPE: char = '\u{1b}';

/// Writes each record as one line.
pub(super) struct Lines<W> {
    pub(super) to: W,
    /// The records hold colours, and no other escape sequences.
    pub(super) coloured: bool,
}

/// Writes one record.
pub(super) struct Line<W> {
    to: W,
    coloured: bool,
}

impl<W: Write + Clone> MakeWriter<'_> for Lines<W> {
    type Writer = Line<W>;

    fn make_writer(&self) -> Self::Writer {
        Line { to: self.to.clone(), coloured: self.coloured }
    }
}

impl<W: Write> Write for Line<W> {
    fn write(&mut self, record: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(record);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let line = if self.coloured {
            let pieces: Vec<_> = text.split(ESCAPE).map(printable).collect();
            pieces.join("\u{1b}")
        } else {
            printable(text)
        };
        self.to.write_all(format!("{line}\n").as_bytes())?;
        Ok(record.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(record: &str, coloured: bool) -> String {
        let mut line = Line { to: Vec::new(), coloured };
        line.write_all(record.as_bytes()).unwrap();
        String::from_utf8(line.to).unwrap()
    }

    #[test]
    fn a_record_is_one_line_whatever_it_holds() {
        let record = "WARN refused file=a\n2026 INFO all is well\r\u{1b}[2K\n";
        assert_eq!(written(record, false), "WARN refused file=a\\n2026 INFO all is well\\r\\u{1b}[2K\n");
        assert_eq!(written("\u{1b}[33mWARN\u{1b}[0m a\nb\n", true), "\u{1b}[33mWARN\u{1b}[0m a\\nb\n");
    }
}
