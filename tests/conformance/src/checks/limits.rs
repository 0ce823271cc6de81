//! Whether each declared limit holds: its value passes, and one more is refused before the connector is called.

use connector_api::{
    CapabilityDocument, Content, ErrorClass, Timestamp,
    capabilities::{
        Action, Context, Draft, Part, Policy, Target, Verdict, WindowLedger, check,
        document::{Limit, TextLimit, TextUnit},
    },
};
use connector_loader::Instance;

use crate::{
    Finding, Outcome,
    declared::goes_out,
    gate::{Gate, Refused, everything_on},
    leaf::path_of,
    requests::content,
    subject::{Subject, end},
    suite::{Check, table},
};

pub(crate) static CHECKS: &[Check] = table![
    "limits.the-value-passes", 3, "content of exactly a declared size passes, and the connector takes it",
        "people are shown the limit and write up to it",
        "raise what the connector refuses, or lower the leaf", the_value_passes;
    "limits.one-more-is-refused", 3, "one more than a declared limit is refused before the connector is called",
        "the platform would refuse it, and a place of the reply window would be gone",
        "declare limits as numbers, with the unit that the platform counts", one_more_is_refused;
    "limits.windows-close", 3, "a reply window closes at its length, and its quota runs out at its number",
        "what is sent too late is refused by the platform, and may cost the account",
        "declare length, quota and what counts", windows_close;
];

/// More is not made in memory; the verdict knows sizes without bytes.
const LONGEST: u64 = 1 << 20;

/// A draft at a limit, and what it is of.
struct Sized {
    leaf: String,
    draft: Draft,
    content: Option<Content>,
}

/// A text of exactly so many units, and of one more, made of characters that each unit counts differently.
fn texts(limit: TextLimit) -> Option<(Vec<String>, Vec<String>)> {
    let Limit::At(most) = limit.max else { return None };
    let most = usize::try_from(most.min(LONGEST)).ok()?;
    // Bytes, UTF-16 units, code points and graphemes of each.
    let letters =
        [("a", [1, 1, 1, 1]), ("é", [2, 1, 1, 1]), ("😀", [4, 2, 1, 1]), ("e\u{301}", [3, 2, 2, 1])];
    let column = match limit.unit {
        TextUnit::Bytes => 0,
        TextUnit::CodePoints => 2,
        TextUnit::Graphemes => 3,
        TextUnit::Utf16 | TextUnit::Unknown => 1,
    };
    let of = |extra: usize| {
        let made = letters.iter().map(|(letter, sizes)| {
            let whole = most / sizes[column];
            letter.repeat(whole) + &"a".repeat(most - whole * sizes[column] + extra)
        });
        made.collect()
    };
    Some((of(0), of(1)))
}

