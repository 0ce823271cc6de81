//! One record of a connector's log, no longer than a log bears: what a connector writes is as long as it likes.

use connector_abi::{LogRecord, level};
use serde::{Deserialize, Serialize};

use crate::text::{cut, printable};

const MESSAGE_BYTES: usize = 8 << 10;
const FIELDS_BYTES: usize = 8 << 10;
const SPAN_BYTES: usize = 1 << 10;
/// Of a target, and of a file's name.
pub(crate) const PLACE_BYTES: usize = 256;

/// One record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LogLine {
    pub(crate) level: u8,
    pub(crate) target: String,
    pub(crate) message: String,
    /// `name=value`, with a space between them.
    pub(crate) fields: String,
    pub(crate) span: String,
}

impl LogLine {
    /// A record as the connector hands it over.
    pub(crate) fn of(record: &LogRecord<'_>) -> Self {
        let mut fields = String::new();
        for pair in record.fields.iter() {
            let space = if fields.is_empty() { "" } else { " " };
            let rest = FIELDS_BYTES.saturating_sub(fields.len());
            fields.extend([space, &cut(&pair.0, rest), "=", &cut(&pair.1, rest)]);
            if fields.len() > FIELDS_BYTES {
                break;
            }
        }
        Self {
            level: record.level,
            target: cut(&record.target, PLACE_BYTES),
            message: cut(&record.message, MESSAGE_BYTES),
            fields: cut(&fields, FIELDS_BYTES),
            span: cut(&record.span_path, SPAN_BYTES),
        }
    }

    /// The same in short and on one line, whoever made it.
    pub(crate) fn fit(&self) -> Self {
        let fit = |text: &str, max| printable(&cut(text, max));
        Self {
            level: self.level,
            target: fit(&self.target, PLACE_BYTES),
            message: fit(&self.message, MESSAGE_BYTES),
            fields: fit(&self.fields, FIELDS_BYTES),
            span: fit(&self.span, SPAN_BYTES),
        }
    }

    /// What is written before this record, where others before it were not.
    pub(crate) fn after_dropped(&self, message: String) -> Self {
        let (target, span) = (self.target.clone(), self.span.clone());
        Self { level: level::WARN, target, message, fields: String::new(), span }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_without_end_is_cut_and_stays_on_its_line() {
        let long = "\n".repeat(100_000);
        let line = LogLine {
            level: 3,
            target: long.clone(),
            message: long.clone(),
            fields: long.clone(),
            span: long,
        };
        let fit = line.fit();
        for (text, max) in [(&fit.target, 256), (&fit.message, 8192), (&fit.fields, 8192), (&fit.span, 1024)]
        {
            assert!(text.starts_with("\\n") && !text.contains('\n') && text.ends_with('…'));
            assert!(text.len() <= 2 * max + 8, "{}", text.len());
        }
    }
}
