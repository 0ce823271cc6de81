//! Short words for the behaviours.

use connector_api::{
    CapabilityDocument, ChannelMessage, Contact, Content, EchoOrigin, Event, EventKind, Referral, Timestamp,
    capabilities::{Permit, Reason, ReasonCode, Reserved, WindowLedger},
};
use jackfield::{
    model::{
        Account, Conversation, ConversationId, InboxEvent, MediumId, Message, MessageId, Priority, Scope,
        Status,
    },
    store::{
        Arrival, AuthorizedAccount, Check, Claimed, ConversationFilter, Enqueued, Ingested, NewMessage,
        Outcome, Plan, PlannedMessage, Planner, SealedCredentials, Store,
    },
};

pub(crate) const INSTANCE: &str = "shop";
pub(crate) const ACCOUNT: &str = "biz+1/=";

/// That many seconds after the moment at which every behaviour begins.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_700_000_000 + seconds)
}

pub(crate) fn reason() -> Reason {
    Reason::passing(ReasonCode::PLATFORM_UNAVAILABLE, "It is out of service.").with("code", 503)
}

pub(crate) fn credentials(sealed: &[u8]) -> SealedCredentials {
    SealedCredentials {
        sealed: sealed.to_vec(),
        access_expires_at: Some(at(86_400)),
        refresh_expires_at: None,
    }
}

pub(crate) fn authorized(instance: &str, platform_id: &str) -> AuthorizedAccount {
    AuthorizedAccount {
        instance: instance.to_owned(),
        platform_id: platform_id.to_owned(),
        handle: Some("shop".to_owned()),
        display_name: None,
        missing_scopes: vec!["comment.list".to_owned()],
        credentials: credentials(b"first"),
    }
}

pub(crate) async fn connect(store: &dyn Store) -> Account {
    store.save_account(authorized(INSTANCE, ACCOUNT), at(0)).await.unwrap()
}

pub(crate) fn received(conversation: &str, id: &str, seconds: i64) -> Event {
    let kind = EventKind::MessageReceived {
        conversation: conversation.to_owned(),
        contact: Contact::new(format!("contact of {conversation}")),
        message: ChannelMessage::new(id, at(seconds), Content::text(format!("text of {id}"))),
    };
    Event::new(ACCOUNT, format!("received {conversation} {id}"), at(seconds), kind)
}

/// The contact of the conversation came by this reference.
pub(crate) fn referred(conversation: &str, reference: &str, seconds: i64) -> Event {
    let kind = EventKind::CustomerReferred {
        conversation: conversation.to_owned(),
        contact: Contact::new(format!("contact of {conversation}")),
        referral: Referral::new("short_link").with_reference(Some(reference.to_owned())),
    };
    Event::new(ACCOUNT, format!("referred {conversation} {reference} {seconds}"), at(seconds), kind)
}

/// A text of a named contact in the conversation `c`.
pub(crate) fn said(name: &str, id: &str, text: &str, seconds: i64) -> Event {
    let kind = EventKind::MessageReceived {
        conversation: "c".to_owned(),
        contact: Contact::new("contact of c").with_display_name(Some(name.to_owned())),
        message: ChannelMessage::new(id, at(seconds), Content::text(text)),
    };
    Event::new(ACCOUNT, format!("received c {id}"), at(seconds), kind)
}

pub(crate) fn echoed(id: &str, text: &str, seconds: i64, origin: EchoOrigin) -> Event {
    echoed_in("c", id, text, seconds, origin)
}

pub(crate) fn echoed_in(conversation: &str, id: &str, text: &str, seconds: i64, origin: EchoOrigin) -> Event {
    let kind = EventKind::MessageEchoed {
        conversation: conversation.to_owned(),
        contact: Contact::new(format!("contact of {conversation}")),
        message: ChannelMessage::new(id, at(seconds), Content::text(text)),
        origin,
    };
    Event::new(ACCOUNT, format!("echoed {conversation} {id}"), at(seconds), kind)
}

pub(crate) fn read(up_to: i64) -> Event {
    read_in("c", up_to)
}

