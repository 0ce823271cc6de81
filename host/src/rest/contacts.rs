//! The people who write.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    body::{PathText, QueryOf, id},
    caller::Caller,
    inbox_views::ContactView,
    paging::{PageQuery, PageView},
    problem::Problem,
};
use crate::{
    model::{AccountId, Contact, ContactId},
    shared::Shared,
    store::Erased,
};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ContactsQuery {
    account: Option<AccountId>,
    /// How many at most; 50 where it is missing.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Contacts, the newest first.
#[utoipa::path(get, path = "/v1/contacts", tag = "contacts",
    params(ContactsQuery), responses((status = 200, body = PageView<ContactView>)))]
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    QueryOf(ContactsQuery { account, limit, cursor }): QueryOf<ContactsQuery>,
) -> Result<Json<PageView<ContactView>>, Problem> {
    let query = PageQuery::new(limit, cursor);
    let page =
        shared.store.contacts(&caller.scope().narrowed(account), query.after()?, query.limit()?).await?;
    Ok(Json(PageView::of(page, ContactView::from)))
}

/// One contact.
#[utoipa::path(get, path = "/v1/contacts/{id}", tag = "contacts",
    params(("id" = ContactId, Path)), responses((status = 200, body = ContactView)))]
pub(super) async fn one(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(text): PathText,
) -> Result<Json<ContactView>, Problem> {
    Ok(Json(contact(&shared, &caller, &text).await?.into()))
}

async fn contact(shared: &Shared, caller: &Caller, text: &str) -> Result<Contact, Problem> {
    let contact = shared.store.contact(id(text, "contact")?).await?;
    let contact = contact.filter(|contact| caller.may(contact.account));
    contact.ok_or_else(|| Problem::not_found("contact"))
}

/// How much was erased.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ErasureView {
    conversations: u32,
    messages: u32,
    notes: u32,
    payloads: u32,
}

/// Erases a contact with everything that tells of them.
#[utoipa::path(delete, path = "/v1/contacts/{id}", tag = "contacts",
    params(("id" = ContactId, Path)), responses((status = 200, body = ErasureView),
        (status = 409, description = "A message to them is being sent at this moment.")))]
pub(super) async fn erase(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(text): PathText,
) -> Result<Json<ErasureView>, Problem> {
    let contact = contact(&shared, &caller, &text).await?.id;
    match shared.store.erase_contact(contact, shared.clock.now()).await? {
        Erased::Gone(erasure) => Ok(Json(ErasureView {
            conversations: erasure.conversations,
            messages: erasure.messages,
            notes: erasure.notes,
            payloads: erasure.payloads,
        })),
        Erased::Sending => {
            let detail = "A message to this contact is being sent at this moment; try again shortly.";
            Err(Problem::new(StatusCode::CONFLICT, "contact.sending", detail))
        }
        Erased::UnknownContact => Err(Problem::not_found("contact")),
    }
}
