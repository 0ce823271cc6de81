//! What a platform's answers mean: findings, each with what to do about it.

use connector_api::{
    ConnectorError, ErrorClass, GrantInspection, ReasonCode,
    capabilities::{
        CapabilityDocument,
        document::{RateLimit, RateScope},
    },
};
use connector_loader::printable;
use url::Url;

use super::Finding;
use crate::instances::Slot;

const ASK_AGAIN: &str = "Ask again later.";

pub(super) fn settled(subject: &str, claim: &str, told: Option<bool>, place: &str) -> Finding {
    let claim = printable(claim);
    match told {
        Some(true) => Finding::good(subject, format!("{claim}: allowed {place}.")),
        Some(false) => {
            let fix = "Others may differ: POST /v1/conversations/{id}/probe asks about one.";
            Finding::warning(subject, format!("{claim}: not allowed {place}."), fix)
        }
        None => Finding::unknown(subject, format!("{claim}: the platform does not say, {place}."), ASK_AGAIN),
    }
}

pub(super) fn webhooks(subject: &str, set: Option<&str>, ours: &str) -> Finding {
    let fix = "Register the address where the app is set up; it is also `webhook_url` of GET /v1/instances.";
    match set {
        Some(set) if set == ours => {
            Finding::good(subject, format!("The platform delivers webhooks to {ours}."))
        }
        Some(set) => {
            let text =
                format!("The platform delivers webhooks to {}, and not to {ours}.", without_secrets(set));
            Finding::bad(subject, text, fix)
        }
        None => {
            let text = format!("The platform delivers webhooks nowhere; it should to {ours}.");
            Finding::bad(subject, text, fix)
        }
    }
}

/// An address without what may be somebody's secret: user, query and fragment.
fn without_secrets(address: &str) -> String {
    Url::parse(address).map_or_else(
        |_| "an address that is none".to_owned(),
        |url| format!("{}{}", url.origin().ascii_serialization(), url.path()),
    )
}

pub(super) fn granted(subject: &str, account: &str, grant: &GrantInspection) -> Vec<Finding> {
    if grant.account.as_ref().is_some_and(|granted| granted != account) {
        let text = "Its access token acts for another account of the platform.";
        return vec![Finding::bad(subject, text, "Connect the account again.")];
    }
    if grant.missing_scopes.is_empty() {
        return vec![Finding::good(subject, "Everything that the connector needs is granted.")];
    }
    let missing = grant.missing_scopes.iter().map(|missing| {
        let text = format!("{} is not granted: {}", missing.scope, missing.effect);
        Finding::warning(subject, printable(&text), "Connect it again and grant everything.")
    });
    missing.collect()
}

/// Which rate the app was granted, where there are several: no platform tells it.
pub(super) fn rate(subject: &str, slot: &Slot, document: &CapabilityDocument) -> Option<Finding> {
    let of_app = |rate: &&RateLimit| rate.scope == RateScope::App && !rate.tiers.is_empty();
    let rate = document.rates.iter().find(of_app)?;
    let tiers: Vec<String> = rate.tiers.iter().map(ToString::to_string).collect();
    let text = format!(
        "No question tells which rate the app was granted ({} requests in {} s); the host keeps to {}.",
        tiers.join(", "),
        rate.per_seconds,
        slot.app_rate().unwrap_or(rate.max)
    );
    Some(Finding::unknown(subject, text, "Look at the app's page, and set the instance's app_rate to that."))
}

/// Conditions that no question settles.
pub(super) fn access(subject: &str, document: &CapabilityDocument) -> impl Iterator<Item = Finding> {
    document.access.iter().map(move |condition| {
        let text = format!("No question tells whether this is so: {condition}");
        Finding::unknown(subject, printable(&text), "Look at it where app and account are set up.")
    })
}

pub(super) fn does_not_run(subject: String, error: &ConnectorError) -> Finding {
    Finding::bad(subject, printable(&error.message), "Mend that; GET /v1/instances says when it runs.")
}

