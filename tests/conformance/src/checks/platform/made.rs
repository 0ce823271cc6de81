//! What is asked of the fake platform, one check each.

use connector_api::{
    AccountRequest, CapabilityDocument, ChannelConnector, ConnectorError, ContactProfileRequest, Content,
    EntryPointsRequest, ErrorClass, EventKind, EventPage, FetchMediaRequest, HistoryRequest, Medium,
    ProbeRequest, RefreshAuthorizationRequest, SendRequest, Signal, SignalRequest, UploadMediaRequest,
    capabilities::document::{Authorization, Direction, Limit, Support},
    operation::{self as op, Operation},
};
use serde_json::json;

use super::{Found, none};
use crate::{
    declared::{Declared, declared, goes_out},
    platform::{FakePlatform, told},
    requests::medium,
};

/// More pages than a fake platform fills.
const MOST_PAGES: usize = 20;

pub(super) async fn renews(platform: &FakePlatform, document: &CapabilityDocument) -> Found {
    if document.authorization != Authorization::Consent {
        return none("the channel needs no consent");
    }
    platform.paced().await;
    let before = platform.account().await;
    let request = RefreshAuthorizationRequest::new(before.clone(), platform.now());
    let renewed = platform.instance.refresh_authorization(request).await.map_err(|e| text_of(&e))?.account;
    if renewed.id != before.id {
        return Err("another account comes back".to_owned());
    }
    *platform.account.lock().await = renewed;
    // With what was renewed.
    sends(platform, document).await
}

pub(super) async fn receives(platform: &FakePlatform, _: &CapabilityDocument) -> Found {
    for text in ["oi", "olá, tem em azul? 👋🏽", "line\nline \\ \"quoted\" \u{e9}"] {
        let event = platform.says("receives", text).await?;
        match &event.kind {
            EventKind::MessageReceived { message, .. } if message.content == Content::text(text) => {}
            _ => return Err(format!("{text:?} does not arrive as it was written")),
        }
        if event.account != platform.account().await.id {
            return Err("it arrives at another account".to_owned());
        }
    }
    Ok(None)
}

pub(super) async fn sends(platform: &FakePlatform, _: &CapabilityDocument) -> Found {
    send_text(platform, "sends", "conformance").await
}

pub(super) async fn takes_the_longest_text(platform: &FakePlatform, document: &CapabilityDocument) -> Found {
    let limit = document.content_rule(Direction::Outbound, "text").and_then(|rule| rule.limits.text);
    let Some(Limit::At(most)) = limit.map(|limit| limit.max) else { return none("text has no limit") };
    let text = "a".repeat(usize::try_from(most.min(1 << 20)).unwrap_or_default());
    send_text(platform, "longest", &text).await
}

async fn send_text(platform: &FakePlatform, customer: &str, text: &str) -> Found {
    send(platform, customer, Content::text(text)).await
}

async fn send(platform: &FakePlatform, customer: &str, content: Content) -> Found {
    let conversation = platform.conversation(customer).await?;
    let before = platform.taken().await?;
    platform.paced().await;
    let request = SendRequest::new(platform.account().await, conversation, content, "message-1");
    let receipt = platform.instance.send(request).await.map_err(|e| text_of(&e))?;
    if receipt.message_id.is_none_or(|id| id.is_empty()) {
        return Err("the platform took it, and no id came back".to_owned());
    }
    match platform.taken().await?.saturating_sub(before) {
        1 => Ok(None),
        other => Err(format!("the platform took {other} messages")),
    }
}

pub(super) async fn sends_media(platform: &FakePlatform, document: &CapabilityDocument) -> Found {
    let mut any = false;
    for rule in document.content.iter().filter(|rule| goes_out(rule) && !rule.opt_in) {
        let Some(media) = &rule.limits.media else { continue };
        for mime in &media.mimes {
            any = true;
            platform.paced().await;
            let upload = UploadMediaRequest::new(platform.account().await, mime, medium(mime));
            let uploaded =
                platform.instance.upload_media(upload).await.map_err(|e| format!("{mime}: {e}"))?;
            let content = Content::Media(Medium::by_id(&rule.kind, uploaded.media_id).with_mime(mime));
            send(platform, "media", content).await.map_err(|e| format!("{mime}: {e}"))?;
        }
    }
    if any { Ok(None) } else { none("no medium goes out") }
}

pub(super) async fn fetches_media(platform: &FakePlatform, document: &CapabilityDocument) -> Found {
    if matches!(declared(document, op::FetchMedia::NAME), Declared::No(_)) {
        return none("no medium comes in");
    }
    let mut any = false;
    for rule in document.content.iter().filter(|rule| rule.direction == Direction::Inbound) {
        let content = json!({"customer": "fetches", "content": {"type": rule.kind}});
        // The fake platform knows which of its kinds are media.
        let Ok(said) = platform.control("customer/sends", &content).await else { continue };
        let id = said["message_id"].as_str().unwrap_or_default().to_owned();
        let event = platform.arrives("a medium", |event| told(event)["message"]["id"] == id.as_str()).await?;
        let EventKind::MessageReceived { conversation, message, .. } = event.kind else { continue };
        let Some(media_id) = message.content.medium().and_then(|medium| medium.media_id.clone()) else {
            continue;
        };
        any = true;
        let wanted = platform.medium(&media_id).await?;
        for (max_bytes, is_taken) in [(10_000_000, true), (1, false)] {
            platform.paced().await;
            let account = platform.account().await;
            let request =
                FetchMediaRequest::new(account, &conversation, &id, &media_id, &rule.kind, max_bytes);
            match (platform.instance.fetch_media(request).await, is_taken) {
                (Ok(fetched), true) if fetched.bytes == wanted => {}
                (Ok(_), true) => return Err(format!("{}: other bytes come back", rule.kind)),
                (Err(error), true) => return Err(format!("{}: {error}", rule.kind)),
                (Ok(_), false) => return Err(format!("{}: more than max_bytes comes back", rule.kind)),
                (Err(_), false) => {}
            }
        }
    }
    if any { Ok(None) } else { none("no medium comes in by an id") }
}

