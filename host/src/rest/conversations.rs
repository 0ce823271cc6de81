//! Conversations.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
    time::Duration,
};

use axum::{Json, extract::State};
use connector_api::capabilities::document::Window;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    body::{PathText, QueryOf},
    caller::Caller,
    paging::{PageQuery, PageView},
    problem::Problem,
    situations::of_instance,
    views::ConversationView,
};
use crate::{
    model::{AccountId, Conversation, ConversationId},
    shared::Shared,
    store::{Page, StoreError, WindowFilter},
};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Only those still inside their reply window, those of them whose window closes soon, or those past it: in the order
    /// of its end.
    #[param(inline)]
    window: Option<WindowName>,
    /// How many at most; 50 where it is missing.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum WindowName {
    Open,
    Closing,
    Closed,
}

impl WindowName {
    fn filter(&self, lead: Duration) -> WindowFilter {
        match self {
            Self::Open => WindowFilter::Open,
            Self::Closing => WindowFilter::Closing(lead),
            Self::Closed => WindowFilter::Closed,
        }
    }
}

/// Conversations, the one with the newest message first; with `window` the one whose window closes first, or closed
/// last.
#[utoipa::path(get, path = "/v1/conversations", tag = "conversations",
    params(ListQuery), responses((status = 200, body = PageView<ConversationView>)))]
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    QueryOf(query): QueryOf<ListQuery>,
) -> Result<Json<PageView<ConversationView>>, Problem> {
    let page = PageQuery::new(query.limit, query.cursor);
    let (after, limit) = (page.after()?, page.limit()?);
    let page = match query.window {
        None => shared.store.conversations(caller.scope(), after, limit).await?,
        Some(name) => {
            let filter = name.filter(shared.config.alerts.window_closing);
            let now = shared.clock.now();
            shared.store.conversations_by_window(caller.scope(), filter, now, after, limit).await?
        }
    };
    let mut windows = Windows::default();
    let mut items = Vec::with_capacity(page.items.len());
    for conversation in page.items {
        items.push(windows.view(&shared, conversation).await?);
    }
    Ok(Json(PageView::of(Page { items, next: page.next }, |view| view)))
}

/// One conversation.
#[utoipa::path(get, path = "/v1/conversations/{id}", tag = "conversations",
    params(("id" = ConversationId, Path)), responses((status = 200, body = ConversationView)))]
pub(super) async fn one(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(conversation): PathText,
) -> Result<Json<ConversationView>, Problem> {
    let conversation = caller.conversation(&shared, &conversation).await?;
    Ok(Json(Windows::default().view(&shared, conversation).await?))
}

/// After a failed message, the rest of the line may go on.
#[utoipa::path(post, path = "/v1/conversations/{id}/resume", tag = "conversations",
    params(("id" = ConversationId, Path)), responses((status = 200, body = ConversationView)))]
pub(super) async fn resume(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(conversation): PathText,
) -> Result<Json<ConversationView>, Problem> {
    let id = caller.conversation(&shared, &conversation).await?.id;
    if shared.store.resume(id).await? {
        shared.resumed.send_replace(());
    }
    let conversation = caller.conversation(&shared, &conversation).await?;
    Ok(Json(Windows::default().view(&shared, conversation).await?))
}

/// A conversation as it is now.
pub(super) async fn view(shared: &Shared, of: Conversation) -> Result<ConversationView, StoreError> {
    Windows::default().view(shared, of).await
}

/// The reply windows of accounts, asked for once in a list.
#[derive(Default)]
struct Windows(BTreeMap<AccountId, Option<Window>>);

impl Windows {
    async fn view(&mut self, shared: &Shared, of: Conversation) -> Result<ConversationView, StoreError> {
        let window = match self.0.entry(of.account) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(vacant) => vacant.insert(window(shared, &of).await?),
        };
        Ok(ConversationView::new(of, window.as_ref(), shared.clock.now()))
    }
}

/// The reply window of a conversation's account; `None` also where its channel does not run.
async fn window(shared: &Shared, conversation: &Conversation) -> Result<Option<Window>, StoreError> {
    let Ok(channel) = of_instance(shared, &conversation.instance) else {
        return Ok(None);
    };
    let here = channel.of_account(&*shared.store, conversation.account).await?;
    Ok(here.effective().window().cloned())
}
