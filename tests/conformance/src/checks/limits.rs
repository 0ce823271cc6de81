//! Whether each declared limit holds: its value passes, and one more is refused before the connector is called.

use std::sync::Arc;

use connector_api::{
    CapabilityDocument, Content, ErrorClass, Timestamp,
    capabilities::{Action, Context, Policy, Target, Verdict, WindowLedger, check, document::Window},
};
use connector_loader::Instance;

use crate::{
    Finding, Outcome,
    gate::{Gate, Refused, everything_on},
    incident::Incident,
    leaf::path_of,
    requests::content,
    sizes::{Sized, Sizes},
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

/// After so many calls that did harm no more are needed.
const ENOUGH: usize = 3;
const NO_LIMIT: &str = "the document declares no limit";

async fn gate_and_instance(subject: &Subject) -> Result<(Arc<CapabilityDocument>, Arc<Instance>), Outcome> {
    let document = subject.document().ok_or_else(|| Outcome::Skipped("no document".to_owned()))?;
    let started = subject.start().await;
    Ok((document, started.map_err(|error| Outcome::Skipped(subject.why_not_started(&error)))?))
}

async fn the_value_passes(subject: &Subject) -> Outcome {
    let (document, mut instance) = match gate_and_instance(subject).await {
        Ok(both) => both,
        Err(outcome) => return outcome,
    };
    let gate = Gate::new(&document, &subject.samples);
    let at = Sizes::of(&document).at;
    if at.is_empty() {
        return Outcome::NotApplicable(NO_LIMIT.to_owned());
    }
    let mut found = Vec::new();
    let mut harms = 0;
    for Sized { leaf, draft, content: given } in at {
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
                if matches!(error.class, ErrorClass::Unsupported | ErrorClass::Invalid) =>
            {
                found.push(Finding::of_leaf(
                    leaf,
                    format!("{path}: the connector refuses the value: {error}"),
                ));
            }
            Err(Refused::ByTheConnector(error)) => {
                let Some(incident) = Incident::of(&error, &instance, "") else { continue };
                found.push(Finding::of_leaf(leaf, format!("{path}: at the value {}", incident.found)));
                harms += 1;
                // What follows would be told as the harm that this one did.
                match subject.start().await {
                    Ok(fresh) if harms < ENOUGH => instance = fresh,
                    _ => break,
                }
            }
            Ok(_) => {}
        }
    }
    end(&instance).await;
    Outcome::of(found)
}

async fn one_more_is_refused(subject: &Subject) -> Outcome {
    let (document, instance) = match gate_and_instance(subject).await {
        Ok(both) => both,
        Err(outcome) => return outcome,
    };
    let gate = Gate::new(&document, &subject.samples);
    let above = Sizes::of(&document).above;
    if above.is_empty() {
        return Outcome::NotApplicable(NO_LIMIT.to_owned());
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
    let is_limited =
        |name| document.operation(name).is_some_and(|rule| rule.max_age_seconds.number().is_some());
    let is_numbered =
        |window: &Window| window.length_seconds.number().is_some() || window.quota.max.number().is_some();
    if !document.windows.iter().any(is_numbered) && !is_limited("edit") && !is_limited("delete") {
        return Outcome::NotApplicable("the document declares no reply window".to_owned());
    }
    Outcome::of([open_too_long(&document), done_too_late(&document)].concat())
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
    found
}

/// Operations that are possible for messages older than the document says, or not for younger ones.
fn done_too_late(document: &CapabilityDocument) -> Vec<Finding> {
    let mut found = Vec::new();
    let start = Timestamp::from_seconds(1_767_225_600);
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
