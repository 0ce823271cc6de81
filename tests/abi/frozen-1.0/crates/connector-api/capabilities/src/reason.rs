//! Why something may not be done: one table for predicted and for actual refusals.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

/// A stable code of the form `area.detail`. Open: a connector may bring codes that the host does not know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReasonCode(Cow<'static, str>);

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        impl ReasonCode {
            $($(#[$doc])* pub const $name: Self = Self(Cow::Borrowed($code));)*

            /// Every code that this version of the project knows, in the order of the table.
            pub const KNOWN: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

codes! {
    /// The access token is refused or past its life and could not be renewed.
    AUTH_EXPIRED = "auth.expired";
    /// The owner has not granted a permission that this needs.
    AUTH_SCOPE_MISSING = "auth.scope_missing";
    /// The platform refuses the application itself: blocked, not reviewed, or wrong credentials.
    ACCESS_DENIED = "access.denied";
    /// The business account's region may not use messaging.
    REGION_ACCOUNT_BLOCKED = "region.account_blocked";
    /// Media may not be sent between these two regions.
    REGION_MEDIA_BLOCKED = "region.media_blocked";
    /// Only the customer can start a conversation on this channel.
    INITIATION_USER_MUST_START = "initiation.user_must_start";
    /// The channel has no broadcasts.
    BROADCAST_UNSUPPORTED = "broadcast.unsupported";
    /// The channel cannot send this kind of content.
    CONTENT_KIND_UNSUPPORTED = "content.kind_unsupported";
    /// The text is empty.
    CONTENT_TEXT_EMPTY = "content.text_empty";
    /// The text is longer than the channel allows.
    CONTENT_TEXT_TOO_LONG = "content.text_too_long";
    /// The platform says that something in the request is malformed.
    CONTENT_REJECTED = "content.rejected";
    /// The media type is not allowed.
    CONTENT_MIME_UNSUPPORTED = "content.mime_unsupported";
    /// The media is larger than the channel allows.
    CONTENT_MEDIA_TOO_LARGE = "content.media_too_large";
    /// The channel has no such operation, or this connector does not offer it.
    OPERATION_UNSUPPORTED = "operation.unsupported";
    /// The reply window is closed until the customer writes again.
    WINDOW_CLOSED = "window.closed";
    /// The messages of this reply window are used up until the customer writes again.
    WINDOW_QUOTA_EXHAUSTED = "window.quota_exhausted";
    /// The platform's rules for direct messages refuse this; it does not say which.
    WINDOW_REFUSED = "window.refused";
    /// Too many requests; the same request may be made again later.
    RATE_LIMITED = "rate.limited";
    /// What was addressed (a conversation, a message, a medium) does not exist.
    PLATFORM_NOT_FOUND = "platform.not_found";
    /// The platform refused for a reason of its own.
    PLATFORM_REFUSED = "platform.refused";
    /// The platform could not be reached, or said that it is out of service.
    PLATFORM_UNAVAILABLE = "platform.unavailable";
    /// Nobody can say whether it happened.
    OUTCOME_UNKNOWN = "outcome.unknown";
    /// A webhook's signature is missing, malformed or wrong.
    SIGNATURE_INVALID = "signature.invalid";
    /// A webhook's signature is older than is accepted.
    SIGNATURE_STALE = "signature.stale";
    /// A connector was given settings that it cannot use.
    CONNECTOR_SETTINGS_INVALID = "connector.settings_invalid";
    /// The connector's own code failed.
    CONNECTOR_FAULT = "connector.fault";
    /// The connector is not loaded or not running.
    CONNECTOR_UNAVAILABLE = "connector.unavailable";
    /// A fact that the verdict needs is not known.
    FACT_NEEDED = "unverified.fact_needed";
}

impl ReasonCode {
    /// A code that this version has no constant for.
    #[must_use]
    pub fn other(code: impl Into<String>) -> Self {
        Self(Cow::Owned(code.into()))
    }

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One reason against an action: the code for programs, the text for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reason {
    /// Stable code.
    pub code: ReasonCode,
    /// One sentence in English, with the figures of this case.
    pub text: String,
    /// The figures of this case, for translation.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, i64>,
    /// Whether waiting or the customer can change it. Permanent reasons are listed first.
    pub permanent: bool,
}

impl Reason {
    /// A reason that no waiting removes.
    #[must_use]
    pub fn permanent(code: ReasonCode, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), params: BTreeMap::new(), permanent: true }
    }

    /// A reason that passes, by time or by something the customer does.
    #[must_use]
    pub fn passing(code: ReasonCode, text: impl Into<String>) -> Self {
        Self { permanent: false, ..Self::permanent(code, text) }
    }

    /// The same reason, as one that passes.
    #[must_use]
    pub fn made_passing(mut self) -> Self {
        self.permanent = false;
        self
    }

    /// With one more figure.
    #[must_use]
    pub fn with(mut self, name: &str, value: i64) -> Self {
        self.params.insert(name.to_owned(), value);
        self
    }
}
