//! The permissions without which there is no whole inbox (protocol reference, section 3.2).

use connector_api::MissingScope;

/// Each permission, and what does not work without it.
const NEEDED: &[(&str, &str)] = &[
    ("user.info.basic", "The account is shown without name and picture."),
    ("user.info.username", "The account's user name stays unknown, and with it its links and codes."),
    ("message.list.read", "No messages arrive, and neither conversations nor media can be read."),
    ("message.list.send", "Nothing can be sent."),
    ("message.list.manage", "Automatic messages and answers to comments can be neither seen nor changed."),
];

/// What an owner is asked for.
pub(crate) fn needed() -> impl Iterator<Item = &'static str> {
    NEEDED.iter().map(|(scope, _)| *scope)
}

/// What the owner unticked. Where TikTok names no permissions at all nothing is known to be missing.
pub(crate) fn missing(granted: &[String]) -> Vec<MissingScope> {
    let is_missing = |scope: &str| !granted.is_empty() && !granted.iter().any(|one| one == scope);
    let missing = NEEDED.iter().filter(|(scope, _)| is_missing(scope));
    missing.map(|(scope, effect)| MissingScope::new(*scope, *effect)).collect()
}

/// TikTok's list of permissions, with or without spaces.
pub(crate) fn read(list: &str) -> Vec<String> {
    list.split([',', ' ']).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
}
