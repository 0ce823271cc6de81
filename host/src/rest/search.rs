//! `GET /v1/search`: messages, notes and contacts by their words.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    body::QueryOf,
    caller::Caller,
    inbox_views::HitView,
    paging::{PageQuery, PageView},
    problem::Problem,
};
use crate::{model::AccountId, shared::Shared, store::SearchQuery};

const MAX_QUERY_CHARS: usize = 256;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Query {
    /// Words, each of which has to begin one of the text; between quotation marks they follow each other.
    #[param(min_length = 1, max_length = 256)]
    q: String,
    account: Option<AccountId>,
    /// How many at most; 50 where it is missing.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Finds messages, notes and contacts; what came last first.
#[utoipa::path(get, path = "/v1/search", tag = "search",
    params(Query), responses((status = 200, body = PageView<HitView>)))]
pub(super) async fn search(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    QueryOf(Query { q, account, limit, cursor }): QueryOf<Query>,
) -> Result<Json<PageView<HitView>>, Problem> {
    if q.trim().is_empty() || q.chars().count() > MAX_QUERY_CHARS {
        return Err(Problem::malformed(format!("q takes 1 to {MAX_QUERY_CHARS} characters.")));
    }
    let page = PageQuery::new(limit, cursor);
    let (after, limit) = (page.after_number()?, page.limit()?);
    let hits = shared
        .store
        .search(SearchQuery { text: q, scope: caller.scope().narrowed(account) }, after, limit)
        .await?;
    Ok(Json(PageView::after_number_of(hits.items, hits.next, HitView::from)))
}
