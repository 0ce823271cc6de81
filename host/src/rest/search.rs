//! `GET /v1/search`: messages, notes and contacts by their words.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde::Deserialize;

use super::{
    body::QueryOf,
    inbox_views::HitView,
    paging::{PageQuery, PageView},
    problem::Problem,
};
use crate::{model::AccountId, shared::Shared, store::SearchQuery};

const MAX_QUERY_CHARS: usize = 256;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    q: String,
    account: Option<AccountId>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// What came last is found first.
pub(super) async fn search(
    State(shared): State<Arc<Shared>>,
    QueryOf(Query { q, account, limit, cursor }): QueryOf<Query>,
) -> Result<Json<PageView<HitView>>, Problem> {
    if q.trim().is_empty() || q.chars().count() > MAX_QUERY_CHARS {
        return Err(Problem::malformed(format!("q takes 1 to {MAX_QUERY_CHARS} characters.")));
    }
    let page = PageQuery { limit, cursor };
    let (after, limit) = (page.after_number()?, page.limit()?);
    let hits = shared.store.search(SearchQuery { text: q, account }, after, limit).await?;
    Ok(Json(PageView::after_number_of(hits.items, hits.next, HitView::from)))
}
