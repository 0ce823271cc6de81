//! How customers came: an object in webhooks, lists in lists; both are read in both (protocol reference, sections 4.2
//! and 6.8).

use connector_api::{Referral, Timestamp};
use serde_json::Value;

use super::field;

/// Every way that is told of, with its time where it has one; the newest last.
pub(crate) fn all(payload: &Value) -> Vec<(Referral, Option<Timestamp>)> {
    let told = payload.get("referral").unwrap_or(&Value::Null);
    let source = field::word(told, "source");
    let ads = field::items(told, "ad");
    let links = field::items(told, "short_link");
    // TikTok's own word stands for a single way.
    let named =
        |kind: &str| source.clone().filter(|_| ads.len() + links.len() == 1).unwrap_or(kind.to_owned());
    let ads = ads.iter().map(|ad| (by_ad(named("ad"), ad), field::moment(ad, "timestamp")));
    let links =
        links.iter().map(|link| (by_link(named("short_link"), link), field::moment(link, "timestamp")));
    let mut all: Vec<_> = ads.chain(links).filter(|(referral, _)| says_something(referral)).collect();
    all.sort_by_key(|(_, at)| *at);
    if all.is_empty() {
        all.extend(source.map(|source| (Referral::new(source), None)));
    }
    all
}

/// The newest way.
pub(crate) fn newest(payload: &Value) -> Option<Referral> {
    all(payload).pop().map(|(referral, _)| referral)
}

fn by_ad(source: String, ad: &Value) -> Referral {
    Referral::new(source)
        .with_ad(field::id(ad, "ad_id"), field::id(ad, "ad_name"), field::id(ad, "advertiser_id"))
        .with_url(field::url(ad, "embed_url"))
}

fn by_link(source: String, link: &Value) -> Referral {
    Referral::new(source).with_reference(field::id(link, "ref"))
}

fn says_something(referral: &Referral) -> bool {
    *referral != Referral::new(&referral.source)
}
