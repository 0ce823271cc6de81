//! Question cards: how many answers, how long, in which layouts.

use connector_api::{
    CapabilityDocument, CardButton, ChannelConnector, Content, QuestionCard, SendRequest,
    capabilities::document::{ChoiceLimit, ContentRule, TextUnit},
};

use super::{Looked, Tried, differing, not_applicable};
use crate::{
    Finding,
    declared::goes_out,
    platform::{FakePlatform, is_taken},
    sizes::telling,
    subject::Subject,
};

pub(super) const ID: &str = "choices.as-declared";

const CARD: &str = "question_card";
const MOST: u64 = 100;

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    count: Vec<Tried>,
    title: Vec<Tried>,
    id: Vec<Tried>,
    label: Vec<Tried>,
    /// By layout.
    labels: Vec<(String, Vec<Tried>)>,
}

fn limits(document: &CapabilityDocument) -> Option<(usize, &ChoiceLimit)> {
    let mut rules = document.content.iter().enumerate();
    let is_card = |rule: &ContentRule| goes_out(rule) && rule.kind == CARD;
    let (index, rule) = rules.find(|(_, rule)| is_card(rule))?;
    Some((index, rule.limits.choices.as_ref()?))
}

/// How large a card is.
#[derive(Clone, Copy)]
struct Card<'a> {
    layout: &'a str,
    unit: TextUnit,
    count: u64,
    title: u64,
    label: u64,
    id: u64,
}

pub(super) async fn look(
    _: &Subject,
    platform: &FakePlatform,
    document: &CapabilityDocument,
) -> Looked<Seen> {
    let Some((_, limits)) = limits(document) else { return not_applicable("no question cards go out") };
    let mut seen = Seen::default();
    let layout = limits.layouts.first().map_or("buttons", |layout| layout.layout.as_str());
    let unit = limits.unit;
    let plain =
        Card { layout, unit, count: u64::from(limits.min.unwrap_or(1)).max(1), title: 1, label: 1, id: 1 };
    if let Some(least) = limits.min.map(u64::from) {
        for count in least.saturating_sub(1)..=least {
            seen.count.push(Tried { size: count, taken: is_sent(platform, Card { count, ..plain }).await? });
        }
    }
    for most in at_and_above(limits.max.number()) {
        seen.count.push(Tried { size: most, taken: is_sent(platform, Card { count: most, ..plain }).await? });
    }
    for title in at_and_above(limits.title_max.number()) {
        seen.title.push(Tried { size: title, taken: is_sent(platform, Card { title, ..plain }).await? });
    }
    for id in at_and_above(limits.id_max.number()) {
        seen.id.push(Tried { size: id, taken: is_sent(platform, Card { id, ..plain }).await? });
    }
    for label in at_and_above(limits.label_max.number()) {
        seen.label.push(Tried { size: label, taken: is_sent(platform, Card { label, ..plain }).await? });
    }
    for layout in &limits.layouts {
        let mut tried = Vec::new();
        for label in at_and_above(layout.label_max.number()) {
            let card = Card { layout: &layout.layout, label, ..plain };
            tried.push(Tried { size: label, taken: is_sent(platform, card).await? });
        }
        seen.labels.push((layout.layout.clone(), tried));
    }
    let tried = [&seen.count, &seen.title, &seen.id, &seen.label];
    if tried.iter().all(|tried| tried.is_empty()) && seen.labels.is_empty() {
        return not_applicable("no limit of question cards can be reached");
    }
    Ok(seen)
}

fn at_and_above(most: Option<u64>) -> impl Iterator<Item = u64> {
    most.filter(|most| *most < MOST).into_iter().flat_map(|most| [most, most + 1])
}

async fn is_sent(platform: &FakePlatform, card: Card<'_>) -> Result<bool, String> {
    let text = |length: u64| telling(length, card.unit).unwrap_or_default();
    let id = "a".repeat(usize::try_from(card.id).unwrap_or_default());
    let buttons = (0..card.count).map(|_| CardButton::new(text(card.label), Some(id.clone())));
    let content = QuestionCard::new(card.layout, text(card.title), buttons.collect());
    let conversation = platform.conversation("cards").await?;
    platform.paced().await;
    let request =
        SendRequest::new(platform.account().await, conversation, Content::QuestionCard(content), "message-1");
    is_taken(platform.provoking(platform.instance.send(request)).await?)
}

pub(super) fn against(document: &CapabilityDocument, seen: &Seen) -> Vec<Finding> {
    let Some((index, limits)) = limits(document) else { return Vec::new() };
    let leaf = |name: &str| format!("/content/{index}/limits/choices/{name}");
    let mut found = Vec::new();
    let most = limits.max.number();
    let least = limits.min.map(u64::from);
    let of = |sizes: &dyn Fn(u64) -> bool| {
        seen.count.iter().copied().filter(|tried| sizes(tried.size)).collect::<Vec<_>>()
    };
    found.extend(least.and_then(|least| {
        differing(&leaf("min"), &of(&|size| most.is_none_or(|most| size <= most)), |size| size >= least)
    }));
    found.extend(most.and_then(|most| {
        differing(&leaf("max"), &of(&|size| least.is_none_or(|least| size >= least)), |size| size <= most)
    }));
    let others = [
        ("title_max", limits.title_max, &seen.title),
        ("id_max", limits.id_max, &seen.id),
        ("label_max", limits.label_max, &seen.label),
    ];
    found.extend(others.into_iter().filter_map(|(name, limit, tried)| {
        let most = limit.number()?;
        differing(&leaf(name), tried, |size| size <= most)
    }));
    for (place, layout) in limits.layouts.iter().enumerate() {
        let known = seen
            .labels
            .iter()
            .find(|(known, tried)| *known == layout.layout && tried.iter().any(|tried| tried.taken));
        match (known, layout.label_max.number()) {
            (None, _) => {
                let text = format!("the platform has no layout {}", layout.layout);
                found.push(Finding::of_leaf(leaf(&format!("layouts/{place}/layout")), text));
            }
            (Some((_, tried)), Some(most)) => {
                let leaf = leaf(&format!("layouts/{place}/label_max"));
                found.extend(differing(&leaf, tried, |size| size <= most));
            }
            _ => {}
        }
    }
    found
}
