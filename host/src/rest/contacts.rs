//! The people who write.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};

use super::{
    body::{PathText, QueryOf, id},
    inbox_views::ContactView,
    paging::{PageQuery, PageView},
    problem::Problem,
};
use crate::{model::AccountId, shared::Shared, store::Erased};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContactsQuery {
    account: Option<AccountId>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// `GET /v1/contacts`: the newest first.
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    QueryOf(ContactsQuery { account, limit, cursor }): QueryOf<ContactsQuery>,
) -> Result<Json<PageView<ContactView>>, Problem> {
    let query = PageQuery { limit, cursor };
    let page = shared.store.contacts(account, query.after()?, query.limit()?).await?;
    Ok(Json(PageView::of(page, ContactView::from)))
}

/// `GET /v1/contacts/{id}`.
pub(super) async fn one(
    State(shared): State<Arc<Shared>>,
    PathText(contact): PathText,
) -> Result<Json<ContactView>, Problem> {
    let contact = shared.store.contact(id(&contact, "contact")?).await?;
    Ok(Json(contact.ok_or_else(|| Problem::not_found("contact"))?.into()))
}

/// How much was erased.
#[derive(Debug, Serialize)]
pub(super) struct ErasureView {
    conversations: u32,
    messages: u32,
    notes: u32,
    payloads: u32,
}

/// `DELETE /v1/contacts/{id}`: the contact and everything that tells of them.
pub(super) async fn erase(
    State(shared): State<Arc<Shared>>,
    PathText(contact): PathText,
) -> Result<Json<ErasureView>, Problem> {
    match shared.store.erase_contact(id(&contact, "contact")?, shared.clock.now()).await? {
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
