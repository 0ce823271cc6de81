//! Documents as tables for people.

use std::collections::BTreeSet;

use crate::{
    CapabilityDocument,
    document::{
        AutomaticRule, CommentRule, ContentRule, Direction, Initiator, Limit, OperationRule, RateLimit,
        RegionMode, RegionRule, RegionSubject, Support, TextLimit, Window,
    },
};

/// The operations of a document, in its order.
pub const OPERATIONS: [&str; 6] = ["reply", "react", "edit", "delete", "typing", "mark_read"];
const UNKNOWN: &str = "?";

/// One document as a page of tables.
#[must_use]
pub fn page(document: &CapabilityDocument) -> String {
    format!("# {}\n\n{}", document.connector.name, tables(std::slice::from_ref(document)))
}

/// Several documents side by side. The page says how it is made anew.
#[must_use]
pub fn matrix(documents: &[CapabilityDocument]) -> String {
    format!(
        "# What the channels can do\n\n\
         Made by `cargo xtask docs` from the connectors' capability documents; do not edit. `?` means that nobody has \
         said, and is refused.\n\n{}",
        tables(documents)
    )
}

/// One table: a row for each thing, and a cell for each document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// What the rows are about.
    pub title: &'static str,
    /// The name of each row, and its cells in the order of the documents. `<br>` parts lines.
    pub rows: Vec<(String, Vec<String>)>,
}

type Cell = fn(&CapabilityDocument) -> String;

/// What the documents say, side by side.
#[must_use]
pub fn sections(documents: &[CapabilityDocument]) -> Vec<Section> {
    let mut sections = Vec::new();
    for direction in [Direction::Outbound, Direction::Inbound, Direction::Echo] {
        let kinds = kinds(documents, direction).into_iter().map(|kind| {
            let cells = documents.iter().map(|document| content(document.content_rule(direction, &kind)));
            let cells = cells.collect();
            (kind, cells)
        });
        sections.push(Section { title: title(direction), rows: kinds.collect() });
    }
    let operations = OPERATIONS.iter().map(|name| {
        let cells = documents.iter().map(|document| operation(document.operation(name)));
        ((*name).to_owned(), cells.collect())
    });
    sections.push(Section { title: "Operations", rows: operations.collect() });
    let automatic = automatic_kinds(documents).into_iter().map(|kind| {
        let rule = |document: &CapabilityDocument| {
            automatic(document.automatic_messages.iter().find(|rule| rule.kind == kind))
        };
        let cells = documents.iter().map(rule).collect();
        (kind, cells)
    });
    sections.push(Section { title: "Sent by the platform itself", rows: automatic.collect() });
    let rules: [(&str, Cell); 8] = [
        ("business writes first", initiation),
        ("answers to comments", |document| comment_answers(&document.comment_answers)),
        ("broadcast", |document| support(document.broadcast.support).to_owned()),
        ("reply window", |document| lines(document.windows.iter().map(window), "none")),
        ("rates", |document| {
            let rate = |rate: &RateLimit| {
                format!("{} per {} s and {}", rate.max, rate.per_seconds, word(&rate.scope))
            };
            lines(document.rates.iter().map(rate), "none")
        }),
        ("regions", |document| lines(document.regions.iter().map(region), "none")),
        ("statuses", |document| {
            let available = document.statuses.iter().filter(|status| status.available);
            lines(available.map(|status| format!("{} ({})", status.state, word(&status.signal))), UNKNOWN)
        }),
        ("entry points", |document| {
            let available = document.entry_points.iter().filter(|entry| entry.available);
            lines(available.map(|entry| entry.kind.clone()), UNKNOWN)
        }),
    ];
    let rules = rules.iter().map(|(name, cell)| ((*name).to_owned(), documents.iter().map(cell).collect()));
    sections.push(Section { title: "Rules", rows: rules.collect() });
    sections
}

fn tables(documents: &[CapabilityDocument]) -> String {
    let names: Vec<&str> = documents.iter().map(|document| document.connector.name.as_str()).collect();
    let line = "---|".repeat(documents.len() + 1);
    let table = |section: &Section| {
        let row = |(name, cells): &(String, Vec<String>)| {
            format!("| {name} | {} |", cells.join(" | ").replace('\n', " "))
        };
        let rows: Vec<String> = section.rows.iter().map(row).collect();
        format!("## {}\n\n| | {} |\n|{line}\n{}\n", section.title, names.join(" | "), rows.join("\n"))
    };
    let sections = sections(documents).into_iter().filter(|section| !section.rows.is_empty());
    sections.collect::<Vec<_>>().iter().map(table).collect::<Vec<_>>().join("\n")
}

fn kinds(documents: &[CapabilityDocument], direction: Direction) -> BTreeSet<String> {
    let rules = documents.iter().flat_map(|document| &document.content);
    rules.filter(|rule| rule.direction == direction).map(|rule| rule.kind.clone()).collect()
}

fn automatic_kinds(documents: &[CapabilityDocument]) -> BTreeSet<String> {
    let rules = documents.iter().flat_map(|document| &document.automatic_messages);
    rules.map(|rule| rule.kind.clone()).collect()
}

