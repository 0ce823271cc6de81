//! What regions, and the platform's live answers about them, have against an action.

use super::case::{Case, Findings};
use crate::{
    Layer, LiveAnswer, Reason, ReasonCode, Region,
    document::{Meanwhile, RegionFeature, RegionMode, RegionRule, RegionSubject, Resolution},
    region::belongs,
};

impl Case<'_> {
    /// Adds what concerns every action.
    pub(super) fn check_regions(&mut self) {
        for feature in [RegionFeature::Service, RegionFeature::Messaging, RegionFeature::Unknown] {
            let found = self.region_findings(feature);
            self.add(found);
        }
    }

    pub(super) fn region_findings(&self, feature: RegionFeature) -> Findings {
        let mut findings = Findings::default();
        for rule in self.effective.document.regions.iter().filter(|rule| rule.feature == feature) {
            self.apply(rule, &mut findings);
        }
        findings
    }

    fn apply(&self, rule: &RegionRule, findings: &mut Findings) {
        let claim = format!("region.{}", feature_name(rule.feature));
        let probe = self.effective.document.probes.iter().find(|probe| probe.answers.contains(&claim));
        let probe = probe.filter(|_| rule.resolved_by == Resolution::Probe);
        if let Some(answer) = probe.and_then(|probe| self.fresh_answer(&claim, probe.valid_seconds)) {
            if !answer.available {
                findings.reasons.push(self.region_reason(rule, &claim, None).decided_by(
                    Layer::Live,
                    &claim,
                    rule.evidence.as_ref(),
                ));
            }
            return;
        }
        let (blocked, unknown) = self.table(rule);
        if let Some(region) = blocked {
            let reason = self.region_reason(rule, &claim, Some(region));
            findings.reasons.push(if probe.is_some() { reason.uncertain() } else { reason });
            return;
        }
        findings.needs.extend(unknown.clone());
        match probe {
            Some(probe) if probe.meanwhile == Meanwhile::Deny => {
                let text = format!("Only the platform can say whether this is possible: {claim} is missing.");
                let reason =
                    Reason::passing(ReasonCode::FACT_NEEDED, text).uncertain().with("fact", claim.as_str());
                findings.reasons.push(reason.decided_by(Layer::Connector, &claim, rule.evidence.as_ref()));
            }
            Some(_) => findings.needs.push(claim),
            None => {}
        }
    }

    fn fresh_answer(&self, claim: &str, valid_seconds: u32) -> Option<&LiveAnswer> {
        let now = self.context.now;
        let fresh = |answer: &&LiveAnswer| {
            answer.claim == claim && now < answer.observed_at.plus_seconds(i64::from(valid_seconds))
        };
        self.context.live.iter().filter(fresh).max_by_key(|answer| answer.observed_at)
    }

    /// The region that the rule blocks, and the facts that it lacks.
    fn table(&self, rule: &RegionRule) -> (Option<Region>, Vec<String>) {
        let organisation = ("organisation_region", self.context.organisation_region);
        let account = ("account_region", self.context.account.region);
        let peer = ("peer_region", self.context.conversation.peer_region);
        let sides = match rule.subject {
            RegionSubject::Organisation => vec![organisation],
            RegionSubject::Account => vec![account],
            RegionSubject::Peer => vec![peer],
            RegionSubject::Either => vec![account, peer],
            RegionSubject::Unknown => {
                return (None, vec![format!("region.{}.subject", feature_name(rule.feature))]);
            }
        };
        let mut unknown = Vec::new();
        for (fact, region) in sides {
            let Some(region) = region else {
                unknown.push(fact.to_owned());
                continue;
            };
            match (rule.mode, is_in(region, &rule.set)) {
                (RegionMode::Block, Some(true)) | (RegionMode::AllowOnly, Some(false)) => {
                    return (Some(region), Vec::new());
                }
                (RegionMode::Block, Some(false)) | (RegionMode::AllowOnly, Some(true)) => {}
                (RegionMode::Unknown, _) | (_, None) => {
                    unknown.push(format!("region.{}.set", feature_name(rule.feature)));
                }
            }
        }
        (None, unknown)
    }

    fn region_reason(&self, rule: &RegionRule, claim: &str, region: Option<Region>) -> Reason {
        let name = self.name();
        let (code, text) = match (rule.feature, rule.subject) {
            (RegionFeature::Media, _) => (
                ReasonCode::REGION_MEDIA_BLOCKED,
                format!("{name} does not let media pass between these two sides"),
            ),
            (_, RegionSubject::Organisation) => (
                ReasonCode::REGION_ORGANISATION_BLOCKED,
                format!("{name} is not available to organisations registered there"),
            ),
            (_, RegionSubject::Peer) => {
                (ReasonCode::REGION_PEER_BLOCKED, format!("{name} has no messages with customers there"))
            }
            _ => (
                ReasonCode::REGION_ACCOUNT_BLOCKED,
                format!("{name} has no messages for accounts registered there"),
            ),
        };
        let text = region.map_or_else(|| format!("{text}."), |region| format!("{text} ({region})."));
        let reason = self.against(code, text, claim, rule.evidence.as_ref());
        match region {
            Some(region) => reason.with("region", region.as_str()),
            None => reason,
        }
    }
}

/// Whether `region` is in `set`; `None` where an entry that nobody knows could hold it.
fn is_in(region: Region, set: &[String]) -> Option<bool> {
    let found: Vec<Option<bool>> = set.iter().map(|entry| belongs(region, entry)).collect();
    if found.contains(&Some(true)) {
        return Some(true);
    }
    if found.contains(&None) { None } else { Some(false) }
}

fn feature_name(feature: RegionFeature) -> &'static str {
    match feature {
        RegionFeature::Service => "service",
        RegionFeature::Messaging => "messaging",
        RegionFeature::Media => "media",
        RegionFeature::Unknown => "unknown",
    }
}