/// What to make of an answer that is none; nothing, where the channel has no such question.
pub(super) fn not_told(subject: &str, what: &str, error: &ConnectorError) -> Option<Finding> {
    let code = error.platform.as_deref().and_then(|platform| platform.code.as_deref());
    let code = code.map_or_else(String::new, |code| format!(", the platform's code {code}"));
    let text = printable(&format!("{what}: {} ({}{code})", error.message, error.reason));
    let again = "Let its owner consent again: POST /v1/accounts/{id}/authorizations answers the page.";
    Some(match error.class {
        ErrorClass::Unsupported => return None,
        ErrorClass::Throttled => Finding::warning(subject, text, ASK_AGAIN),
        ErrorClass::Unavailable | ErrorClass::Uncertain => {
            let fix = "Ask again later; if it stays, look whether this machine reaches the platform, and at the platform's own \
                       status page.";
            Finding::bad(subject, printable(&format!("The platform does not answer. {text}")), fix)
        }
        ErrorClass::CredentialsExpired | ErrorClass::CredentialsRevoked => Finding::bad(subject, text, again),
        _ if error.reason == ReasonCode::ACCESS_DENIED => {
            let fix = "Compare id and secret with the app's page; ask the platform for access where it was not given.";
            Finding::bad(subject, text, fix)
        }
        _ if error.reason == ReasonCode::AUTH_SCOPE_MISSING => Finding::bad(subject, text, again),
        _ => Finding::bad(subject, text, "The platform's documentation says what the code means."),
    })
}

#[cfg(test)]
mod tests {
    use connector_api::MissingScope;

    use super::*;
    use crate::doctor::Health;

    const OURS: &str = "https://inbox.example.com/webhooks/shop";

    #[test]
    fn webhooks_are_ours_or_the_address_is_shown_without_secrets() {
        for (set, health, shown) in [
            (Some(OURS), Health::Good, "webhooks/shop."),
            (Some("https://u:p@x.example/a?token=hush#b"), Health::Bad, "to https://x.example/a, and not"),
            (Some("hush"), Health::Bad, "to an address that is none"),
            (None, Health::Bad, "nowhere"),
        ] {
            let finding = webhooks("instance shop", set, OURS);
            assert_eq!(finding.health, health, "{set:?}");
            assert!(finding.text.contains(shown) && !finding.text.contains("hush"), "{}", finding.text);
        }
    }

    #[test]
    fn what_was_not_granted_is_told_with_its_effect_and_another_account_at_all() {
        let missing = vec![MissingScope::new("send", "Nothing\ncan be sent.")];
        let findings =
            granted("account", "7", &GrantInspection::new(Some("7".to_owned()), Vec::new(), missing));
        assert_eq!((findings.len(), findings[0].health), (1, Health::Warning));
        assert_eq!(findings[0].text, "send is not granted: Nothing\\ncan be sent.");
        let other =
            granted("account", "7", &GrantInspection::new(Some("8".to_owned()), Vec::new(), Vec::new()));
        assert_eq!((other.len(), other[0].health), (1, Health::Bad));
    }

    #[test]
    fn an_answer_that_is_none_is_as_bad_as_its_class() {
        for (class, health) in [
            (ErrorClass::Unsupported, None),
            (ErrorClass::Throttled, Some(Health::Warning)),
            (ErrorClass::Unavailable, Some(Health::Bad)),
            (ErrorClass::Uncertain, Some(Health::Bad)),
            (ErrorClass::CredentialsExpired, Some(Health::Bad)),
            (ErrorClass::CredentialsRevoked, Some(Health::Bad)),
            (ErrorClass::Refused, Some(Health::Bad)),
            (ErrorClass::Invalid, Some(Health::Bad)),
        ] {
            let error = ConnectorError::new(class, ReasonCode::PLATFORM_REFUSED, "No.");
            assert_eq!(not_told("account", "It", &error).map(|finding| finding.health), health, "{class:?}");
        }
    }

    #[test]
    fn what_is_not_said_is_unknown_and_never_good() {
        for (told, health) in
            [(Some(true), Health::Good), (Some(false), Health::Warning), (None, Health::Unknown)]
        {
            assert_eq!(settled("account", "region.media", told, "here").health, health, "{told:?}");
        }
    }
}
