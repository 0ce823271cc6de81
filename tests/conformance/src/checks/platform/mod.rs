//! Whether operations work against a fake platform.

pub(crate) mod made;
pub(super) mod rights;

use connector_api::capabilities::document::Authorization;

use crate::{
    Finding, Outcome,
    checks::texts,
    platform::FakePlatform,
    subject::Subject,
    suite::{Check, Running, table},
};

pub(crate) static CHECKS: &[Check] = table![
    "platform.connects", 4, "an owner consents and the account is connected", "nothing works before",
        "compare the authorization operations with the platform's own words", connects;
    "platform.renews", 4, "credentials are renewed, and work", "access tokens end every day",
        "store nothing; answer the renewed account", renews;
    "platform.receives", 4, "what a customer writes arrives as they wrote it", "that is what it is for",
        "compare receive with what the platform posts", receives;
    "platform.sends", 4, "a text arrives at the platform and gets an id", "that is what it is for",
        "compare send with the platform's own words", sends;
    "platform.takes-the-longest-text", 4, "the platform takes a text of exactly the declared length",
        "people write up to it", "lower the limit, or count what the platform counts", takes_the_longest_text;
    "platform.sends-media", 4, "each kind of medium that goes out is uploaded and sent", "a button is shown for it",
        "compare upload_media with the platform's own words", sends_media;
    "platform.fetches-media", 4, "each kind of medium that comes in is fetched, byte for byte and within max_bytes",
        "its URL ends", "stop reading at max_bytes", fetches_media;
    "platform.signals", 4, "typing and read marks reach the platform", "a button is shown for them",
        "compare signal with the platform's own words", signals;
    "platform.probes", 4, "probes are answered", "verdicts are uncertain without",
        "answer every claim that the document gives to a probe", probes;
    "platform.history", 4, "what was said is read back once, under the ids that webhooks had",
        "history is merged with what webhooks brought", "use the platform's ids in both", history;
    "platform.profiles", 4, "account and contact say who they are", "people see names",
        "leave the operation out where the platform tells nothing", profiles;
    "platform.entry-points", 4, "each entry point with a URL is made, or refused with a reason", "customers begin there",
        "answer urls for every kind that the document says is available", entry_points;
    "platform.registers-webhooks", 4, "the URL for webhooks is registered, told, and delivered to", "nothing arrives otherwise",
        "compare configure_webhooks with the platform's own words", rights::registers;
    "platform.inspects-grants", 4, "what the account's token is good for is told", "a missing permission is found before a customer does",
        "compare inspect_authorization with the platform's own words", rights::inspects;
];

/// Rules that are told; more say the same.
const MOST_TOLD: usize = 5;

/// The platform, started for the first check that needs it.
pub(super) async fn platform(subject: &Subject) -> Result<&FakePlatform, Outcome> {
    if let Some(outcome) = subject.without_platform() {
        return Err(outcome);
    }
    let platform = subject.platform.get_or_init(|| FakePlatform::start(subject)).await;
    platform.as_ref().map_err(|why| Outcome::Skipped(format!("the fake platform does not work: {why}")))
}

/// What a check found with the platform; what was refused by a part that is no subject of the check is found, too.
type Found = Result<Option<Outcome>, String>;

/// Failed where something went wrong on the way.
pub(super) fn outcome(found: Found) -> Outcome {
    match found {
        Ok(None) => Outcome::Passed,
        Ok(Some(outcome)) => outcome,
        Err(text) => Outcome::Failed(vec![Finding::new(text)]),
    }
}

macro_rules! with_platform {
    ($($name:ident => $check:path;)*) => {
        $(fn $name(subject: &Subject) -> Running<'_> {
            Box::pin(async move {
                match (platform(subject).await, subject.document()) {
                    (Ok(platform), Some(document)) => outcome($check(platform, &document).await),
                    (Err(outcome), _) => outcome,
                    _ => Outcome::Skipped("no document".to_owned()),
                }
            })
        })*
    };
}
pub(super) use with_platform;

with_platform! {
    renews => made::renews;
    receives => made::receives;
    sends => made::sends;
    takes_the_longest_text => made::takes_the_longest_text;
    sends_media => made::sends_media;
    fetches_media => made::fetches_media;
    signals => made::signals;
    probes => made::probes;
    history => made::history;
    profiles => made::profiles;
    entry_points => made::entry_points;
}

/// On each platform that was started.
pub(super) async fn no_rule_broken(subject: &Subject) -> Outcome {
    if let Some(outcome) = subject.without_platform() {
        return outcome;
    }
    let mut broken = None;
    for platform in [subject.platform.get(), subject.still.get()].into_iter().flatten().flatten() {
        match platform.broken_rules().await {
            Ok(Some(rules)) => broken.get_or_insert_with(Vec::new).extend(rules),
            Ok(None) => {}
            Err(why) => return Outcome::from(why),
        }
    }
    match broken {
        Some(rules) => texts(&rules.iter().take(MOST_TOLD).map(ToString::to_string).collect::<Vec<_>>()),
        None => Outcome::Skipped("no request was made".to_owned()),
    }
}

async fn connects(subject: &Subject) -> Outcome {
    if subject.document().is_some_and(|document| document.authorization != Authorization::Consent) {
        return Outcome::NotApplicable("the channel needs no consent".to_owned());
    }
    if let Some(outcome) = subject.without_platform() {
        return outcome;
    }
    match subject.platform.get_or_init(|| FakePlatform::start(subject)).await {
        Ok(_) => Outcome::Passed,
        Err(why) => Outcome::Failed(vec![Finding::new(why)]),
    }
}

/// Not applicable, for this reason.
pub(super) fn none(why: &str) -> Found {
    Ok(Some(Outcome::NotApplicable(why.to_owned())))
}