pub(crate) fn read_in(conversation: &str, up_to: i64) -> Event {
    let kind = EventKind::ConversationRead { conversation: conversation.to_owned(), up_to: at(up_to) };
    Event::new(ACCOUNT, format!("read {conversation} {up_to}"), at(up_to), kind)
}

pub(crate) fn arrival(seconds: i64, events: Vec<Event>) -> Arrival {
    let body = format!("{events:?}").into_bytes();
    Arrival {
        instance: INSTANCE.to_owned(),
        received_at: at(seconds),
        body,
        request: None,
        stale: false,
        events,
        accounts: Vec::new(),
        polled: None,
    }
}

/// One event arrives at that second.
pub(crate) async fn deliver(store: &dyn Store, seconds: i64, event: Event) -> Ingested {
    store.ingest(arrival(seconds, vec![event])).await.unwrap()
}

/// The account is connected, and the contact of the conversation `c` wrote `hello` at second 0.
pub(crate) async fn begin(store: &dyn Store) -> ConversationId {
    connect(store).await;
    open(store, "c").await
}

/// The contact of another conversation of the connected account wrote at second 0.
pub(crate) async fn open(store: &dyn Store, conversation: &str) -> ConversationId {
    deliver(store, 0, received(conversation, "hello", 0)).await;
    let all = store
        .conversations(&Scope::Everything, ConversationFilter::default(), None, 10_000)
        .await
        .unwrap()
        .items;
    all.iter().find(|c| c.platform_id == conversation).unwrap().id
}

/// Allows, for one place.
pub(crate) fn allow(ledger: WindowLedger) -> Result<Reserved, Vec<Reason>> {
    let permit = Permit { places: 1, reserved_under: ledger.last_inbound_at, expires_at: None };
    // The moment does not matter here.
    Ok(Reserved { ledger: ledger.sent(at(0)), permit })
}

/// Allows, for one place, until that second.
pub(crate) fn until(seconds: i64) -> Check {
    Box::new(move |ledger| {
        let Reserved { ledger, permit } = allow(ledger)?;
        Ok(Reserved { ledger, permit: Permit { expires_at: Some(at(seconds)), ..permit } })
    })
}

/// A channel whose reply window has that many seconds and ten messages, both refilled by each message of the contact. An
/// account may choose another profile, `long`, which has ten times as many seconds.
pub(crate) fn windows(seconds: u64) -> CapabilityDocument {
    let window = |seconds: u64| {
        serde_json::json!({
            "length_seconds": seconds, "restarts": "each_inbound",
            "quota": {"max": 10, "refills_on_restart": true, "counts": {"automatic": false}},
        })
    };
    let (short, mut long) = (window(seconds), window(10 * seconds));
    long["profile"] = "long".into();
    long["opt_in"] = true.into();
    serde_json::from_value(serde_json::json!({
        "schema": "connector.capabilities/v1",
        "connector": {"id": "test", "name": "Test", "version": "1.0.0"},
        "windows": [short, long],
    }))
    .unwrap()
}

/// Allows as long as fewer than `max` places are used.
pub(crate) fn quota(max: u32) -> Check {
    Box::new(move |ledger| match ledger.used < max {
        true => allow(ledger),
        false => Err(vec![reason()]),
    })
}

pub(crate) fn new_message(conversation: ConversationId, text: &str, seconds: i64) -> NewMessage {
    NewMessage {
        conversation,
        asked: asked(text),
        quotes: None,
        priority: Priority::Interactive,
        idempotency_key: None,
        send_at: None,
        expires_at: None,
        now: at(seconds),
        plan: text_plan(text, Box::new(allow)),
    }
}

/// Equal for equal texts.
pub(crate) fn asked(text: &str) -> [u8; 32] {
    std::array::from_fn(|index| text.bytes().skip(index).step_by(32).fold(0, u8::wrapping_add))
}

/// One message with this text, where `check` allows it.
pub(crate) fn text_plan(text: &str, check: Check) -> Planner {
    plan(vec![(Content::text(text), None)], check)
}