/// Every limit of content: what is at it, and what is one above.
fn sizes(document: &CapabilityDocument) -> (Vec<Sized>, Vec<Sized>) {
    let (mut at, mut above) = (Vec::new(), Vec::new());
    for (index, rule) in document.content.iter().enumerate().filter(|(_, rule)| goes_out(rule)) {
        let kind = rule.kind.as_str();
        let leaf = |name: &str| format!("/content/{index}/limits/{name}");
        if let Some((good, bad)) = rule.limits.text.and_then(texts) {
            let sized = |text: String| Sized {
                leaf: leaf("text/max"),
                draft: Draft::of(Part::text(&text)),
                content: Some(Content::text(text)),
            };
            at.extend(good.into_iter().map(sized));
            above.extend(bad.into_iter().map(sized));
        }
        if let Some(media) = &rule.limits.media {
            let mime = media.mimes.first().map_or("application/octet-stream", |mime| mime);
            let of = |mime: &str, bytes| Draft::of(Part::medium(kind, mime, bytes));
            for (place, mime) in media.mimes.iter().enumerate() {
                let bytes = media.max_bytes.number().unwrap_or(1);
                at.push(Sized {
                    leaf: leaf(&format!("media/mimes/{place}")),
                    draft: of(mime, bytes),
                    content: None,
                });
            }
            if let Limit::At(most) = media.max_bytes {
                let draft = of(mime, most.saturating_add(1));
                above.push(Sized { leaf: leaf("media/max_bytes"), draft, content: None });
            }
            if !media.mimes.is_empty() && media.mimes.iter().all(|mime| !mime.contains('*')) {
                let draft = of("application/x-conformance", 1);
                above.push(Sized { leaf: leaf("media/mimes/0"), draft, content: None });
            }
            if let Some((good, bad)) = rule.limits.caption.and_then(texts) {
                let sized = |text: String| Sized {
                    leaf: leaf("caption/max"),
                    draft: Draft::of(Part::medium(kind, mime, 1).with_text(text)),
                    content: None,
                };
                at.extend(good.into_iter().map(sized));
                above.extend(bad.into_iter().map(sized));
            }
        }
        if let Some(choices) = rule.limits.choices {
            let of = |title: u64, count: u64, label: u64| {
                let text = |n: u64| "a".repeat(usize::try_from(n.min(LONGEST)).unwrap_or_default());
                let labels = (0..count.min(1000)).map(|_| text(label)).collect::<Vec<_>>();
                Draft::of(Part::choices(kind, text(title), labels))
            };
            let (most, title, label) = (choices.max, choices.title_max, choices.label_max);
            let number = |limit: Limit| limit.number().unwrap_or(1);
            let draft = of(number(title), number(most), number(label));
            at.push(Sized { leaf: leaf("choices/max"), draft, content: None });
            let more =
                |name: &str, draft| Sized { leaf: leaf(&format!("choices/{name}")), draft, content: None };
            if most.number().is_some() {
                above.push(more("max", of(1, number(most) + 1, 1)));
            }
            if title.number().is_some() {
                above.push(more("title_max", of(number(title) + 1, 1, 1)));
            }
            if label.number().is_some() {
                above.push(more("label_max", of(1, 1, number(label) + 1)));
            }
        }
    }
    if let Some(most) = document.composition.max_parts_per_message.number()
        && let Some(kind) = document.content.iter().find(|rule| goes_out(rule)).map(|rule| rule.kind.as_str())
    {
        let parts =
            (0..=most.min(100)).map(|_| if kind == "text" { Part::text("a") } else { Part::of_kind(kind) });
        let draft = Draft { parts: parts.collect(), quotes: None };
        above.push(Sized { leaf: "/composition/max_parts_per_message".to_owned(), draft, content: None });
    }
    (at, above)
}

async fn gate_and_instance(
    subject: &Subject,
) -> Option<(std::sync::Arc<CapabilityDocument>, std::sync::Arc<Instance>)> {
    Some((subject.document()?, subject.start().await.ok()?))
}

async fn the_value_passes(subject: &Subject) -> Outcome {
    let Some((document, instance)) = gate_and_instance(subject).await else {
        return Outcome::Skipped("no instance starts".to_owned());
    };
    let gate = Gate::new(&document, &subject.samples);
    let mut found = Vec::new();
    for Sized { leaf, draft, content: given } in sizes(&document).0 {
        let kind = draft.parts.first().map_or("text", |part| part.kind.as_str()).to_owned();
        let content = given.unwrap_or_else(|| content(&kind, "a"));
        let path = path_of(&subject.json, &leaf);
        match gate.send(&instance, &draft, content).await {
            Err(Refused::ByTheGate(reasons)) => {
                let codes: Vec<_> = reasons.iter().map(|reason| reason.code.to_string()).collect();
                found.push(Finding::of_leaf(
                    leaf,
                    format!("{path}: the value is refused: {}", codes.join(", ")),
                ));
            }
            Err(Refused::ByTheConnector(error))
                if matches!(error.class, ErrorClass::Unsupported | ErrorClass::Invalid)
                    || error.reason.is_connector_fault() =>
            {
                found.push(Finding::of_leaf(
                    leaf,
                    format!("{path}: the connector refuses the value: {error}"),
                ));
            }
            _ => {}
        }
    }
    end(&instance).await;
    Outcome::of(found)
}

