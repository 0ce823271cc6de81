//! Messages that the platform sends by itself: each kind is made, read back, changed, ordered, switched and removed.

use connector_api::{
    AutomaticAction, AutomaticMessage, AutomaticMessages, AutomaticMessagesRequest, AutomaticText,
    CapabilityDocument, ChannelConnector, ConnectorError, Review,
    capabilities::document::{AutomaticRule, TextLimit},
};
use serde_json::json;

use super::{Looked, Tried, differing, not_applicable};
use crate::{
    Finding,
    platform::{FakePlatform, is_taken},
    sizes::telling,
    subject::Subject,
};

pub(super) const ID: &str = "automatic.as-declared";

/// More are not made.
const MOST: u64 = 20;
/// What was seen of every kind.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    kinds: Vec<Kind>,
    /// What was wrong whatever the document says.
    pub(super) odd: Vec<String>,
}

#[derive(Debug, Default)]
struct Kind {
    kind: String,
    count: Vec<Tried>,
    title: Vec<Tried>,
    text: Vec<Tried>,
    is_reviewed: bool,
    is_deleted: bool,
    is_sorted: bool,
}

pub(super) async fn look(
    _: &Subject,
    platform: &FakePlatform,
    document: &CapabilityDocument,
) -> Looked<Seen> {
    if document.automatic_messages.is_empty() {
        return not_applicable("the document declares no automatic messages");
    }
    let mut seen = Seen::default();
    for rule in &document.automatic_messages {
        let mut desk = Desk { platform, rule, odd: Vec::new() };
        let kind = desk.look().await.map_err(|why| format!("{}: {why}", rule.kind))?;
        seen.odd.extend(desk.odd.iter().map(|odd| format!("{}: {odd}", rule.kind)));
        seen.kinds.push(kind);
    }
    Ok(seen)
}

/// Where the messages of one kind are looked after.
struct Desk<'a> {
    platform: &'a FakePlatform,
    rule: &'a AutomaticRule,
    odd: Vec<String>,
}

