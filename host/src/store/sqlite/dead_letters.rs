//! Outbound messages by how far they are: what needs a person.

use rusqlite::{Connection, named_params};

use super::{
    Cursor, Page, Sought, StoreError, conversations,
    rows::{cursor, paged, text},
};
use crate::model::Message;

pub(super) fn sought(
    db: &Connection,
    scope: Option<&str>,
    sought: &Sought,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Page<Message>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT m.* FROM messages m
         JOIN conversations c ON c.id = m.conversation_id JOIN accounts a ON a.id = c.account_id
         WHERE m.direction = 'outbound' AND m.status = :status
           AND (:scope IS NULL OR a.id IN (SELECT value FROM json_each(:scope)))
           AND (:account IS NULL OR a.id = :account) AND (:instance IS NULL OR a.instance = :instance)
           AND (:at IS NULL OR (m.created_at, m.id) < (:at, :id))
         ORDER BY m.created_at DESC, m.id DESC LIMIT :limit",
    )?;
    let parameters = named_params! {
        ":scope": scope,
        ":status": text(&sought.status)?,
        ":account": sought.account.map(|id| id.to_string()),
        ":instance": sought.instance,
        ":at": after.map(|c| c.at.as_millis()),
        ":id": after.map(|c| c.id.to_string()),
        ":limit": i64::from(limit) + 1,
    };
    let rows = query.query_map(parameters, conversations::message_from_row)?;
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    let mut page = paged(rows, limit, |m| cursor(m.created_at, m.id.0));
    for message in &mut page.items {
        conversations::complete(db, message)?;
    }
    Ok(page)
}
