//! Finding messages, notes and contacts by their words.

use async_trait::async_trait;

use super::StoreError;
use crate::model::{Hit, Scope};

/// What is searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuery {
    /// What a person typed. Every word of it has to begin a word of what is found; words between quotation marks have
    /// to follow each other. Letters are the same with and without accents, large and small.
    pub text: String,
    /// Only of these accounts.
    pub scope: Scope,
}

/// A page of what was found, the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hits {
    /// What was found.
    pub items: Vec<Hit>,
    /// Hand it back for the next page; `None` at the end.
    pub next: Option<i64>,
}

/// Finding messages, notes and contacts by their words.
#[async_trait]
pub trait Search: Send + Sync {
    /// What was found, in the reverse order in which it came. No text is an error.
    async fn search(&self, query: SearchQuery, after: Option<i64>, limit: u32) -> Result<Hits, StoreError>;
}
