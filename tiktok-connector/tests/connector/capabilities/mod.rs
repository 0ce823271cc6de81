//! The embedded document: each row of the product brief has a check named after it, and each leaf of the document is
//! proved by one of the checks or is on the reviewed list of what is only stated.

mod beyond;
mod content;
mod laws;
mod leaves;
mod rules;

use std::sync::LazyLock;

use connector_api::{
    CapabilityDocument, Timestamp,
    capabilities::{
        Action, Context, Draft, Effective, Part, Policy, Verdict, WindowLedger, check,
        document::{
            ContentRule, Direction, EntryPoint, RegionFeature, RegionRule, RegionSubject, StatusRule, Window,
        },
    },
};

use crate::DOCUMENT;

static TIKTOK: LazyLock<CapabilityDocument> =
    LazyLock::new(|| serde_json::from_str(DOCUMENT).expect("the document reads"));

const HOUR: i64 = 3600;
const START: Timestamp = Timestamp::from_seconds(1_767_225_600);

/// Says what does not hold.
type Claim = Result<(), String>;
/// A check by its name.
type Named = (&'static str, fn(&CapabilityDocument) -> Claim);

/// Fails the check where the two differ.
macro_rules! holds {
    ($found:expr, $expected:expr) => {
        match ($found, $expected) {
            (found, expected) if found != expected => {
                return Err(format!("{}: {found:?}, expected {expected:?}", stringify!($found)));
            }
            _ => {}
        }
    };
}
use holds;

/// Checks of a document, each a test of the embedded one, and the table of them.
macro_rules! checks {
    ($(fn $name:ident($document:ident) $body:block)*) => {
        pub(super) const CHECKS: &[super::Named] = &[$((stringify!($name), claims::$name)),*];

        mod claims {
            use super::*;
            $(pub(super) fn $name($document: &CapabilityDocument) -> Claim {
                $body
                Ok(())
            })*
        }

        $(#[test]
        fn $name() {
            assert_eq!(claims::$name(&TIKTOK), Ok(()));
        })*
    };
}
use checks;

fn rule<'a>(
    document: &'a CapabilityDocument,
    direction: Direction,
    kind: &str,
) -> Result<&'a ContentRule, String> {
    document.content_rule(direction, kind).ok_or_else(|| format!("no rule for {kind}"))
}

fn region(
    document: &CapabilityDocument,
    feature: RegionFeature,
    subject: RegionSubject,
) -> Result<&RegionRule, String> {
    let mut rules = document.regions.iter();
    rules
        .find(|rule| rule.feature == feature && rule.subject == subject)
        .ok_or_else(|| format!("no rule: {feature:?}"))
}

fn status<'a>(document: &'a CapabilityDocument, state: &str) -> Result<&'a StatusRule, String> {
    document.statuses.iter().find(|rule| rule.state == state).ok_or_else(|| format!("no status {state}"))
}

fn entry_point<'a>(document: &'a CapabilityDocument, kind: &str) -> Result<&'a EntryPoint, String> {
    document
        .entry_points
        .iter()
        .find(|entry| entry.kind == kind)
        .ok_or_else(|| format!("no entry point {kind}"))
}

fn window<'a>(document: &'a CapabilityDocument, profile: &str) -> Result<&'a Window, String> {
    let mut windows = document.windows.iter();
    windows
        .find(|window| window.profile.as_deref() == Some(profile))
        .ok_or_else(|| format!("no window {profile}"))
}

/// A conversation whose customer has just written.
fn open() -> Context {
    Context::new(START, WindowLedger::default().inbound(START))
}

fn codes(verdict: &Verdict) -> Vec<String> {
    verdict.reasons().iter().map(|reason| reason.code.to_string()).collect()
}

fn against(document: &CapabilityDocument, context: &Context, action: Action<'_>) -> Vec<String> {
    codes(&check(document, context, action, &Policy::EXACT))
}

/// The kinds of the messages that a draft becomes, where everything that helps is permitted.
fn becomes(document: &CapabilityDocument, context: &Context, draft: &Draft) -> Vec<String> {
    match check(document, context, Action::Send(draft), &Policy::LENIENT) {
        Verdict::Degraded { plan, .. } => {
            plan.iter().flat_map(|step| &step.parts).map(|part| part.kind.clone()).collect()
        }
        Verdict::Allowed(_) => draft.parts.iter().map(|part| part.kind.clone()).collect(),
        denied => codes(&denied),
    }
}

fn picture() -> Part {
    Part::medium("image", "image/png", 3_000_000)
}

fn left(document: &CapabilityDocument, context: &Context) -> Option<u32> {
    let effective = Effective::of(document, &context.account, &context.conversation);
    effective.window().and_then(|window| context.ledger.state(window, context.now).left())
}
