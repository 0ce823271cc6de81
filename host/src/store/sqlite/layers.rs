//! Layers over capability documents, and the answers of probes.

use async_trait::async_trait;
use connector_api::{
    Timestamp,
    capabilities::{AccountLayer, ConversationLayer, LiveAnswer},
};
use rusqlite::{Connection, OptionalExtension, named_params};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Layers, Narrowing, SqliteStore, StoreError, narrowing,
    rows::{name, optional_json, text, time},
    windows,
};
use crate::model::{AccountId, ConversationId};

#[async_trait]
impl Layers for SqliteStore {
    async fn account_layer(&self, id: AccountId) -> Result<AccountLayer, StoreError> {
        let query = "SELECT layer FROM accounts WHERE id = ?";
        self.readers.read(move |db| layer(db, query, &id.to_string())).await
    }

    async fn set_account_layer(&self, id: AccountId, layer: AccountLayer) -> Result<bool, StoreError> {
        let update = "UPDATE accounts SET layer = ? WHERE id = ?";
        self.writer
            .write(move |db| {
                let known = set_layer(db, update, &id.to_string(), &layer)?;
                // It may have chosen another window.
                windows::follow(db, id)?;
                Ok(known)
            })
            .await
    }

    async fn narrowing(
        &self,
        account: AccountId,
        conversation: Option<ConversationId>,
        now: Timestamp,
    ) -> Result<Narrowing, StoreError> {
        self.readers.read(move |db| narrowed(db, account, conversation, now)).await
    }

    async fn set_conversation_layer(
        &self,
        id: ConversationId,
        layer: ConversationLayer,
    ) -> Result<bool, StoreError> {
        let update = "UPDATE conversations SET layer = ? WHERE id = ?";
        self.writer
            .write(move |db| {
                let known = set_layer(db, update, &id.to_string(), &layer)?;
                // It may make the window shorter, or no longer does.
                narrowing::follow(db, id)?;
                Ok(known)
            })
            .await
    }

    async fn live_answers(
        &self,
        conversation: ConversationId,
        now: Timestamp,
    ) -> Result<Vec<LiveAnswer>, StoreError> {
        self.readers.read(move |db| live_answers(db, conversation, now)).await
    }

    async fn keep_live_answers(
        &self,
        conversation: ConversationId,
        answers: Vec<LiveAnswer>,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        self.writer.write(move |db| keep_live_answers(db, conversation, &answers, until)).await
    }

    async fn forget_live_answers(
        &self,
        conversation: ConversationId,
        claims: Vec<String>,
    ) -> Result<(), StoreError> {
        self.writer.write(move |db| forget_live_answers(db, conversation, &claims)).await
    }
}

fn narrowed(
    db: &Connection,
    account: AccountId,
    conversation: Option<ConversationId>,
    now: Timestamp,
) -> Result<Narrowing, StoreError> {
    // Only for reading: it gives all of them the same moment.
    let moment = db.unchecked_transaction()?;
    let mut query = moment.prepare_cached("SELECT status, layer FROM accounts WHERE id = ?")?;
    let known = query.query_row([account.to_string()], |row| {
        Ok((name(row, "status")?, optional_json::<AccountLayer>(row, "layer")?))
    });
    let (account_status, account) = known.optional()?.unzip();
    let of_account =
        Narrowing { account_status, account: account.flatten().unwrap_or_default(), ..Narrowing::default() };
    let Some(conversation) = conversation else { return Ok(of_account) };
    let query = "SELECT layer FROM conversations WHERE id = ?";
    Ok(Narrowing {
        conversation: layer(&moment, query, &conversation.to_string())?,
        live: live_answers(&moment, conversation, now)?,
        ..of_account
    })
}

fn layer<T: DeserializeOwned + Default>(db: &Connection, query: &str, id: &str) -> Result<T, StoreError> {
    let row = db.prepare_cached(query)?.query_row([id], |row| optional_json(row, "layer")).optional()?;
    Ok(row.flatten().unwrap_or_default())
}

fn set_layer<T: Serialize>(db: &Connection, update: &str, id: &str, layer: &T) -> Result<bool, StoreError> {
    Ok(db.prepare_cached(update)?.execute([&text(layer)?, id])? == 1)
}

fn live_answers(
    db: &Connection,
    conversation: ConversationId,
    now: Timestamp,
) -> Result<Vec<LiveAnswer>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT claim, available, observed_at FROM live_answers
         WHERE conversation_id = ? AND expires_at > ? ORDER BY claim",
    )?;
    let rows = query.query_map((conversation.to_string(), now.as_millis()), |row| {
        Ok(LiveAnswer {
            claim: row.get("claim")?,
            available: row.get("available")?,
            observed_at: time(row, "observed_at")?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn keep_live_answers(
    db: &Connection,
    conversation: ConversationId,
    answers: &[LiveAnswer],
    until: Timestamp,
) -> Result<(), StoreError> {
    let mut upsert = db.prepare_cached(
        "INSERT INTO live_answers (conversation_id, claim, available, observed_at, expires_at)
         VALUES (:conversation, :claim, :available, :observed_at, :expires_at)
         ON CONFLICT DO UPDATE SET available = excluded.available, observed_at = excluded.observed_at,
            expires_at = excluded.expires_at",
    )?;
    for answer in answers {
        upsert.execute(named_params! {
            ":conversation": conversation.to_string(),
            ":claim": answer.claim,
            ":available": answer.available,
            ":observed_at": answer.observed_at.as_millis(),
            ":expires_at": until.as_millis(),
        })?;
    }
    Ok(())
}

fn forget_live_answers(
    db: &Connection,
    conversation: ConversationId,
    claims: &[String],
) -> Result<(), StoreError> {
    let mut delete = db.prepare_cached("DELETE FROM live_answers WHERE conversation_id = ? AND claim = ?")?;
    for claim in claims {
        delete.execute([&conversation.to_string(), claim])?;
    }
    Ok(())
}
