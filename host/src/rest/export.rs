//! `GET /v1/export`: everything that people wrote and decided, as JSON Lines.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use connector_api::Timestamp;
use futures_util::stream;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::{
    body::QueryOf,
    caller::Caller,
    comments::CommentView,
    inbox_views::{ContactView, ConversationReferralView, NoteView},
    problem::Problem,
    views::{AccountView, ConversationView, MessageView},
};
use crate::{
    model::AccountId,
    shared::Shared,
    store::{ExportFilter, Record, Records, StoreError},
};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ExportQuery {
    /// Only this account.
    account: Option<AccountId>,
    /// Only messages, notes, referrals and comments since then.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<jiff::Timestamp>,
}

/// Exports accounts without secrets, contacts, conversations, referrals, messages, notes and comments, one JSON object a line.
#[utoipa::path(get, path = "/v1/export", tag = "host", params(ExportQuery),
    responses((status = 200, body = String, content_type = "application/jsonl")))]
pub(super) async fn export(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    QueryOf(ExportQuery { account, since }): QueryOf<ExportQuery>,
) -> Result<Response, Problem> {
    let since = since.map(|since| Timestamp::from_millis(since.as_millisecond()));
    let records =
        shared.store.export(ExportFilter { scope: caller.scope().narrowed(account), since }).await?;
    let lines = stream::unfold(Some(records), next);
    Ok(([(header::CONTENT_TYPE, "application/jsonl")], Body::from_stream(lines)).into_response())
}

/// The next line. A failure ends the body before its end, which the client notices.
async fn next(records: Option<Records>) -> Option<(Result<Bytes, StoreError>, Option<Records>)> {
    let mut records = records?;
    let text = records.recv().await?.and_then(|record| {
        line(record).map_err(|error| StoreError::Failed(format!("a record cannot be written: {error}")))
    });
    match text {
        Ok(text) => Some((Ok(Bytes::from(text + "\n")), Some(records))),
        Err(error) => {
            tracing::error!(%error, "Export failed");
            Some((Err(error), None))
        }
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line {
    Account(Box<AccountView>),
    Contact(ContactView),
    Conversation(Box<ConversationView>),
    Referral(ConversationReferralView),
    Message(Box<MessageView>),
    Comment(Box<CommentView>),
    Note(NoteView),
}

/// A record as one line of JSON: the shapes of the API, with `type` beside them.
///
/// # Errors
/// Where it cannot be written as JSON.
pub fn line(record: Record) -> serde_json::Result<String> {
    // The reply window depends on the present, which an export has not.
    let line = match record {
        Record::Account(account) => Line::Account(Box::new((*account).into())),
        Record::Contact(contact) => Line::Contact(contact.into()),
        Record::Conversation(conversation) => {
            let at = conversation.last_message_at;
            Line::Conversation(Box::new(ConversationView::new(*conversation, None, at)))
        }
        Record::Referral(referral) => Line::Referral(referral.into()),
        Record::Message(message) => Line::Message(Box::new((*message).into())),
        Record::Comment(comment) => Line::Comment(Box::new((*comment).into())),
        Record::Note(note) => Line::Note(note.into()),
    };
    serde_json::to_string(&line)
}
