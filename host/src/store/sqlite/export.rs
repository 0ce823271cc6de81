//! One read transaction from beginning to end, on a connection of its own, so that no reader is missing meanwhile.

use std::time::Duration;

use async_trait::async_trait;
use connector_api::Timestamp;
use rusqlite::{Connection, Row, named_params};
use tokio::{runtime::Handle, sync::mpsc, time::timeout};

use super::{
    Export, ExportFilter, Record, Records, SqliteStore, StoreError, accounts, comments, connect, contacts,
    conversations, inbox, referrals, rows::scope_text,
};

/// Records that wait for whoever reads them.
const WAITING: usize = 100;
/// Whoever takes none for so long is gone: an old picture keeps the write-ahead log from being emptied.
const TAKEN_WITHIN: Duration = Duration::from_secs(60);

#[async_trait]
impl Export for SqliteStore {
    async fn export(&self, filter: ExportFilter) -> Result<Records, StoreError> {
        let (sender, records) = mpsc::channel(WAITING);
        let (path, runtime) = (self.path.clone(), Handle::current());
        tokio::task::spawn_blocking(move || {
            let out = Out { sender, runtime };
            if let Err(error) = connect(&path).and_then(|db| all(&db, &filter, &out)) {
                // Where nobody reads any more, nobody is told.
                let _nobody = out.send(Err(error));
            }
        });
        Ok(records)
    }
}

struct Out {
    sender: mpsc::Sender<Result<Record, StoreError>>,
    runtime: Handle,
}

impl Out {
    fn send(&self, record: Result<Record, StoreError>) -> Result<(), StoreError> {
        let sent = self.runtime.block_on(timeout(TAKEN_WITHIN, self.sender.send(record)));
        match sent {
            Ok(Ok(())) => Ok(()),
            _ => Err(StoreError::Failed("nobody reads the export any more".to_owned())),
        }
    }
}

fn all(db: &Connection, filter: &ExportFilter, out: &Out) -> Result<(), StoreError> {
    let picture = db.unchecked_transaction()?;
    let within = |id: &str| format!("(:scope IS NULL OR {id} IN (SELECT value FROM json_each(:scope)))");
    let of_conversation = |time: &str| {
        format!(
            "conversation_id IN (SELECT id FROM conversations WHERE {})
             AND (:since IS NULL OR {time} >= :since)",
            within("account_id")
        )
    };
    let accounts = format!("SELECT * FROM accounts WHERE {} AND :since IS NOT 0 ORDER BY id", within("id"));
    each(db, &accounts, filter, out, |row| Ok(Record::Account(Box::new(accounts::from_row(row)?))))?;
    let contacts =
        format!("SELECT * FROM contacts WHERE {} AND :since IS NOT 0 ORDER BY id", within("account_id"));
    each(db, &contacts, filter, out, |row| Ok(Record::Contact(contacts::from_row(row)?)))?;
    let all = conversations::CONVERSATIONS;
    let list = format!("{all} WHERE {} AND :since IS NOT 0 ORDER BY c.id", within("c.account_id"));
    each(db, &list, filter, out, |row| {
        Ok(Record::Conversation(Box::new(conversations::conversation_from_row(row)?)))
    })?;
    let came = format!(
        "SELECT * FROM referrals WHERE {} ORDER BY conversation_id, referred_at",
        of_conversation("referred_at")
    );
    each(db, &came, filter, out, |row| Ok(Record::Referral(referrals::from_row(row)?)))?;
    let messages = format!("SELECT * FROM messages WHERE {} ORDER BY rowid", of_conversation("created_at"));
    each(db, &messages, filter, out, |row| {
        Ok(Record::Message(Box::new(conversations::message_from_row(row)?)))
    })?;
    let notes = format!("SELECT * FROM notes WHERE {} ORDER BY rowid", of_conversation("created_at"));
    each(db, &notes, filter, out, |row| Ok(Record::Note(inbox::note_from_row(row)?)))?;
    let comments = format!(
        "{} WHERE {} AND (:since IS NULL OR max(k.changed_at, ifnull(w.changed_at, 0)) >= :since) ORDER BY k.rowid",
        comments::COMMENTS,
        within("k.account_id")
    );
    each(db, &comments, filter, out, |row| Ok(Record::Comment(Box::new(comments::from_row(row)?))))?;
    Ok(picture.commit()?)
}

fn each(
    db: &Connection,
    sql: &str,
    filter: &ExportFilter,
    out: &Out,
    record: impl Fn(&Row<'_>) -> rusqlite::Result<Record>,
) -> Result<(), StoreError> {
    let mut query = db.prepare(sql)?;
    let mut rows = query.query(named_params! {
        ":scope": scope_text(&filter.scope)?,
        ":since": filter.since.map(Timestamp::as_millis),
    })?;
    while let Some(row) = rows.next()? {
        let mut record = record(row)?;
        if let Record::Message(message) = &mut record {
            conversations::complete(db, message)?;
        }
        out.send(Ok(record))?;
    }
    Ok(())
}
