//! Comments under posts of accounts. By the platform's time, in whatever order their changes arrive.

use async_trait::async_trait;
use connector_api::{Comment as ChannelComment, CommentAction, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::{
    Comments, Cursor, Page, Sought, SqliteStore, StoreError, events,
    rows::{cursor, id, name, optional_id, optional_json, optional_time, paged, scope_text, text, time},
};
use crate::model::{
    AccountId, Comment, CommentAnswer, CommentId, CommentState, ContactId, EventDetail, InboxEventKind, Scope,
};

#[async_trait]
impl Comments for SqliteStore {
    async fn comments(
        &self,
        account: AccountId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Comment>, StoreError> {
        self.readers.read(move |db| page(db, account, after.as_ref(), limit)).await
    }

    async fn answered(
        &self,
        scope: &Scope,
        sought: Sought,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Comment>, StoreError> {
        let scope = scope_text(scope)?;
        let look = move |db: &Connection| answered(db, scope.as_deref(), &sought, after.as_ref(), limit);
        self.readers.read(look).await
    }

    async fn comment(&self, id: CommentId) -> Result<Option<Comment>, StoreError> {
        self.readers.read(move |db| one(db, id)).await
    }
}

/// The comment of a row, with the public id of its author, and its answer.
pub(super) const COMMENTS: &str = "SELECT k.*, p.public_id AS contact, w.content AS answer_content,
        ifnull(m.status, w.status) AS answer_status, iif(m.id IS NULL, w.reason, m.reason) AS answer_reason,
        w.signal AS answer_signal, m.id AS answer_message, m.conversation_id AS answer_conversation, w.created_at AS answer_at
    FROM comments k LEFT JOIN contacts p ON p.id = k.contact_id LEFT JOIN comment_answers w ON w.comment_id = k.id
    LEFT JOIN messages m ON m.id = w.message_id";

/// What is told of a comment. What is known already changes nothing.
pub(super) fn apply(
    db: &Connection,
    account: AccountId,
    contact: Option<i64>,
    told: &ChannelComment,
    at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let known = by_platform_id(db, account, &told.id)?;
    let action = match told.action {
        CommentAction::Removed => Some(CommentState::Removed),
        CommentAction::Hidden => Some(CommentState::Hidden),
        CommentAction::Written | CommentAction::Shown => Some(CommentState::Shown),
        _ => None,
    };
    let newer = known.as_ref().is_none_or(|known| at >= known.changed_at);
    let state = match &known {
        Some(known) => action.filter(|_| newer).unwrap_or(known.state),
        None => action.unwrap_or(CommentState::Shown),
    };
    let mut upsert = db.prepare_cached(
        "INSERT INTO comments (id, account_id, platform_id, contact_id, text, post, parent, answerable, state, at,
                               changed_at)
         VALUES (:id, :account, :platform_id, :contact, iif(:state = 'removed', NULL, :text), :post, :parent,
                 :answerable, :state, :at, :at)
         ON CONFLICT (account_id, platform_id) DO UPDATE SET
            contact_id = ifnull(contact_id, excluded.contact_id),
            text = iif(:state = 'removed', NULL, ifnull(iif(:newer, :text, text), ifnull(text, :text))),
            post = ifnull(post, excluded.post), parent = ifnull(parent, excluded.parent),
            answerable = answerable OR excluded.answerable, state = :state,
            at = min(at, excluded.at), changed_at = max(changed_at, excluded.changed_at)
         RETURNING id",
    )?;
    let comment: CommentId = upsert.query_row(
        named_params! {
            ":id": CommentId::generate().to_string(), ":account": account.to_string(),
            ":platform_id": told.id, ":contact": contact, ":text": told.text, ":post": told.post,
            ":parent": told.parent, ":answerable": told.answerable, ":state": text(&state)?,
            ":at": at.as_millis(), ":newer": newer,
        },
        |row| id(row, "id"),
    )?;
    // Times alone are no news.
    let after = one(db, comment)?.map(|after| match &known {
        Some(known) => Comment { at: known.at, changed_at: known.changed_at, ..after },
        None => after,
    });
    if after == known {
        return Ok(());
    }
    tell(db, account, comment, after.and_then(|comment| comment.contact), now)
}

/// Tells that a comment, or the answer to it, changed.
pub(super) fn tell(
    db: &Connection,
    account: AccountId,
    comment: CommentId,
    contact: Option<ContactId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let detail = Some(EventDetail::Comment { comment });
    let about = events::About { contact, detail, ..events::About::default() };
    events::about(db, InboxEventKind::CommentChanged, account, &about, now)
}

fn by_platform_id(
    db: &Connection,
    account: AccountId,
    platform_id: &str,
) -> Result<Option<Comment>, StoreError> {
    let mut query = db.prepare_cached(&format!("{COMMENTS} WHERE k.account_id = ? AND k.platform_id = ?"))?;
    Ok(query.query_row([&account.to_string(), platform_id], from_row).optional()?)
}

fn page(
    db: &Connection,
    account: AccountId,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Page<Comment>, StoreError> {
    let mut query = db.prepare_cached(&format!(
        "{COMMENTS} WHERE k.account_id = :account AND (:at IS NULL OR (k.at, k.id) < (:at, :id))
         ORDER BY k.at DESC, k.id DESC LIMIT :limit"
    ))?;
    let rows = query.query_map(
        named_params! {
            ":account": account.to_string(),
            ":at": after.map(|c| c.at.as_millis()),
            ":id": after.map(|c| c.id.to_string()),
            ":limit": i64::from(limit) + 1,
        },
        from_row,
    )?;
    Ok(paged(rows.collect::<Result<_, _>>()?, limit, |comment: &Comment| cursor(comment.at, comment.id.0)))
}

/// By the answers, which are few beside the comments.
fn answered(
    db: &Connection,
    scope: Option<&str>,
    sought: &Sought,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Page<Comment>, StoreError> {
    let mut query = db.prepare_cached(&format!(
        "{COMMENTS} WHERE k.id IN (SELECT o.comment_id FROM comment_answers o
                LEFT JOIN messages t ON t.id = o.message_id WHERE ifnull(t.status, o.status) = :status)
           AND (:scope IS NULL OR k.account_id IN (SELECT value FROM json_each(:scope)))
           AND (:account IS NULL OR k.account_id = :account)
           AND (:instance IS NULL OR k.account_id IN (SELECT id FROM accounts WHERE instance = :instance))
           AND (:at IS NULL OR (w.created_at, k.id) < (:at, :id))
         ORDER BY w.created_at DESC, k.id DESC LIMIT :limit"
    ))?;
    let rows = query.query_map(
        named_params! {
            ":status": text(&sought.status)?,
            ":scope": scope,
            ":account": sought.account.map(|id| id.to_string()),
            ":instance": sought.instance,
            ":at": after.map(|c| c.at.as_millis()),
            ":id": after.map(|c| c.id.to_string()),
            ":limit": i64::from(limit) + 1,
        },
        from_row,
    )?;
    let answered_at =
        |comment: &Comment| comment.answer.as_ref().map_or(comment.at, |answer| answer.created_at);
    Ok(paged(rows.collect::<Result<_, _>>()?, limit, |comment: &Comment| {
        cursor(answered_at(comment), comment.id.0)
    }))
}

pub(super) fn one(db: &Connection, id: CommentId) -> Result<Option<Comment>, StoreError> {
    let mut query = db.prepare_cached(&format!("{COMMENTS} WHERE k.id = ?"))?;
    Ok(query.query_row([id.to_string()], from_row).optional()?)
}

pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<Comment> {
    Ok(Comment {
        id: id(row, "id")?,
        account: id(row, "account_id")?,
        platform_id: row.get("platform_id")?,
        contact: optional_id(row, "contact")?,
        text: row.get("text")?,
        post: row.get("post")?,
        parent: row.get("parent")?,
        answerable: row.get("answerable")?,
        state: name(row, "state")?,
        at: time(row, "at")?,
        changed_at: time(row, "changed_at")?,
        answer: answer(row)?,
    })
}

fn answer(row: &Row<'_>) -> rusqlite::Result<Option<CommentAnswer>> {
    let Some(created_at) = optional_time(row, "answer_at")? else { return Ok(None) };
    Ok(Some(CommentAnswer {
        status: name(row, "answer_status")?,
        signal: name(row, "answer_signal")?,
        reason: optional_json(row, "answer_reason")?,
        content: optional_json(row, "answer_content")?,
        message: optional_id(row, "answer_message")?,
        conversation: optional_id(row, "answer_conversation")?,
        created_at,
    }))
}