pub(super) async fn signals(platform: &FakePlatform, document: &CapabilityDocument) -> Found {
    let operations = &document.operations;
    let mut any = false;
    for (rule, signal) in [(&operations.typing, Signal::Typing), (&operations.mark_read, Signal::MarkRead)] {
        if rule.support != Support::Native {
            continue;
        }
        any = true;
        let conversation = platform.conversation("signals").await?;
        platform.paced().await;
        let request = SignalRequest::new(platform.account().await, conversation, signal);
        platform.instance.signal(request).await.map_err(|e| format!("{signal:?}: {e}"))?;
    }
    if any { Ok(None) } else { none("there are no signals") }
}

pub(super) async fn probes(platform: &FakePlatform, document: &CapabilityDocument) -> Found {
    if document.probes.is_empty() {
        return none("there are no probes");
    }
    let conversation = platform.conversation("probes").await?;
    for probe in &document.probes {
        platform.paced().await;
        let request = ProbeRequest::new(platform.account().await, probe.answers.clone());
        let answer = platform.instance.probe(request.with_conversation(&conversation)).await;
        let answer = answer.map_err(|e| text_of(&e))?;
        if let Some(claim) = probe.answers.iter().find(|claim| !answer.facts.contains_key(*claim)) {
            return Err(format!("{claim} stays unknown"));
        }
    }
    Ok(None)
}

pub(super) async fn history(platform: &FakePlatform, document: &CapabilityDocument) -> Found {
    if matches!(declared(document, op::History::NAME), Declared::No(_)) {
        return none("there is no history");
    }
    let said = platform.says("history", "said long ago").await?;
    let EventKind::MessageReceived { conversation, message, .. } = said.kind else {
        return Err("a message does not arrive as one".to_owned());
    };
    let account = platform.account().await;
    let listed = pages(platform, HistoryRequest::new(account.clone())).await?;
    let mut conversations = listed.iter().flat_map(|page| &page.conversations);
    if conversations.clone().count() > 0 && conversations.all(|listed| listed.id != conversation) {
        return Err("the conversation is not listed".to_owned());
    }
    let read = pages(platform, HistoryRequest::new(account).with_conversation(&conversation)).await?;
    let events = read.iter().flat_map(|page| &page.events);
    match events.filter(|event| told(event)["message"]["id"] == message.id.as_str()).count() {
        1 => Ok(None),
        times => Err(format!("the message that a webhook brought is {times} times in the history")),
    }
}

/// Every page of a history.
pub(crate) async fn pages(
    platform: &FakePlatform,
    request: HistoryRequest,
) -> Result<Vec<EventPage>, String> {
    let mut pages = Vec::new();
    let mut cursor = None;
    for _page in 0..MOST_PAGES {
        platform.paced().await;
        let request = request.clone().with_cursor(cursor);
        let mut page = platform.instance.history(request).await.map_err(|e| text_of(&e))?;
        cursor = page.cursor.take();
        pages.push(page);
        if cursor.is_none() {
            return Ok(pages);
        }
    }
    Err(format!("after {MOST_PAGES} pages the history has no end"))
}

pub(super) async fn profiles(platform: &FakePlatform, _: &CapabilityDocument) -> Found {
    platform.paced().await;
    let account = platform.account().await;
    let own = platform.instance.account_profile(AccountRequest::new(account.clone())).await;
    let conversation = platform.conversation("profiles").await?;
    platform.paced().await;
    let contact = platform.instance.contact_profile(ContactProfileRequest::new(account, conversation)).await;
    let is_offered =
        |error: Option<&ConnectorError>| error.is_none_or(|e| e.class != ErrorClass::Unsupported);
    let (own_offered, contact_offered) = (is_offered(own.as_ref().err()), is_offered(contact.as_ref().err()));
    if own_offered {
        let profile = own.map_err(|e| text_of(&e))?;
        if profile.handle.is_none() && profile.display_name.is_none() {
            return Err("the account has no name".to_owned());
        }
    }
    if contact_offered {
        contact.map_err(|e| text_of(&e))?;
    }
    if own_offered || contact_offered { Ok(None) } else { none("there are no profiles") }
}

pub(super) async fn entry_points(platform: &FakePlatform, document: &CapabilityDocument) -> Found {
    if declared(document, op::EntryPoints::NAME) == Declared::Unsaid {
        return none("no entry point has a URL");
    }
    platform.paced().await;
    let request =
        EntryPointsRequest::new(platform.account().await).with_handle(Some("conformance".to_owned()));
    let made = platform.instance.entry_points(request).await.map_err(|e| text_of(&e))?;
    let wanted =
        document.entry_points.iter().filter(|entry| entry.available && !entry.url_template.is_empty());
    for entry in wanted {
        if !made.urls.contains_key(&entry.kind) && !made.refused.contains_key(&entry.kind) {
            return Err(format!("{} is neither made nor refused", entry.kind));
        }
    }
    Ok(None)
}

fn text_of(error: &ConnectorError) -> String {
    error.to_string()
}
