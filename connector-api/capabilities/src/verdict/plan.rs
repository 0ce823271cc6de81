//! From a draft to the messages that carry it, within what is left of the quota.

use super::{
    Step, Verdict,
    case::{Case, Findings},
    ways::{Way, loss},
    window,
};
use crate::{Draft, Part, Reason, ReasonCode, Target, WindowState};

impl Case<'_> {
    pub(super) fn send(mut self, draft: &Draft) -> Verdict {
        let each = self.price();
        self.check_window(each);
        let (ways, reasons) = self.ways(draft);
        let permitted =
            |way: &&Way| (self.policy.may_lose || !way.loses) && (self.policy.may_split || !way.splits);
        let permitted: Vec<&Way> = ways.iter().filter(permitted).collect();
        let left = self.window_state().and_then(WindowState::left);
        let affordable = permitted.iter().find(|way| left.is_none_or(|left| cost(way, each) <= left));
        let Some(way) = affordable.or(permitted.first()) else {
            self.reasons.extend(reasons);
            return self.end(0, true);
        };
        // A window without a place left is a reason by itself already.
        if let Some(left) = left.filter(|left| *left > 0 && cost(way, each) > *left) {
            self.reasons.push(window::too_small(&self.effective, cost(way, each), left));
        }
        let quoting = draft.quotes.as_ref().and_then(|target| self.quoting_message(target, way));
        let steps = way.messages.iter().enumerate().map(|(index, parts)| Step {
            parts: parts.clone(),
            quotes: quoting == Some(index),
            costs: each,
        });
        let (plan, losses, fit) = (steps.collect(), way.losses.clone(), way.fit.clone());
        self.needs.extend(fit.needs);
        self.warnings.extend(fit.warnings);
        self.end_with(plan, losses)
    }

    /// Places that one message takes.
    fn price(&self) -> u32 {
        self.effective.window().map_or(0, |window| u32::from(window.quota.counts.api != Some(false)))
    }

    /// Every way to send `draft`, the best first, and what is against sending it as it is.
    fn ways(&self, draft: &Draft) -> (Vec<Way>, Vec<Reason>) {
        let (mut ways, mut reasons) = match &draft.parts[..] {
            [] => {
                let text = "There is nothing to send.".to_owned();
                let reason = self.against(ReasonCode::CONTENT_TEXT_EMPTY, text, "outbound", None);
                return (Vec::new(), vec![reason]);
            }
            [part] => self.ways_of_one(part),
            parts if parts.len() > Draft::MOST_PARTS => {
                let (most, count) = (Draft::MOST_PARTS as u64, parts.len() as u64);
                let text = format!("parts: {count}, where {most} are the most that are sent at once.");
                let reason = self.against(ReasonCode::CONTENT_TOO_MANY, text, "outbound", None);
                return (Vec::new(), vec![reason.with("parts", count).with("max", most)]);
            }
            parts => self.ways_of_several(parts),
        };
        let Some(target) = &draft.quotes else { return (ways, reasons) };
        let kind = draft.parts.iter().find(|part| self.may_quote(part)).or(draft.parts.first());
        let found = self.against_quoting(target, kind);
        reasons.extend(found.reasons);
        for way in &mut ways {
            way.fit.needs.extend(found.needs.iter().cloned());
            if self.quoting_message(target, way).is_none() {
                way.loses = true;
                way.losses.push(loss("quote_dropped", "The message is sent without its quotation."));
            }
        }
        (ways, reasons)
    }

    fn may_quote(&self, part: &Part) -> bool {
        let kinds = &self.effective.document.operations.reply.kinds;
        kinds.is_empty() || kinds.contains(&part.kind)
    }

    /// The message of `way` that can quote `target`.
    fn quoting_message(&self, target: &Target, way: &Way) -> Option<usize> {
        let can = |message: &Vec<Part>| match &message[..] {
            [part] => self.may_quote(part) && self.against_quoting(target, Some(part)).reasons.is_empty(),
            _ => false,
        };
        way.messages.iter().position(can)
    }

    fn against_quoting(&self, target: &Target, part: Option<&Part>) -> Findings {
        let rule = &self.effective.document.operations.reply;
        self.against_operation("reply", rule, Some(target), part.map(|part| part.kind.as_str()))
    }
}

fn cost(way: &Way, each: u32) -> u32 {
    u32::try_from(way.messages.len()).unwrap_or(u32::MAX).saturating_mul(each)
}
