//! What changed from one document to the next, and whether it takes something away.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    CapabilityDocument,
    document::{ContentRule, Direction, Limit, OperationRule, Support, Window},
    markdown::OPERATIONS,
    region::belongs,
};

/// What a change does to what is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Something is not possible any more.
    Narrowed,
    /// Something is possible now.
    Widened,
    /// Neither, or nobody can tell.
    Other,
}

/// One changed leaf or rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Which, as in reasons where there is such a rule: `outbound.image.max_bytes`, `window.strict.quota`.
    pub rule: String,
    /// What it was; `null` where it was not there.
    pub before: Value,
    /// What it is; `null` where it is gone.
    pub after: Value,
    /// What that does.
    pub effect: Effect,
}

/// What changed from `old` to `new`: what is narrowed first.
///
/// Evidence and texts for people are no change of what is possible, and are not listed.
#[must_use]
pub fn diff(old: &CapabilityDocument, new: &CapabilityDocument) -> Vec<Change> {
    let mut diff = Diff::default();
    diff.contents(old, new);
    for name in OPERATIONS {
        if let (Some(old), Some(new)) = (old.operation(name), new.operation(name)) {
            diff.operation(&format!("operation.{name}"), old, new);
        }
    }
    diff.ranked("broadcast", &old.broadcast.support, &new.broadcast.support, |support| rank(*support));
    diff.composition(old, new);
    diff.sets(
        "initiation",
        old.initiation.iter().map(|way| (&way.who, &way.via, way.opt_in)),
        new.initiation.iter().map(|way| (&way.who, &way.via, way.opt_in)),
    );
    diff.windows(old, new);
    diff.regions(old, new);
    diff.rates(old, new);
    diff.automatic(old, new);
    diff.ranked("comment_answers", &old.comment_answers.support, &new.comment_answers.support, |support| {
        rank(*support)
    });
    let states = |document: &CapabilityDocument| -> Vec<String> {
        let available = document.statuses.iter().filter(|status| status.available);
        available.map(|status| status.state.clone()).collect()
    };
    diff.sets("statuses", states(old).iter(), states(new).iter());
    let entries = |document: &CapabilityDocument| -> Vec<String> {
        let available = document.entry_points.iter().filter(|entry| entry.available);
        available.map(|entry| entry.kind.clone()).collect()
    };
    diff.sets("entry_points", entries(old).iter(), entries(new).iter());
    diff.changes.sort_by_key(|change| change.effect);
    diff.changes
}

#[derive(Default)]
struct Diff {
    changes: Vec<Change>,
}

impl Diff {
    fn add(&mut self, rule: &str, before: &impl Serialize, after: &impl Serialize, effect: Effect) {
        let json = |value: Result<Value, _>| value.unwrap_or_default();
        let (before, after) = (json(serde_json::to_value(before)), json(serde_json::to_value(after)));
        if before != after {
            self.changes.push(Change { rule: rule.to_owned(), before, after, effect });
        }
    }

    /// A value that permits more the higher `rank` is.
    fn ranked<T: Serialize, R: PartialOrd>(&mut self, rule: &str, old: &T, new: &T, rank: impl Fn(&T) -> R) {
        let effect = match rank(new).partial_cmp(&rank(old)) {
            Some(std::cmp::Ordering::Less) => Effect::Narrowed,
            Some(std::cmp::Ordering::Greater) => Effect::Widened,
            _ => Effect::Other,
        };
        self.add(rule, old, new, effect);
    }

    fn limit(&mut self, rule: &str, old: Limit, new: Limit) {
        self.ranked(rule, &old, &new, |limit| room(*limit, f64::NAN));
    }

    /// A figure of a window: there, unknown permits nothing.
    fn window_limit(&mut self, rule: &str, old: Limit, new: Limit) {
        self.ranked(rule, &old, &new, |limit| room(*limit, 0.0));
    }

    /// Sets of which each entry permits something.
    fn sets<T: Serialize>(&mut self, rule: &str, old: impl Iterator<Item = T>, new: impl Iterator<Item = T>) {
        let words = |items: &mut dyn Iterator<Item = T>| -> BTreeSet<String> {
            items.map(|item| serde_json::to_string(&item).unwrap_or_default()).collect()
        };
        let (old, new) = (words(&mut { old }), words(&mut { new }));
        for gone in old.difference(&new) {
            self.add(rule, &parsed(gone), &Value::Null, Effect::Narrowed);
        }
        for come in new.difference(&old) {
            self.add(rule, &Value::Null, &parsed(come), Effect::Widened);
        }
    }