async fn one_more_is_refused(subject: &Subject) -> Outcome {
    let Some((document, instance)) = gate_and_instance(subject).await else {
        return Outcome::Skipped("no instance starts".to_owned());
    };
    let gate = Gate::new(&document, &subject.samples);
    let above = sizes(&document).1;
    if above.is_empty() {
        return Outcome::NotApplicable("the document declares no limit".to_owned());
    }
    let mut found = Vec::new();
    for Sized { leaf, draft, .. } in above {
        let before = gate.calls();
        let refused = gate.send(&instance, &draft, Content::text("too much")).await;
        if gate.calls() != before || !matches!(refused, Err(Refused::ByTheGate(_))) {
            let text = format!("{}: one more is not refused", path_of(&subject.json, &leaf));
            found.push(Finding::of_leaf(leaf, text));
        }
    }
    end(&instance).await;
    Outcome::of(found)
}

async fn windows_close(subject: &Subject) -> Outcome {
    let Some(document) = subject.document() else { return Outcome::Skipped("no document".to_owned()) };
    if document.windows.is_empty() {
        return Outcome::NotApplicable("the document declares no reply window".to_owned());
    }
    Outcome::of(open_too_long(&document))
}

/// Windows that are open where they are to be closed, or the other way round.
fn open_too_long(document: &CapabilityDocument) -> Vec<Finding> {
    let mut found = Vec::new();
    let start = Timestamp::from_seconds(1_767_225_600);
    for (index, window) in document.windows.iter().enumerate() {
        let is_open = |seconds: u64, sent: u64| {
            let ledger =
                (0..sent).fold(WindowLedger::default().inbound(start), |ledger, _| ledger.sent(start));
            let now = start.plus_seconds(i64::try_from(seconds).unwrap_or(i64::MAX));
            let mut context = Context::new(now, ledger).with_account(everything_on(document).account);
            context.account.window_profile.clone_from(&window.profile);
            let verdict = check(document, &context, Action::SendText("hi"), &Policy::EXACT);
            matches!(verdict, Verdict::Allowed(_))
        };
        let mut wrong = |name: &str, text: &str| {
            found.push(Finding::of_leaf(
                format!("/windows/{index}/{name}"),
                format!("windows[{index}].{name}: {text}"),
            ));
        };
        if let Some(length) =
            window.length_seconds.number().filter(|length| (1..=31_536_000).contains(length))
        {
            let nothing_after = window.after_close.number().unwrap_or_default() == 0;
            if !is_open(length - 1, 0) {
                wrong("length_seconds", "it is closed before its end");
            }
            if nothing_after && is_open(length, 0) {
                wrong("length_seconds", "it is open at its end");
            }
        }
        if let Some(most) = window.quota.max.number().filter(|most| (1..=1000).contains(most)) {
            if !is_open(0, most - 1) {
                wrong("quota/max", "the last place is refused");
            }
            if window.quota.counts.api != Some(false) && is_open(0, most) {
                wrong("quota/max", "one more is not refused");
            }
        }
    }
    for (name, most) in [
        ("edit", document.operations.edit.max_age_seconds),
        ("delete", document.operations.delete.max_age_seconds),
    ] {
        let Some(most) = most.number().and_then(|most| i64::try_from(most).ok()) else { continue };
        let allowed = |age: i64| {
            let kinds = document.operation(name).and_then(|rule| rule.target_kinds.first());
            let target = Target { kind: kinds.cloned(), sent_at: Some(start.plus_seconds(-age)) };
            let context = Context::new(start, WindowLedger::default().inbound(start));
            let action = Action::Operate { operation: name, target: Some(&target), kind: None };
            matches!(check(document, &context, action, &Policy::EXACT), Verdict::Allowed(_))
        };
        if !allowed(most) || allowed(most.saturating_add(1)) {
            let leaf = format!("/operations/{name}/max_age_seconds");
            found
                .push(Finding::of_leaf(leaf, format!("{name} is not limited to messages of {most} seconds")));
        }
    }
    found
}
