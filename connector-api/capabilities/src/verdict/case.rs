//! One check: what was found so far, and the end of it.

use std::collections::BTreeSet;

use super::{Context, Loss, Permission, Policy, Step, Verdict, window};
use crate::{
    CapabilityDocument, Effective, Reason, ReasonCode, Timestamp, WindowState, document::Evidence,
    reason::in_order,
};

pub(super) struct Case<'a> {
    pub(super) effective: Effective<'a>,
    pub(super) context: &'a Context,
    pub(super) policy: Policy,
    pub(super) reasons: Vec<Reason>,
    pub(super) needs: BTreeSet<String>,
    pub(super) warnings: Vec<String>,
}

/// What some rules have against an action, and the facts that they lack.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) reasons: Vec<Reason>,
    pub(super) needs: Vec<String>,
}

impl<'a> Case<'a> {
    pub(super) fn new(document: &'a CapabilityDocument, context: &'a Context, policy: Policy) -> Self {
        let effective = Effective::of(document, &context.account, &context.conversation);
        let reasons = [&context.account.reasons[..], &context.conversation.reasons[..]].concat();
        let mut case =
            Self { effective, context, policy, reasons, needs: BTreeSet::new(), warnings: Vec::new() };
        case.check_regions();
        case
    }

    pub(super) fn add(&mut self, found: Findings) {
        self.reasons.extend(found.reasons);
        self.needs.extend(found.needs);
    }

    pub(super) fn name(&self) -> &str {
        &self.effective.document.connector.name
    }

    /// A permanent reason that `rule` decided.
    pub(super) fn against(
        &self,
        code: ReasonCode,
        text: String,
        rule: &str,
        evidence: Option<&Evidence>,
    ) -> Reason {
        Reason::permanent(code, text).decided_by(self.effective.decided_by(rule), rule, evidence)
    }

    /// Where the reply window stands; `None` where the channel has none.
    pub(super) fn window_state(&self) -> Option<WindowState> {
        let window = self.effective.window()?;
        Some(self.context.ledger.state(window, self.context.now))
    }

    /// Adds what the reply window has against something that takes `places`. What takes none needs none to be left.
    pub(super) fn check_window(&mut self, places: u32) {
        let against = window::against(&self.effective, self.context);
        let used_up = |reason: &Reason| reason.code == ReasonCode::WINDOW_QUOTA_EXHAUSTED;
        self.reasons.extend(against.filter(|reason| places > 0 || !used_up(reason)));
    }

    /// The verdict on something that takes `places` and that nothing but what was found speaks against.
    pub(super) fn end(mut self, places: u32, in_window: bool) -> Verdict {
        self.deny_unknown();
        if !self.reasons.is_empty() {
            return Verdict::Denied { reasons: in_order(self.reasons) };
        }
        Verdict::Allowed(self.permission(places, in_window))
    }

    /// The verdict on a plan, which is what was asked for where it loses nothing.
    pub(super) fn end_with(mut self, plan: Vec<Step>, losses: Vec<Loss>) -> Verdict {
        self.deny_unknown();
        if !self.reasons.is_empty() {
            return Verdict::Denied { reasons: in_order(self.reasons) };
        }
        let places = plan.iter().map(|step| step.costs).sum();
        let permission = self.permission(places, true);
        if losses.is_empty() {
            return Verdict::Allowed(permission);
        }
        Verdict::Degraded { plan, losses, permission }
    }

    fn deny_unknown(&mut self) {
        if !self.policy.deny_unknown {
            return;
        }
        for need in &self.needs {
            let text = format!("It is not known whether this is possible: {need} is missing.");
            let reason = Reason::passing(ReasonCode::FACT_NEEDED, text).uncertain().with("fact", &**need);
            self.reasons.push(reason.decided_by(self.effective.decided_by(need), need, None));
        }
    }

    fn permission(self, costs: u32, in_window: bool) -> Permission {
        let state = self.window_state().filter(|_| in_window);
        let (left, expires_at): (Option<u32>, Option<Timestamp>) = match state {
            Some(WindowState::Open { closes_at, left }) => (left, closes_at),
            Some(state) => (state.left(), None),
            None => (None, None),
        };
        let left_after = left.map(|left| left.saturating_sub(costs));
        let needs = self.needs.into_iter().collect();
        Permission { costs, left_after, expires_at, needs, warnings: self.warnings }
    }
}