/// Messages with these contents and files, each with the places that `check` takes; the first one quotes what is to be
/// quoted.
pub(crate) fn plan(contents: Vec<(Content, Option<MediumId>)>, check: Check) -> Planner {
    Box::new(move |ledger| {
        let Reserved { ledger, permit } = check(ledger)?;
        let message = |(index, (content, medium))| PlannedMessage {
            content,
            sent_as: None,
            medium,
            quotes: index == 0,
            permit,
        };
        let messages = contents.into_iter().enumerate().map(message).collect();
        Ok(Plan { messages, losses: Vec::new(), ledger })
    })
}

/// Enqueues a text at that second.
pub(crate) async fn say(
    store: &dyn Store,
    conversation: ConversationId,
    text: &str,
    seconds: i64,
) -> MessageId {
    queued(store, new_message(conversation, text, seconds)).await
}

/// Enqueues a message.
pub(crate) async fn queued(store: &dyn Store, new: NewMessage) -> MessageId {
    match store.enqueue(new).await.unwrap() {
        Enqueued::Queued(messages) => messages[0].id,
        other => panic!("{other:?}"),
    }
}

/// Enqueues a text and claims it at that second.
pub(crate) async fn begin_send(
    store: &dyn Store,
    conversation: ConversationId,
    text: &str,
    seconds: i64,
) -> MessageId {
    let id = say(store, conversation, text, seconds).await;
    assert_eq!(claim(store, seconds).await, [id]);
    id
}

/// Enqueues, claims and records that it was sent under that platform's id, at that second.
pub(crate) async fn send(
    store: &dyn Store,
    conversation: ConversationId,
    platform_id: &str,
    seconds: i64,
) -> MessageId {
    let id = begin_send(store, conversation, "answer", seconds).await;
    record(store, id, seconds, sent(platform_id)).await;
    id
}

pub(crate) async fn claim(store: &dyn Store, seconds: i64) -> Vec<MessageId> {
    claims(store, seconds).await.iter().map(|claimed| claimed.message).collect()
}

pub(crate) async fn claims(store: &dyn Store, seconds: i64) -> Vec<Claimed> {
    store.claim(INSTANCE, at(seconds), 1_000).await.unwrap()
}

pub(crate) async fn record(store: &dyn Store, id: MessageId, seconds: i64, outcome: Outcome) {
    store.record(id, outcome, at(seconds)).await.unwrap();
}

pub(crate) fn sent(platform_id: &str) -> Outcome {
    Outcome::Sent { platform_id: platform_id.to_owned() }
}

pub(crate) fn retry(not_before: i64) -> Outcome {
    Outcome::Retry { not_before: at(not_before), reason: reason() }
}

pub(crate) fn failed() -> Outcome {
    Outcome::Failed { reason: reason() }
}

pub(crate) fn uncertain() -> Outcome {
    Outcome::Uncertain { reason: reason() }
}

pub(crate) async fn message(store: &dyn Store, id: MessageId) -> Message {
    store.message(id).await.unwrap().unwrap()
}

pub(crate) async fn status(store: &dyn Store, id: MessageId) -> Status {
    message(store, id).await.status
}

pub(crate) async fn conversation(store: &dyn Store, id: ConversationId) -> Conversation {
    store.conversation(id).await.unwrap().unwrap()
}

pub(crate) async fn used(store: &dyn Store, id: ConversationId) -> u32 {
    conversation(store, id).await.ledger.used
}

/// Every message of a conversation, oldest first.
pub(crate) async fn thread(store: &dyn Store, id: ConversationId) -> Vec<Message> {
    let mut messages = store.messages(id, None, 10_000).await.unwrap().items;
    messages.reverse();
    messages
}

/// The outbound messages of a conversation, oldest first.
pub(crate) async fn outbound(store: &dyn Store, id: ConversationId) -> Vec<Message> {
    let all = thread(store, id).await;
    all.into_iter().filter(|message| message.status != Status::Received).collect()
}

pub(crate) fn history(message: &Message) -> Vec<Status> {
    message.history.iter().map(|change| change.status).collect()
}

pub(crate) async fn events(store: &dyn Store) -> Vec<InboxEvent> {
    store.events_after(0, 100_000).await.unwrap()
}