fn automatic(rule: Option<&AutomaticRule>) -> String {
    let Some(rule) = rule else { return UNKNOWN.to_owned() };
    let text = |what: &str, limit: TextLimit| format!("{what} {}", at_most(limit.max, limit.unit.plural()));
    let mut said = vec![at_most(rule.max, "messages")];
    said.extend(rule.title.map(|limit| text("title", limit)));
    said.push(text("text", rule.text));
    for (can, word) in [
        (rule.reviewed, "reviewed by the platform"),
        (rule.can_be_deleted, "can be deleted"),
        (rule.can_be_sorted, "can be sorted"),
    ] {
        said.extend((can == Some(true)).then(|| word.to_owned()));
    }
    said.join("; ")
}

fn comment_answers(rule: &CommentRule) -> String {
    if rule.is_unknown() {
        return UNKNOWN.to_owned();
    }
    let mut said = vec![format!("{} with {}", support(rule.support), rule.kinds.join(", "))];
    said.push(at_most(rule.max_count, "answers to each"));
    if let Limit::At(seconds) = rule.max_age_seconds {
        said.push(format!("within {} h", seconds / 3600));
    }
    if !rule.account_regions.is_empty() {
        said.push(format!("only in {} (the account's region)", rule.account_regions.join(", ")));
    }
    said.join("; ")
}

fn title(direction: Direction) -> &'static str {
    match direction {
        Direction::Outbound => "Sending",
        Direction::Inbound => "Receiving",
        Direction::Echo => "Sent elsewhere and reported back",
        Direction::History | Direction::Unknown => "Elsewhere",
    }
}

fn content(rule: Option<&ContentRule>) -> String {
    let Some(rule) = rule else { return UNKNOWN.to_owned() };
    let mut said = vec![match &rule.becomes {
        Some(kind) if rule.support == Support::Converted => format!("becomes {kind}"),
        _ => support(rule.support).to_owned(),
    }];
    said.extend(rule.opt_in.then(|| "opt-in".to_owned()));
    if let Some(limit) = rule.limits.text {
        said.push(at_most(limit.max, limit.unit.plural()));
    }
    if let Some(limit) = &rule.limits.media {
        let types = if limit.mimes.is_empty() { UNKNOWN.to_owned() } else { limit.mimes.join(", ") };
        said.push(format!("{types}, {}", at_most(limit.max_bytes, "bytes")));
    }
    if let Some(limit) = &rule.limits.choices {
        said.push(at_most(limit.max, "choices"));
    }
    said.join("; ")
}

fn operation(rule: Option<&OperationRule>) -> String {
    let Some(rule) = rule else { return UNKNOWN.to_owned() };
    let targets = if rule.target_kinds.is_empty() {
        String::new()
    } else {
        format!(" to {}", rule.target_kinds.join(", "))
    };
    let kinds =
        if rule.kinds.is_empty() { String::new() } else { format!(" with {}", rule.kinds.join(", ")) };
    format!("{}{kinds}{targets}", support(rule.support))
}

fn initiation(document: &CapabilityDocument) -> String {
    let ways = document.initiation.iter().filter(|way| way.who == Initiator::Business);
    lines(ways.map(|way| if way.opt_in { format!("{} (opt-in)", way.via) } else { way.via.clone() }), "no")
}

fn window(window: &Window) -> String {
    let hours = match window.length_seconds {
        Limit::At(seconds) if seconds % 3600 == 0 => format!("{} h", seconds / 3600),
        other => format!("{} s", figure(other)),
    };
    let profile = window.profile.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
    let later = match window.quota.max_later {
        Limit::Unknown => String::new(),
        later => format!(", then {}", figure(later)),
    };
    let opt_in = if window.opt_in { " (opt-in)" } else { "" };
    let after = match window.after_close {
        Limit::Unknown | Limit::At(0) => String::new(),
        after => format!(", {} after it", figure(after)),
    };
    format!("{profile}{} messages{later} in {hours}{after}{opt_in}", figure(window.quota.max))
}

fn region(rule: &RegionRule) -> String {
    let whose = match rule.subject {
        RegionSubject::Either => "either side's",
        RegionSubject::Organisation => "the organisation's",
        RegionSubject::Account => "the account's",
        RegionSubject::Peer => "the customer's",
        RegionSubject::Unknown => "somebody's",
    };
    let how = match rule.mode {
        RegionMode::Block => "not in",
        RegionMode::AllowOnly => "only in",
        RegionMode::Unknown => "perhaps not in",
    };
    format!("{}: {how} {} ({whose} region)", word(&rule.feature), rule.set.join(", "))
}

fn support(support: Support) -> &'static str {
    match support {
        Support::Native => "yes",
        Support::Converted => "converted",
        Support::Placeholder => "placeholder",
        Support::Unsupported => "no",
        Support::Unknown => UNKNOWN,
    }
}

fn figure(limit: Limit) -> String {
    match limit {
        Limit::At(number) => number.to_string(),
        Limit::Unbounded => "any number".to_owned(),
        Limit::Unknown => UNKNOWN.to_owned(),
    }
}

fn at_most(limit: Limit, unit: &str) -> String {
    match limit {
        Limit::At(number) => format!("≤ {number} {unit}"),
        Limit::Unbounded => format!("any number of {unit}"),
        Limit::Unknown => format!("{UNKNOWN} {unit}"),
    }
}

fn lines(items: impl Iterator<Item = String>, none: &str) -> String {
    let items: Vec<String> = items.collect();
    if items.is_empty() { none.to_owned() } else { items.join("<br>") }
}

/// The word that stands in the JSON.
fn word(value: &impl serde::Serialize) -> String {
    let json = serde_json::to_value(value).unwrap_or_default();
    json.as_str().unwrap_or(UNKNOWN).to_owned()
}
