//! What an author says about single actions, held against what the document makes of them.

use connector_api::{
    CapabilityDocument, Timestamp,
    capabilities::{
        AccountLayer, Action, Context, ConversationLayer, Draft, Part, Policy, Region, Target, Verdict,
        WindowLedger, check,
    },
};
use serde::Deserialize;

/// One action in one situation, and the verdict on it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerdictSample {
    pub(crate) name: String,
    /// Leaves of the document without which the verdict is another; `*` stands for anything.
    #[serde(default)]
    pub(crate) proves: Vec<String>,
    action: Wanted,
    #[serde(default)]
    situation: Situation,
    /// Whether it may become something else.
    #[serde(default)]
    lenient: bool,
    /// `allowed`, `degraded` or `denied`.
    verdict: String,
    /// The first reason.
    #[serde(default)]
    reason: Option<String>,
    /// Whether the first reason is certain.
    #[serde(default)]
    certain: Option<bool>,
    /// The kinds of the messages that it becomes.
    #[serde(default)]
    becomes: Option<Vec<String>>,
    /// Places left in the reply window afterwards.
    #[serde(default)]
    left_after: Option<u32>,
    /// Facts that could still change it; more may be missing.
    #[serde(default)]
    needs: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Wanted {
    /// A text of so many characters.
    Text(usize),
    Parts(Vec<Part>),
    /// A text that quotes a message of this kind.
    Quote(String),
    Operate {
        operation: String,
        target: Option<String>,
    },
    StartConversation,
    Broadcast,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Situation {
    /// Seconds since the customer wrote.
    since_inbound: i64,
    /// Messages sent since then.
    sent: u32,
    /// The customer never wrote.
    never_wrote: bool,
    /// After all that the customer wrote again.
    wrote_again: bool,
    account_region: Option<Region>,
    peer_region: Option<Region>,
    organisation_region: Option<Region>,
    window_profile: Option<String>,
    opt_ins: Vec<String>,
}

impl Situation {
    fn context(&self) -> Context {
        let start = Timestamp::from_seconds(1_767_225_600);
        let now = start.plus_seconds(self.since_inbound);
        let wrote = WindowLedger::default().inbound(start);
        let mut ledger = (0..self.sent).fold(wrote, |ledger, _| ledger.sent(start));
        if self.wrote_again {
            ledger = ledger.inbound(now);
        }
        if self.never_wrote {
            ledger = WindowLedger::default();
        }
        let account = AccountLayer {
            region: self.account_region,
            window_profile: self.window_profile.clone(),
            opt_ins: self.opt_ins.iter().cloned().collect(),
            ..AccountLayer::default()
        };
        let conversation =
            ConversationLayer { peer_region: self.peer_region, ..ConversationLayer::default() };
        Context::new(now, ledger)
            .with_organisation_region(self.organisation_region)
            .with_account(account)
            .with_conversation(conversation)
    }
}

impl VerdictSample {
    /// How the verdict differs from what the author says; `None` where it does not.
    pub(crate) fn differs(&self, document: &CapabilityDocument) -> Option<String> {
        let context = self.situation.context();
        let policy = if self.lenient { Policy::LENIENT } else { Policy::EXACT };
        let found = match &self.action {
            Wanted::Text(length) => {
                check(document, &context, Action::SendText(&"a".repeat(*length)), &policy)
            }
            Wanted::Parts(parts) => {
                let draft = Draft { parts: parts.clone(), quotes: None };
                check(document, &context, Action::Send(&draft), &policy)
            }
            Wanted::Quote(kind) => {
                let target = Target { kind: Some(kind.clone()), sent_at: None };
                let draft = Draft::of(Part::text("a")).quoting(target);
                check(document, &context, Action::Send(&draft), &policy)
            }
            Wanted::Operate { operation, target } => {
                let target = target.clone().map(|kind| Target { kind: Some(kind), sent_at: None });
                let action = Action::Operate { operation, target: target.as_ref(), kind: None };
                check(document, &context, action, &policy)
            }
            Wanted::StartConversation => check(document, &context, Action::StartConversation, &policy),
            Wanted::Broadcast => check(document, &context, Action::Broadcast, &policy),
        };
        let (word, kinds) = match &found {
            Verdict::Allowed(_) => ("allowed", None),
            Verdict::Degraded { plan, .. } => {
                let kinds = plan.iter().flat_map(|step| &step.parts).map(|part| part.kind.clone());
                ("degraded", Some(kinds.collect::<Vec<_>>()))
            }
            _ => ("denied", None),
        };
        let first = found.reasons().first();
        let code = first.map(|reason| reason.code.to_string());
        let permission = found.permission();
        let left = permission.and_then(|permission| permission.left_after);
        let needs = permission.map(|permission| permission.needs.clone()).unwrap_or_default();
        let is_same = word == self.verdict
            && (self.reason.is_none() || code == self.reason)
            && (self.certain.is_none() || first.map(|reason| reason.certain) == self.certain)
            && (self.becomes.is_none() || kinds == self.becomes)
            && (self.left_after.is_none() || left == self.left_after)
            && self.needs.iter().all(|need| needs.contains(need));
        (!is_same).then(|| {
            let reason = code.map(|code| format!(" ({code})")).unwrap_or_default();
            let kinds = kinds.map(|kinds| format!(" into {}", kinds.join(", "))).unwrap_or_default();
            let left = left.map(|left| format!(", {left} left")).unwrap_or_default();
            format!("{}: it is {word}{reason}{kinds}{left}", self.name)
        })
    }
}