    fn contents(&mut self, old: &CapabilityDocument, new: &CapabilityDocument) {
        let key = |rule: &ContentRule| (word(&rule.direction), rule.kind.clone());
        let keys: BTreeSet<_> = old.content.iter().chain(&new.content).map(key).collect();
        let find = |document: &CapabilityDocument, wanted: &(String, String)| {
            document.content.iter().find(|rule| key(rule) == *wanted).cloned()
        };
        for wanted in keys {
            let absent = || ContentRule {
                direction: Direction::Unknown,
                kind: wanted.1.clone(),
                support: Support::Unknown,
                becomes: None,
                ladder: Vec::new(),
                opt_in: false,
                conditions: Vec::new(),
                limits: crate::document::ContentLimits::default(),
                evidence: None,
            };
            let old = find(old, &wanted).unwrap_or_else(absent);
            let new = find(new, &wanted).unwrap_or_else(absent);
            self.content(&format!("{}.{}", wanted.0, wanted.1), &old, &new);
        }
    }

    fn content(&mut self, rule: &str, old: &ContentRule, new: &ContentRule) {
        self.ranked(rule, &old.support, &new.support, |support| rank(*support));
        self.ranked(&format!("{rule}.opt_in"), &old.opt_in, &new.opt_in, |opt_in| !opt_in);
        if rank(old.support) == 0 || rank(new.support) == 0 {
            return;
        }
        self.sets(&format!("{rule}.ladder"), old.ladder.iter(), new.ladder.iter());
        let text = |rule: &ContentRule| rule.limits.text.unwrap_or_default();
        self.limit(&format!("{rule}.text"), text(old).max, text(new).max);
        self.add(&format!("{rule}.text.unit"), &text(old).unit, &text(new).unit, Effect::Other);
        let media = |rule: &ContentRule| rule.limits.media.clone().unwrap_or_default();
        let (had, has) = (media(old), media(new));
        self.sets(&format!("{rule}.mimes"), had.mimes.iter(), has.mimes.iter());
        self.limit(&format!("{rule}.max_bytes"), had.max_bytes, has.max_bytes);
        self.limit(&format!("{rule}.per_message"), had.per_message, has.per_message);
        self.add(&format!("{rule}.source"), &had.source, &has.source, Effect::Other);
        let choices = |rule: &ContentRule| rule.limits.choices.clone().unwrap_or_default();
        self.limit(&format!("{rule}.choices"), choices(old).max, choices(new).max);
        self.limit(&format!("{rule}.title_max"), choices(old).title_max, choices(new).title_max);
        self.limit(&format!("{rule}.label_max"), choices(old).label_max, choices(new).label_max);
        self.limit(&format!("{rule}.id_max"), choices(old).id_max, choices(new).id_max);
        let caption = |rule: &ContentRule| rule.limits.caption.map_or(Limit::At(0), |limit| limit.max);
        self.limit(&format!("{rule}.caption"), caption(old), caption(new));
    }

    fn automatic(&mut self, old: &CapabilityDocument, new: &CapabilityDocument) {
        let kinds = |document: &CapabilityDocument| -> Vec<String> {
            document.automatic_messages.iter().map(|rule| rule.kind.clone()).collect()
        };
        self.sets("automatic_messages", kinds(old).iter(), kinds(new).iter());
        for rule in &old.automatic_messages {
            let Some(now) = new.automatic_messages.iter().find(|now| now.kind == rule.kind) else { continue };
            let name = format!("automatic_messages.{}", rule.kind);
            self.limit(&name, rule.max, now.max);
            self.limit(&format!("{name}.text"), rule.text.max, now.text.max);
        }
    }

    fn operation(&mut self, rule: &str, old: &OperationRule, new: &OperationRule) {
        self.ranked(rule, &old.support, &new.support, |support| rank(*support));
        self.sets(&format!("{rule}.kinds"), old.kinds.iter(), new.kinds.iter());
        self.sets(&format!("{rule}.target_kinds"), old.target_kinds.iter(), new.target_kinds.iter());
        self.limit(&format!("{rule}.max_age_seconds"), old.max_age_seconds, new.max_age_seconds);
        self.limit(&format!("{rule}.max_count"), old.max_count, new.max_count);
        self.ranked(&format!("{rule}.needs_window"), &old.needs_window, &new.needs_window, |needs| {
            *needs == Some(false)
        });
    }

    fn composition(&mut self, old: &CapabilityDocument, new: &CapabilityDocument) {
        let (old, new) = (&old.composition, &new.composition);
        self.limit("composition.max_parts_per_message", old.max_parts_per_message, new.max_parts_per_message);
        self.sets("composition.allowed_sets", old.allowed_sets.iter(), new.allowed_sets.iter());
        self.sets("composition.ladder", old.ladder.iter(), new.ladder.iter());
    }

