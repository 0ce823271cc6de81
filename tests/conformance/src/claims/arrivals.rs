//! How customers come.

use connector_api::{
    CapabilityDocument, Event, EventKind,
    capabilities::document::{Initiation, Initiator},
};
use serde_json::{Value, json};

use super::{Looked, not_applicable};
use crate::{
    Finding, Outcome,
    platform::{FakePlatform, told},
    subject::Subject,
};

pub(super) const ID: &str = "arrivals.as-declared";

/// The ways that the samples show, and whether the connector told of them.
#[derive(Debug, Default)]
pub(crate) struct Seen(Vec<(String, bool)>);

fn of_customers(document: &CapabilityDocument) -> impl Iterator<Item = (usize, &Initiation)> {
    document.initiation.iter().enumerate().filter(|(_, way)| way.who == Initiator::Customer)
}

pub(super) async fn look(
    subject: &Subject,
    platform: &FakePlatform,
    document: &CapabilityDocument,
) -> Looked<Seen> {
    if of_customers(document).next().is_none() {
        return not_applicable("the document says of nothing how customers begin");
    }
    let ways = subject.samples.platform.as_ref().map(|script| &script.arrivals);
    let Some(ways) = ways.filter(|ways| !ways.is_empty()) else {
        return Err(Outcome::Skipped("conformance.json shows no \"platform.arrivals\"".to_owned()));
    };
    let mut seen = Seen::default();
    for (via, by) in ways {
        let customer = format!("arrives-by-{via}");
        let before = platform.arrived();
        let is_told = match by {
            Value::Null => platform.says(&customer, "hello").await.is_ok(),
            by => {
                platform.control("customer/arrives", &json!({"customer": customer, "by": by})).await?;
                let is_referral = |event: &Event| matches!(event.kind, EventKind::CustomerReferred { .. });
                let event = platform.arrives_after(before, "a referral", is_referral).await;
                event.is_ok_and(|event| told(&event)["referral"]["source"] == by["source"])
            }
        };
        seen.0.push((via.clone(), is_told));
    }
    Ok(seen)
}

pub(super) fn against(document: &CapabilityDocument, seen: &Seen) -> Vec<Finding> {
    let unseen = of_customers(document)
        .filter(|(_, way)| !seen.0.iter().any(|(via, is_told)| *via == way.via && *is_told));
    let told = unseen.map(|(index, way)| {
        Finding::of_leaf(
            format!("/initiation/{index}/via"),
            format!("no customer was seen to come by {}", way.via),
        )
    });
    told.collect()
}
