//! How much of the past the platform shows.

use std::collections::BTreeSet;

use connector_api::{CapabilityDocument, EventPage, HistoryRequest, operation as op, operation::Operation};
use serde_json::json;

use super::{Looked, Tried, differing, not_applicable};
use crate::{
    Finding,
    checks::platform::made::pages,
    declared::{Declared, declared},
    platform::{FakePlatform, conversation_of, told},
    subject::Subject,
};

pub(super) const ID: &str = "history.as-declared";

const DAY: u64 = 86_400;
const MARGIN: u64 = 60;
/// More is not said.
const MOST: u64 = 200;

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// By seconds since somebody wrote.
    ages: Vec<Tried>,
    /// Where more are there: how many conversations are listed, and how many messages of one.
    conversations: Option<u64>,
    messages: Option<u64>,
}

pub(super) async fn look(
    _: &Subject,
    platform: &FakePlatform,
    document: &CapabilityDocument,
) -> Looked<Seen> {
    if matches!(declared(document, op::History::NAME), Declared::No(_)) {
        return not_applicable("there is no history");
    }
    let history = &document.history;
    let mut seen = Seen::default();
    if let Some(days) = history.max_age_days.number().filter(|days| *days > 0) {
        seen.ages = ages(platform, days * DAY).await?;
    }
    let bounded = |most: Option<u64>| most.filter(|most| (1..=MOST).contains(most));
    // Only when nothing else is listed any more.
    let most = bounded(history.max_conversations.number()).filter(|_| !seen.ages.is_empty());
    if let Some(most) = most {
        for number in 0..=most {
            let body = json!({"customer": format!("listed-{number}"), "text": "hello"});
            platform.control("customer/says", &body).await?;
        }
        let listed = listed(platform).await?;
        seen.conversations = u64::try_from(listed.len()).ok();
    }
    if let Some(most) = bounded(history.messages_per_conversation.number()) {
        let said = platform.says("talkative", "0").await?;
        for number in 1..=most {
            let body = json!({"customer": "talkative", "text": number.to_string()});
            platform.control("customer/says", &body).await?;
        }
        let request = HistoryRequest::new(platform.account().await).with_conversation(conversation_of(&said));
        let ids = messages(&pages(platform, request).await?);
        seen.messages = u64::try_from(ids.len()).ok();
    }
    if seen.ages.is_empty() && seen.conversations.is_none() && seen.messages.is_none() {
        return not_applicable("no figure of the history can be reached");
    }
    Ok(seen)
}

/// A minute before a conversation is too old to be listed, and a minute after: listing takes its time.
async fn ages(platform: &FakePlatform, most: u64) -> Result<Vec<Tried>, String> {
    let conversation = platform.conversation("old").await?;
    let written = platform.now().as_seconds();
    let mut tried = Vec::new();
    for passes in [most - MARGIN, 2 * MARGIN] {
        platform.wait(passes).await?;
        let taken = listed(platform).await?.contains(&conversation);
        let age = u64::try_from(platform.now().as_seconds() - written).unwrap_or_default();
        tried.push(Tried { size: age, taken });
    }
    Ok(tried)
}

async fn listed(platform: &FakePlatform) -> Result<BTreeSet<String>, String> {
    let read = pages(platform, HistoryRequest::new(platform.account().await)).await?;
    Ok(read.into_iter().flat_map(|page| page.conversations).map(|listed| listed.id).collect())
}

fn messages(pages: &[EventPage]) -> BTreeSet<String> {
    let ids = pages.iter().flat_map(|page| &page.events).map(|event| told(event)["message"]["id"].clone());
    ids.filter_map(|id| id.as_str().map(str::to_owned)).collect()
}

pub(super) fn against(document: &CapabilityDocument, seen: &Seen) -> Vec<Finding> {
    let history = &document.history;
    let too_old = history.max_age_days.number().and_then(|days| {
        differing("/history/max_age_days", &seen.ages, |age| age <= days.saturating_mul(DAY))
    });
    let counts = [
        ("max_conversations", history.max_conversations.number(), seen.conversations),
        ("messages_per_conversation", history.messages_per_conversation.number(), seen.messages),
    ];
    let others = counts.into_iter().filter_map(|(name, declared, shown)| {
        let (declared, shown) = (declared?, shown?);
        let text = format!("history.{name}: of more than that the platform shows {shown}");
        (declared != shown).then(|| Finding::of_leaf(format!("/history/{name}"), text))
    });
    too_old.into_iter().chain(others).collect()
}