    fn windows(&mut self, old: &CapabilityDocument, new: &CapabilityDocument) {
        let none = old.windows.is_empty() != new.windows.is_empty();
        if none {
            // Without a window the business may always answer.
            let effect = if new.windows.is_empty() { Effect::Widened } else { Effect::Narrowed };
            return self.add("windows", &old.windows, &new.windows, effect);
        }
        for new in &new.windows {
            let rule = window_rule(new);
            match old.windows.iter().find(|old| old.profile == new.profile) {
                Some(old) => self.window(&rule, old, new),
                None => self.add(&rule, &Value::Null, new, Effect::Widened),
            }
        }
        for old in &old.windows {
            if !new.windows.iter().any(|new| new.profile == old.profile) {
                self.add(&window_rule(old), old, &Value::Null, Effect::Narrowed);
            }
        }
    }

    fn window(&mut self, rule: &str, old: &Window, new: &Window) {
        self.window_limit(&format!("{rule}.length_seconds"), old.length_seconds, new.length_seconds);
        self.window_limit(&format!("{rule}.quota"), old.quota.max, new.quota.max);
        let later = |window: &Window| {
            if window.quota.max_later.is_unknown() { window.quota.max } else { window.quota.max_later }
        };
        self.window_limit(&format!("{rule}.quota_later"), later(old), later(new));
        self.window_limit(&format!("{rule}.after_close"), old.after_close, new.after_close);
        let refills = &format!("{rule}.refills_on_restart");
        self.ranked(refills, &old.quota.refills_on_restart, &new.quota.refills_on_restart, |refills| {
            *refills
        });
        self.add(&format!("{rule}.restarts"), &old.restarts, &new.restarts, Effect::Other);
        self.add(&format!("{rule}.counts"), &old.quota.counts, &new.quota.counts, Effect::Other);
        self.ranked(&format!("{rule}.opt_in"), &old.opt_in, &new.opt_in, |opt_in| !opt_in);
    }

    fn regions(&mut self, old: &CapabilityDocument, new: &CapabilityDocument) {
        let key = |rule: &crate::document::RegionRule| {
            format!("region.{}.{}.{}", word(&rule.feature), word(&rule.subject), word(&rule.mode))
        };
        let entries = |document: &CapabilityDocument| -> BTreeSet<(String, String)> {
            let rules = document.regions.iter();
            rules.flat_map(|rule| rule.set.iter().map(move |entry| (key(rule), entry.clone()))).collect()
        };
        let (had, has) = (entries(old), entries(new));
        for (rule, entry) in had.symmetric_difference(&has) {
            let come = has.contains(&(rule.clone(), entry.clone()));
            let covered = |(other, set): &(String, String)| {
                other == rule && entry.parse().is_ok_and(|region| belongs(region, set) == Some(true))
            };
            if if come { had.iter().any(covered) } else { has.iter().any(covered) } {
                continue;
            }
            // A blocked region more takes away; an allowed one more gives.
            let narrows = come == rule.ends_with(".block");
            let effect = if narrows { Effect::Narrowed } else { Effect::Widened };
            let entry = Value::String(entry.clone());
            let (before, after) = if come { (Value::Null, entry) } else { (entry, Value::Null) };
            self.add(rule, &before, &after, effect);
        }
    }

    fn rates(&mut self, old: &CapabilityDocument, new: &CapabilityDocument) {
        let key = |rate: &crate::document::RateLimit| (word(&rate.scope), rate.per_seconds);
        for rate in &new.rates {
            let rule = format!("rate.{}.{}s", key(rate).0, key(rate).1);
            match old.rates.iter().find(|other| key(other) == key(rate)) {
                Some(other) => self.ranked(&rule, &other.max, &rate.max, |max| *max),
                None => self.add(&rule, &Value::Null, &rate.max, Effect::Narrowed),
            }
        }
        for rate in old.rates.iter().filter(|rate| !new.rates.iter().any(|other| key(other) == key(rate))) {
            let rule = format!("rate.{}.{}s", key(rate).0, key(rate).1);
            self.add(&rule, &rate.max, &Value::Null, Effect::Widened);
        }
    }
}

fn window_rule(window: &Window) -> String {
    window.profile.as_ref().map_or_else(|| "window".to_owned(), |profile| format!("window.{profile}"))
}

/// How much a support permits. Unknown is refused, as unsupported is.
fn rank(support: Support) -> u8 {
    match support {
        Support::Native => 3,
        Support::Converted => 2,
        Support::Placeholder => 1,
        Support::Unsupported | Support::Unknown => 0,
    }
}

/// Room under a limit, for comparing.
fn room(limit: Limit, unknown: f64) -> f64 {
    match limit {
        Limit::At(number) => number as f64,
        Limit::Unbounded => f64::INFINITY,
        Limit::Unknown => unknown,
    }
}

fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn parsed(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_default()
}

#[cfg(test)]
#[path = "diff_tests.rs"]
mod tests;
