//! Conversations.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
    time::Duration,
};

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
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
    model::{AccountId, Conversation, ConversationId, StateName},
    shared::Shared,
    store::{ConversationFilter, Page, StoreError, WindowFilter},
};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    account: Option<AccountId>,
    instance: Option<String>,
    state: Option<StateName>,
    /// Empty: nobody's.
    assignee: Option<String>,
    label: Option<String>,
    unread: Option<bool>,
    /// The source of the first referral; empty: any.
    referral: Option<String>,
    /// Only those still inside their reply window, those of them whose window closes soon, or those past it: in the order
    /// of its end. Goes with no other filter.
    #[param(inline)]
    window: Option<WindowName>,
    /// How many at most; 50 where it is missing.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

impl ListQuery {
    fn parts(self) -> (ConversationFilter, Option<WindowName>, PageQuery) {
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        let filter = ConversationFilter {
            account: self.account,
            instance: self.instance,
            state: self.state,
            assignee: self.assignee.map(some),
            label: self.label,
            unread: self.unread,
            referral: self.referral.map(some),
        };
        (filter, self.window, PageQuery::new(self.limit, self.cursor))
    }
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
    let (filter, window, page) = query.parts();
    let (after, limit) = (page.after()?, page.limit()?);
    let page = match window {
        None => shared.store.conversations(caller.scope(), filter, after, limit).await?,
        Some(_) if filter != ConversationFilter::default() => {
            return Err(Problem::malformed("window goes with no other filter."));
        }
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
) -> Result<Response, Problem> {
    let conversation = caller.conversation(&shared, &conversation).await?;
    tagged(&shared, conversation).await
}

/// The conversation with the tag that a change of it may name: it stands for assignee, labels and state.
pub(super) async fn tagged(shared: &Shared, conversation: Conversation) -> Result<Response, Problem> {
    let tag = format!("\"{}\"", conversation.handling.revision);
    let view = Windows::default().view(shared, conversation).await?;
    Ok(([(header::ETAG, tag)], Json(view)).into_response())
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
    let here = channel.of_account(&*shared.store, conversation.account, shared.clock.now()).await?;
    Ok(here.effective().window().cloned())
}
