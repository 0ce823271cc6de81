//! Operations, starting a conversation, and broadcasts.

use super::{
    Verdict,
    case::{Case, Findings},
};
use crate::{
    ReasonCode, Target,
    document::{Initiator, OperationRule, Support},
};

/// Operations that make no message.
const SIGNALS: &[&str] = &["typing", "mark_read"];

impl Case<'_> {
    pub(super) fn operate(mut self, operation: &str, target: Option<&Target>, kind: Option<&str>) -> Verdict {
        let rule = self.effective.document.operation(operation).cloned().unwrap_or_default();
        let found = self.against_operation(operation, &rule, target, kind);
        self.add(found);
        let in_window = rule.needs_window != Some(false);
        let window = self.effective.window();
        let counted = window.is_some_and(|window| window.quota.counts.signals != Some(false));
        let places = u32::from(counted && in_window && SIGNALS.contains(&operation));
        if in_window {
            self.check_window(places);
        }
        self.end(places, in_window)
    }

    /// What speaks against `operation` on `target` with content of `kind`.
    pub(super) fn against_operation(
        &self,
        operation: &str,
        rule: &OperationRule,
        target: Option<&Target>,
        kind: Option<&str>,
    ) -> Findings {
        let mut found = Findings::default();
        let name = format!("operation.{operation}");
        let evidence = rule.evidence.as_ref();
        if rule.support != Support::Native {
            let text = format!("{} does not offer the operation {operation}.", self.name());
            let reason = self.against(ReasonCode::OPERATION_UNSUPPORTED, text, &name, evidence);
            let reason = reason.with("operation", operation);
            let declared = rule.support != Support::Unknown;
            found.reasons.push(if declared { reason } else { reason.uncertain() });
            return found;
        }
        let allows = |allowed: &[String], kind: Option<&str>, what: &str, found: &mut Findings| match kind {
            None if allowed.is_empty() => {}
            None => found.needs.push("target.kind".to_owned()),
            Some(_) if allowed.is_empty() => found.needs.push(format!("{name}.kinds")),
            Some(kind) if !allowed.iter().any(|one| one == kind) => {
                let text = format!("The operation {operation} {what} of kind {kind}.");
                let reason = self.against(ReasonCode::OPERATION_TARGET_KIND, text, &name, evidence);
                found.reasons.push(reason.with("kind", kind).with("allowed", &*allowed.join(", ")));
            }
            Some(_) => {}
        };
        if kind.is_some() {
            allows(&rule.kinds, kind, "does not carry content", &mut found);
        }
        if let Some(target) = target {
            allows(&rule.target_kinds, target.kind.as_deref(), "is not for content", &mut found);
            self.check_age(operation, rule, target, &mut found);
        }
        found
    }

    fn check_age(&self, operation: &str, rule: &OperationRule, target: &Target, found: &mut Findings) {
        let Some(most) = rule.max_age_seconds.number() else { return };
        let Some(sent_at) = target.sent_at else {
            return found.needs.push("target.sent_at".to_owned());
        };
        let age = self.context.now.millis_since(sent_at).div_euclid(1000);
        if age > i64::try_from(most).unwrap_or(i64::MAX) {
            let text =
                format!("The message is {age} seconds old; {operation} is possible for {most} seconds.");
            let rule_name = format!("operation.{operation}");
            let code = ReasonCode::OPERATION_TOO_OLD;
            let reason = self.against(code, text, &rule_name, rule.evidence.as_ref());
            found.reasons.push(reason.with("age", age).with("max", most));
        }
    }

    pub(super) fn start(mut self) -> Verdict {
        let document = &self.effective.document;
        let way = document.initiation.iter().find(|way| way.who == Initiator::Business && !way.opt_in);
        match way.map(|way| way.conditions.clone()) {
            Some(conditions) => self.warnings.extend(conditions),
            None => {
                let by_account = document.initiation.iter().filter(|way| way.who == Initiator::Business);
                let names: Vec<_> =
                    by_account.map(|way| format!("initiation.business.{}", way.via)).collect();
                let mut text = format!("On {} only the customer can start a conversation.", self.name());
                if !names.is_empty() {
                    text.push_str(&format!(" An account may turn on {}.", names.join(" or ")));
                }
                let code = ReasonCode::INITIATION_USER_MUST_START;
                let reason = self.against(code, text, "initiation.business", None);
                self.reasons.push(reason);
            }
        }
        self.end(0, false)
    }

    pub(super) fn broadcast(mut self) -> Verdict {
        let broadcast = self.effective.document.broadcast.clone();
        if broadcast.support != Support::Native {
            let text = format!("{} has no broadcasts.", self.name());
            let code = ReasonCode::BROADCAST_UNSUPPORTED;
            let reason = self.against(code, text, "broadcast", broadcast.evidence.as_ref());
            let declared = broadcast.support != Support::Unknown;
            self.reasons.push(if declared { reason } else { reason.uncertain() });
        }
        self.end(0, false)
    }
}