impl Desk<'_> {
    async fn look(&mut self) -> Result<Kind, String> {
        let mut seen = Kind { kind: self.rule.kind.clone(), ..Kind::default() };
        self.list().await?;
        self.too_long(&mut seen).await?;
        let made = self.make(&mut seen).await?;
        let listed = self.read_back(&made).await?;
        seen.is_reviewed = listed.iter().any(|message| message.review == Review::Reviewing);
        self.change(&listed).await?;
        seen.is_sorted = self.sort().await?;
        self.switch().await?;
        seen.is_deleted = self.delete().await?;
        Ok(seen)
    }

    async fn act(&self, action: AutomaticAction) -> Result<AutomaticMessages, ConnectorError> {
        self.platform.paced().await;
        let account = self.platform.account().await;
        let request = AutomaticMessagesRequest::new(account, &self.rule.kind, action);
        self.platform.instance.automatic_messages(request).await
    }

    async fn list(&self) -> Result<Vec<AutomaticMessage>, String> {
        let listed = self.act(AutomaticAction::List).await.map_err(|error| format!("listing: {error}"))?;
        Ok(listed.messages)
    }

    fn text(&self, title: &str, text: &str) -> AutomaticText {
        AutomaticText::new(self.rule.title.map(|_| title.to_owned()), text)
    }

    async fn is_refused(&self, text: AutomaticText) -> Result<bool, String> {
        let made = self.platform.provoking(self.act(AutomaticAction::Create { text })).await?;
        Ok(!is_taken(made)?)
    }

    /// One unit more than declared, while there is room for a message.
    async fn too_long(&self, seen: &mut Kind) -> Result<(), String> {
        if let Some((most, long)) = beyond(self.rule.text, 1) {
            let taken = !self.is_refused(self.text("long", &long)).await?;
            seen.text.push(Tried { size: most + 1, taken });
        }
        if let Some((most, long)) = self.rule.title.and_then(|title| beyond(title, 1)) {
            let taken = !self.is_refused(self.text(&long, "long")).await?;
            seen.title.push(Tried { size: most + 1, taken });
        }
        Ok(())
    }

    /// As many as declared, the first of exactly the declared lengths, and one more.
    async fn make(&self, seen: &mut Kind) -> Result<Vec<AutomaticText>, String> {
        let most = self.rule.max.number().unwrap_or(1).min(MOST);
        let longest = |limit: TextLimit| beyond(limit, 0).map(|(_, text)| text);
        let (title, text) = (self.rule.title.and_then(longest), longest(self.rule.text));
        let mut made = Vec::new();
        for number in 1..=most {
            let plain = (format!("title {number}"), format!("text {number}"));
            let first = number == 1;
            let written = self.text(
                title.as_ref().filter(|_| first).unwrap_or(&plain.0),
                text.as_ref().filter(|_| first).unwrap_or(&plain.1),
            );
            let taken = is_taken(self.act(AutomaticAction::Create { text: written.clone() }).await)?;
            if first {
                let tried = |limit: TextLimit| limit.max.number().map(|size| Tried { size, taken });
                seen.text.extend(tried(self.rule.text));
                seen.title.extend(self.rule.title.and_then(tried));
            }
            seen.count.push(Tried { size: number, taken });
            made.extend(taken.then_some(written));
        }
        if self.rule.max.number().is_some_and(|declared| declared == most) {
            let taken = !self.is_refused(self.text("one more", "one more")).await?;
            seen.count.push(Tried { size: most + 1, taken });
        }
        Ok(made)
    }

    async fn read_back(&mut self, made: &[AutomaticText]) -> Result<Vec<AutomaticMessage>, String> {
        let listed = self.list().await?;
        if made.iter().any(|text| listed.iter().filter(|message| message.text == *text).count() != 1) {
            self.odd.push("what was made is not read back once, as it was written".to_owned());
        }
        if self.rule.reviewed == Some(true) && listed.iter().any(|message| message.review == Review::Unknown)
        {
            self.odd.push("the state of the review is not known".to_owned());
        }
        Ok(listed)
    }

    /// Another text, once the review is over.
    async fn change(&mut self, listed: &[AutomaticMessage]) -> Result<(), String> {
        let Some(first) = listed.first() else { return Ok(()) };
        if first.review == Review::Reviewing {
            let verdict = json!({"auto_message_id": first.id, "audit_status": "APPROVED"});
            self.platform.control("auto-message/review", &verdict).await?;
            let is_approved =
                |message: &AutomaticMessage| message.id == first.id && message.review == Review::Approved;
            if !self.list().await?.iter().any(is_approved) {
                self.odd.push("an approved one is not told as approved".to_owned());
            }
        }
        let text = self.text("changed", "a changed text");
        let update = AutomaticAction::Update { id: first.id.clone(), text: text.clone() };
        if let Err(error) = self.act(update).await {
            self.odd.push(format!("one cannot be changed: {error}"));
        } else if !self.list().await?.iter().any(|message| message.text == text) {
            self.odd.push("a changed one is not read back as it was written".to_owned());
        }
        Ok(())
    }

    /// What is not declared may break a rule.
    async fn attempt(&self, action: AutomaticAction, declared: Option<bool>) -> Result<bool, String> {
        match declared {
            Some(true) => is_taken(self.act(action).await),
            _ => is_taken(self.platform.provoking(self.act(action)).await?),
        }
    }

    async fn sort(&mut self) -> Result<bool, String> {
        let ids =
            |listed: Vec<AutomaticMessage>| listed.into_iter().map(|message| message.id).collect::<Vec<_>>();
        let mut wanted = ids(self.list().await?);
        wanted.reverse();
        let taken =
            self.attempt(AutomaticAction::Sort { ids: wanted.clone() }, self.rule.can_be_sorted).await?;
        if taken && ids(self.list().await?) != wanted {
            self.odd.push("they are not in the order that was set".to_owned());
        }
        Ok(taken)
    }

    async fn switch(&mut self) -> Result<(), String> {
        for enabled in [true, false] {
            let switched = self.act(AutomaticAction::Switch { enabled }).await;
            let told = match switched {
                Ok(_) => self.act(AutomaticAction::List).await.map_err(|error| error.to_string())?.enabled,
                Err(error) => {
                    self.odd.push(format!("the kind cannot be switched: {error}"));
                    return Ok(());
                }
            };
            if told.is_some_and(|told| told != enabled) {
                self.odd.push(format!("switched to {enabled}, it is told as {}", !enabled));
            }
        }
        Ok(())
    }

    async fn delete(&mut self) -> Result<bool, String> {
        let Some(last) = self.list().await?.pop() else { return Ok(false) };
        let taken =
            self.attempt(AutomaticAction::Delete { id: last.id.clone() }, self.rule.can_be_deleted).await?;
        if taken && self.list().await?.iter().any(|message| message.id == last.id) {
            self.odd.push("a deleted one is still there".to_owned());
        }
        Ok(taken)
    }
}

/// The declared length, and a text that is so many units longer.
fn beyond(limit: TextLimit, units: u64) -> Option<(u64, String)> {
    let most = limit.max.number()?;
    Some((most, telling(most.checked_add(units)?, limit.unit)?))
}

pub(super) fn against(document: &CapabilityDocument, seen: &Seen) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, rule) in document.automatic_messages.iter().enumerate() {
        let leaf = |name: &str| format!("/automatic_messages/{index}/{name}");
        let Some(kind) = seen.kinds.iter().find(|kind| kind.kind == rule.kind) else {
            found.push(Finding::of_leaf(leaf("kind"), format!("the platform has no {}", rule.kind)));
            continue;
        };
        let limits = [
            ("max", rule.max.number(), &kind.count),
            ("text/max", rule.text.max.number(), &kind.text),
            ("title/max", rule.title.and_then(|title| title.max.number()), &kind.title),
        ];
        found.extend(limits.into_iter().filter_map(|(name, most, tried)| {
            let most = most?;
            differing(&leaf(name), tried, |size| size <= most)
        }));
        let facts = [
            ("can_be_deleted", rule.can_be_deleted, kind.is_deleted),
            ("can_be_sorted", rule.can_be_sorted, kind.is_sorted),
            ("reviewed", rule.reviewed, kind.is_reviewed),
        ];
        let wrong =
            facts.into_iter().filter(|(_, declared, is)| declared.is_some_and(|declared| declared != *is));
        found.extend(wrong.map(|(name, _, is)| {
            Finding::of_leaf(leaf(name), format!("{}: at the platform {name} is {is}", rule.kind))
        }));
    }
    found
}
