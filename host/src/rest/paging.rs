//! Lists in pages: `?limit=` and the opaque `?cursor=` of the page before.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use connector_api::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::problem::Problem;
use crate::store::{Cursor, Page};

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 200;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// How many at most; 50 where it is missing.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

impl PageQuery {
    /// For a list with filters of its own, whose query cannot hold this one.
    pub(super) fn new(limit: Option<u32>, cursor: Option<String>) -> Self {
        Self { limit, cursor }
    }

    pub(super) fn limit(&self) -> Result<u32, Problem> {
        match self.limit.unwrap_or(DEFAULT_LIMIT) {
            limit @ 1..=MAX_LIMIT => Ok(limit),
            _ => Err(Problem::malformed(format!("limit must be between 1 and {MAX_LIMIT}."))),
        }
    }

    pub(super) fn after(&self) -> Result<Option<Cursor>, Problem> {
        self.cursor.as_deref().map(|text| decode(text).ok_or_else(malformed)).transpose()
    }

    /// As [`after`](Self::after), in a list whose places are numbers.
    pub(super) fn after_number(&self) -> Result<Option<i64>, Problem> {
        let number = |text: &str| plain(text)?.parse().ok();
        self.cursor.as_deref().map(|text| number(text).ok_or_else(malformed)).transpose()
    }
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PageView<T> {
    items: Vec<T>,
    /// For the next page; `null` at the end.
    next_cursor: Option<String>,
}

/// A list without pages, for what stays few.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ListView<T> {
    pub(super) items: Vec<T>,
}

impl<T> PageView<T> {
    pub(super) fn of<R>(page: Page<R>, view: impl Fn(R) -> T) -> Self {
        let next_cursor = page.next.as_ref().map(encode);
        Self { items: page.items.into_iter().map(view).collect(), next_cursor }
    }

    /// A page of a list whose places are numbers.
    pub(super) fn after_number_of<R>(items: Vec<R>, next: Option<i64>, view: impl Fn(R) -> T) -> Self {
        let next_cursor = next.map(|number| URL_SAFE_NO_PAD.encode(number.to_string()));
        Self { items: items.into_iter().map(view).collect(), next_cursor }
    }
}

fn malformed() -> Problem {
    Problem::malformed("cursor must be the next_cursor of an earlier page.")
}

fn encode(cursor: &Cursor) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}:{}", cursor.at.as_millis(), cursor.id))
}

fn plain(cursor: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()
}

fn decode(text: &str) -> Option<Cursor> {
    let plain = plain(text)?;
    let (at, id) = plain.split_once(':')?;
    Some(Cursor { at: Timestamp::from_millis(at.parse().ok()?), id: id.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_anything_else_is_refused() {
        let cursor = Cursor { at: Timestamp::from_millis(-5), id: uuid::Uuid::now_v7() };
        assert_eq!(decode(&encode(&cursor)), Some(cursor));
        for text in ["", "x", "!!!", "MTp4", "OjE"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
