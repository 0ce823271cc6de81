//! A database full of waiting replies, put there by the store itself.

use std::{collections::HashMap, path::PathBuf};

use anyhow::{Context, Result, ensure};
use connector_api::{
    ChannelMessage, Contact, Content, Credentials, Event, EventKind, Secret, Timestamp,
    capabilities::{Permit, WindowLedger},
};
use end_to_end::ENCRYPTION_KEY;
use futures_util::future::{join_all, try_join_all};
use jackfield::{
    clock::Clock,
    credentials::CredentialKeeper,
    model::{ConversationId, Priority},
    seal::{SealKey, Sealer},
    store::{
        Accounts as _, Arrival, AuthorizedAccount, Conversations as _, Enqueued, Inbound as _, NewMessage,
        Outbox as _, Plan, PlannedMessage, Upkeep as _, sqlite::SqliteStore,
    },
};
use tempfile::TempDir;

use crate::app::{ACCOUNTS, App, CONVERSATIONS, INSTANCE, SPARE, business};

const REPLIES: usize = 10;
const WINDOW_SECONDS: i64 = 48 * 3600;
/// The last conversation's window closes so soon after the seed is planted: long before the line is empty.
const CLOSES_AFTER_SECONDS: i64 = 100;
/// So many events are taken in by one write.
const EVENTS_AT_ONCE: usize = 250;

/// The database, and what is in it.
pub(crate) struct Seed {
    folder: TempDir,
    /// A conversation in which nothing waits.
    pub(crate) idle: ConversationId,
    /// Another one, whose window closes soon.
    pub(crate) closing: ConversationId,
    /// When that is.
    pub(crate) closes_at: Timestamp,
}

impl Seed {
    pub(crate) async fn plant(one: &App, other: &App) -> Result<Self> {
        let same = one.opened.iter().zip(&other.opened);
        ensure!(same.clone().all(|(a, b)| a.conversation_id == b.conversation_id), "the two apps differ");
        ensure!(one.tokens == other.tokens, "the tokens of the two apps differ");
        let folder = tempfile::tempdir()?;
        let store = SqliteStore::open(&file(&folder))?;
        let clock = Clock::system();
        connect(&store, one, &clock).await?;
        let now = clock.now();
        let closes_at = now.plus_seconds(CLOSES_AFTER_SECONDS);
        open(&store, one, now, closes_at).await?;
        let ids: HashMap<_, _> = store
            .conversations(
                &jackfield::model::Scope::Everything,
                jackfield::store::ConversationFilter::default(),
                None,
                u32::MAX - 1,
            )
            .await?
            .items
            .into_iter()
            .map(|c| (c.platform_id, c.id))
            .collect();
        let ids = one.opened.iter().map(|said| ids.get(&said.conversation_id).copied());
        let ids = ids.collect::<Option<Vec<_>>>().context("a conversation is missing")?;
        let (full, spare) = ids.split_at(CONVERSATIONS - SPARE);
        for reply in 0..REPLIES {
            let queued = join_all(full.iter().map(|id| store.enqueue(bulk(*id, reply, now)))).await;
            ensure!(queued.iter().all(|one| matches!(one, Ok(Enqueued::Queued(_)))), "a reply has no place");
        }
        store.settle().await?;
        let [idle, closing] = *spare else { anyhow::bail!("not two spare conversations") };
        Ok(Self { folder, idle, closing, closes_at })
    }

    pub(crate) fn database(&self) -> PathBuf {
        file(&self.folder)
    }
}

fn file(folder: &TempDir) -> PathBuf {
    folder.path().join("seed.db")
}

async fn connect(store: &SqliteStore, app: &App, clock: &Clock) -> Result<()> {
    let sealer = Sealer::new(SealKey::parse(ENCRYPTION_KEY)?, []);
    let keeper = CredentialKeeper::new(std::sync::Arc::new(store.clone()), sealer, clock.clone());
    for (number, token) in (0..ACCOUNTS).zip(&app.tokens) {
        let credentials = Credentials::permanent(Secret::new(token.clone()));
        let account = AuthorizedAccount {
            instance: INSTANCE.to_owned(),
            platform_id: business(number),
            handle: Some(format!("shop{number}")),
            display_name: None,
            missing_scopes: Vec::new(),
            credentials: keeper.seal(INSTANCE, &business(number), &credentials)?,
        };
        store.save_account(account, clock.now()).await?;
    }
    Ok(())
}

/// Every customer has written; the last one so long ago that the window closes at `closes_at`.
async fn open(store: &SqliteStore, app: &App, now: Timestamp, closes_at: Timestamp) -> Result<()> {
    let event = |(number, said): (usize, &tiktok_simulator::SentEvent)| {
        let at = if number + 1 == CONVERSATIONS { closes_at.plus_seconds(-WINDOW_SECONDS) } else { now };
        let kind = EventKind::MessageReceived {
            conversation: said.conversation_id.clone(),
            contact: Contact::new(format!("customer {number}")),
            message: ChannelMessage::new(said.message_id.clone(), at, Content::text("hello")),
        };
        Event::new(business(number % ACCOUNTS), said.message_id.clone(), at, kind)
    };
    let events: Vec<_> = app.opened.iter().enumerate().map(event).collect();
    try_join_all(events.chunks(EVENTS_AT_ONCE).map(|events| {
        store.ingest(Arrival {
            instance: INSTANCE.to_owned(),
            received_at: now,
            body: b"seed".to_vec(),
            request: None,
            stale: false,
            events: events.to_vec(),
            accounts: Vec::new(),
            polled: None,
        })
    }))
    .await?;
    Ok(())
}

fn bulk(conversation: ConversationId, reply: usize, now: Timestamp) -> NewMessage {
    let content = Content::text(format!("reply {reply:02}"));
    let plan = move |ledger: WindowLedger| {
        let reserved_under = ledger.last_inbound_at;
        let expires_at = reserved_under.map(|at| at.plus_seconds(WINDOW_SECONDS));
        let permit = Permit { places: 1, reserved_under, expires_at };
        let message = PlannedMessage { content, sent_as: None, medium: None, quotes: false, permit };
        Ok(Plan { messages: vec![message], losses: Vec::new(), ledger: ledger.sent(now) })
    };
    NewMessage {
        conversation,
        asked: [0; 32],
        quotes: None,
        priority: Priority::Bulk,
        idempotency_key: None,
        send_at: None,
        expires_at: None,
        now,
        plan: Box::new(plan),
    }
}
