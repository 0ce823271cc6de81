//! Answering comments in private.

use super::{Verdict, case::Case};
use crate::{
    Part, Reason, ReasonCode, Timestamp,
    document::{CommentRule, Initiator, Support},
    region::belongs,
};

/// The account's opt-in, and the rule of a way to write first.
const INITIATION: &str = "initiation.business.comment";
const RULE: &str = "comment_answers";

/// A comment that somebody wants to answer in private, and with what. That it is answered once is for whoever remembers
/// the answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommentToAnswer {
    /// Whether the platform lets the business answer it, and it is still there.
    pub answerable: bool,
    /// When it was written.
    pub written_at: Timestamp,
    /// When its writer and the business last wrote to each other in private; `None` where they never did, as far as is
    /// known.
    pub last_exchange_at: Option<Timestamp>,
    /// What the answer says.
    pub part: Part,
}

impl Case<'_> {
    pub(super) fn answer_comment(mut self, comment: &CommentToAnswer) -> Verdict {
        let rule = self.effective.document.comment_answers.clone();
        if rule.support != Support::Native {
            let text = format!("{} does not let comments be answered in private.", self.name());
            let reason = self.against(ReasonCode::OPERATION_UNSUPPORTED, text, RULE, rule.evidence.as_ref());
            let declared = rule.support != Support::Unknown;
            self.reasons.push(if declared { reason } else { reason.uncertain() });
            return self.end(0, false);
        }
        self.check_initiation();
        self.check_account_region(&rule);
        self.check_part(&rule, &comment.part);
        self.check_comment(&rule, comment);
        self.end(0, false)
    }

    fn check_initiation(&mut self) {
        let ways = &self.effective.document.initiation;
        let way = ways.iter().find(|way| way.who == Initiator::Business && way.via == "comment");
        let (code, text, evidence) = match way {
            Some(way) if !way.opt_in => return self.warnings.extend(way.conditions.clone()),
            Some(way) => {
                let text =
                    format!("Answering comments is off for this account; turn on {INITIATION} to do it.");
                (ReasonCode::INITIATION_OPT_IN_OFF, text, way.evidence.clone())
            }
            None => {
                let text = format!("On {} a comment does not let the business write first.", self.name());
                (ReasonCode::INITIATION_USER_MUST_START, text, None)
            }
        };
        let reason = self.against(code, text, INITIATION, evidence.as_ref());
        self.reasons.push(reason);
    }

    fn check_account_region(&mut self, rule: &CommentRule) {
        if rule.account_regions.is_empty() {
            return;
        }
        let Some(region) = self.context.account.region else {
            self.needs.insert("account_region".to_owned());
            return;
        };
        let found: Vec<_> = rule.account_regions.iter().map(|entry| belongs(region, entry)).collect();
        if found.contains(&Some(true)) {
            return;
        }
        if found.contains(&None) {
            self.needs.insert(format!("{RULE}.account_regions"));
            return;
        }
        let text = format!(
            "{} lets accounts answer comments that are registered in {}, and this one is in {region}.",
            self.name(),
            rule.account_regions.join(", ")
        );
        let code = ReasonCode::REGION_ACCOUNT_BLOCKED;
        let reason = self.against(code, text, RULE, rule.evidence.as_ref());
        self.reasons.push(reason.with("region", region.as_str()));
    }

    fn check_part(&mut self, rule: &CommentRule, part: &Part) {
        if rule.kinds.is_empty() {
            self.needs.insert(format!("{RULE}.kinds"));
        } else if !rule.kinds.contains(&part.kind) {
            let text = format!("A comment cannot be answered with content of kind {}.", part.kind);
            let code = ReasonCode::CONTENT_KIND_UNSUPPORTED;
            let reason = self.against(code, text, RULE, rule.evidence.as_ref());
            let allowed = rule.kinds.join(", ");
            self.reasons.push(reason.with("kind", &*part.kind).with("allowed", &*allowed));
            return;
        }
        match self.fits(part) {
            Ok(fit) => {
                self.needs.extend(fit.needs);
                self.warnings.extend(fit.warnings);
            }
            Err(reasons) => self.reasons.extend(reasons),
        }
    }

    fn check_comment(&mut self, rule: &CommentRule, comment: &CommentToAnswer) {
        let evidence = rule.evidence.as_ref();
        if !comment.answerable {
            let text = format!("{} does not let this comment be answered in private.", self.name());
            let reason = self.against(ReasonCode::COMMENT_NOT_ANSWERABLE, text, RULE, evidence);
            self.reasons.push(reason);
        }
        let age = self.context.now.millis_since(comment.written_at).div_euclid(1000);
        let oldest = rule.max_age_seconds.number().map(|most| i64::try_from(most).unwrap_or(i64::MAX));
        if let Some(most) = oldest.filter(|most| age >= *most) {
            let text = format!("The comment is {age} seconds old; it can be answered for {most} seconds.");
            let reason = self.against(ReasonCode::COMMENT_TOO_OLD, text, RULE, evidence);
            self.reasons.push(reason.with("age", age).with("max", most));
        }
        let quiet = rule.quiet_seconds.zip(comment.last_exchange_at);
        let free_at = quiet.map(|(seconds, last)| last.plus_seconds(i64::from(seconds)));
        if let Some(free_at) = free_at.filter(|free_at| self.context.now < *free_at) {
            let text = "Messages were exchanged with the writer of the comment too lately; answer in the \
                        conversation.";
            let reason = Reason::passing(ReasonCode::COMMENT_NOT_QUIET, text).with_retry_at(free_at);
            self.reasons.push(reason.decided_by(self.effective.decided_by(RULE), RULE, evidence));
        }
    }
}
