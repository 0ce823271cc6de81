//! The codes of reasons: one table for predicted and for actual refusals.

use std::{borrow::Cow, fmt};

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
    /// The account was taken out of the host.
    ACCOUNT_REMOVED = "account.removed";
    /// The platform does not serve organisations of this region.
    REGION_ORGANISATION_BLOCKED = "region.organisation_blocked";
    /// The business account's region may not use messaging.
    REGION_ACCOUNT_BLOCKED = "region.account_blocked";
    /// The customer's region may not use this.
    REGION_PEER_BLOCKED = "region.peer_blocked";
    /// Media may not be sent between these two regions.
    REGION_MEDIA_BLOCKED = "region.media_blocked";
    /// Only the customer can start a conversation on this channel.
    INITIATION_USER_MUST_START = "initiation.user_must_start";
    /// The channel has this way to write first, and the account has not turned it on.
    INITIATION_OPT_IN_OFF = "initiation.opt_in_off";
    /// The platform does not let the business answer this comment in private, or it was removed.
    COMMENT_NOT_ANSWERABLE = "comment.not_answerable";
    /// The comment is too old to be answered in private.
    COMMENT_TOO_OLD = "comment.too_old";
    /// Messages were exchanged with the writer of the comment too lately.
    COMMENT_NOT_QUIET = "comment.not_quiet";
    /// The comment was answered in private before, or may have been.
    COMMENT_ANSWERED = "comment.answered";
    /// The channel has no broadcasts.
    BROADCAST_UNSUPPORTED = "broadcast.unsupported";
    /// The channel cannot send this kind of content.
    CONTENT_KIND_UNSUPPORTED = "content.kind_unsupported";
    /// The channel can send this kind of content, and the account has not turned it on.
    CONTENT_OPT_IN_OFF = "content.opt_in_off";
    /// The channel does not take these kinds of content in one message.
    CONTENT_COMBINATION_UNSUPPORTED = "content.combination_unsupported";
    /// A medium of this kind has no text of its own.
    CONTENT_CAPTION_UNSUPPORTED = "content.caption_unsupported";
    /// There are more choices, or longer ones, than the channel allows.
    CONTENT_CHOICES_TOO_MANY = "content.choices_too_many";
    /// There are fewer choices than the channel needs.
    CONTENT_CHOICES_TOO_FEW = "content.choices_too_few";
    /// The choices cannot be laid out like this.
    CONTENT_LAYOUT_UNSUPPORTED = "content.layout_unsupported";
    /// The text is empty.
    CONTENT_TEXT_EMPTY = "content.text_empty";
    /// The text is longer than the channel allows.
    CONTENT_TEXT_TOO_LONG = "content.text_too_long";
    /// What this is has no title.
    CONTENT_TITLE_UNSUPPORTED = "content.title_unsupported";
    /// The account has as many of these as the channel allows.
    CONTENT_TOO_MANY = "content.too_many";
    /// The platform has not reviewed the text yet; it cannot be changed meanwhile.
    CONTENT_UNDER_REVIEW = "content.under_review";
    /// The platform says that something in the request is malformed.
    CONTENT_REJECTED = "content.rejected";
    /// The media type is not allowed.
    CONTENT_MIME_UNSUPPORTED = "content.mime_unsupported";
    /// The media is larger than the channel allows.
    CONTENT_MEDIA_TOO_LARGE = "content.media_too_large";
    /// The channel has no such operation, or this connector does not offer it.
    OPERATION_UNSUPPORTED = "operation.unsupported";
    /// The operation may not be applied to content of this kind.
    OPERATION_TARGET_KIND = "operation.target_kind";
    /// The message is too old for the operation.
    OPERATION_TOO_OLD = "operation.too_old";
    /// The reply window is closed until the customer writes again.
    WINDOW_CLOSED = "window.closed";
    /// The messages of this reply window are used up until the customer writes again.
    WINDOW_QUOTA_EXHAUSTED = "window.quota_exhausted";
    /// The messages left in this reply window are fewer than this would take.
    WINDOW_QUOTA_TOO_SMALL = "window.quota_too_small_for_plan";
    /// The platform's rules for direct messages refuse this; it does not say which.
    WINDOW_REFUSED = "window.refused";
    /// The customer has blocked the business.
    RECIPIENT_BLOCKED = "recipient.blocked";
    /// The customer has asked not to be written to.
    RECIPIENT_OPTED_OUT = "recipient.opted_out";
    /// The customer, or the owner of the account, has not accepted the conversation yet.
    RECIPIENT_REQUEST_PENDING = "recipient.request_pending";
    /// Too many requests; the same request may be made again later.
    RATE_LIMITED = "rate.limited";
    /// The conversations that the account may write to in a day are most likely used up.
    RATE_DAILY_CAP = "rate.daily_cap";
    /// The message waited past the time that was set for it.
    MESSAGE_EXPIRED = "message.expired";
    /// Somebody gave the message up before it was sent.
    MESSAGE_DISCARDED = "message.discarded";
    /// Another failed message of the conversation holds the line until somebody decides.
    CONVERSATION_HELD = "conversation.held";
    /// Somebody has paused sending.
    SENDING_PAUSED = "sending.paused";
    /// The host does not keep the file any more.
    MEDIA_GONE = "media.gone";
    /// The medium lies at an address that the host does not connect to.
    MEDIA_ADDRESS_FORBIDDEN = "media.address_forbidden";
    /// The medium could not be fetched.
    MEDIA_UNREACHABLE = "media.unreachable";
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
    /// The connector's own code panicked.
    CONNECTOR_PANICKED = "connector.panicked";
    /// The connector's process died during the call.
    CONNECTOR_CRASHED = "connector.crashed";
    /// The connector answered with what nobody can read.
    CONNECTOR_ANSWER_UNREADABLE = "connector.answer_unreadable";
    /// The connector answered with more than a host takes.
    CONNECTOR_ANSWER_TOO_LARGE = "connector.answer_too_large";
    /// The connector did not answer in time; what it had done until then nobody knows.
    CONNECTOR_LATE = "connector.late";
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

    /// Whether the connector's own code failed, in whatever way.
    #[must_use]
    pub fn is_connector_fault(&self) -> bool {
        [
            Self::CONNECTOR_FAULT,
            Self::CONNECTOR_PANICKED,
            Self::CONNECTOR_CRASHED,
            Self::CONNECTOR_ANSWER_UNREADABLE,
            Self::CONNECTOR_ANSWER_TOO_LARGE,
        ]
        .contains(self)
    }

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where a reason stands among others that are as permanent: what to mend first comes first.
    #[must_use]
    pub fn precedence(&self) -> u8 {
        let (area, detail) = self.0.split_once('.').unwrap_or((&self.0, ""));
        match (area, detail) {
            ("connector" | "account" | "auth" | "access", _)
            | ("region", "organisation_blocked" | "account_blocked") => 0,
            ("initiation" | "broadcast" | "recipient" | "consent", _) => 1,
            (_, "text_too_long" | "media_too_large" | "choices_too_many" | "too_old") => 3,
            ("content" | "region" | "operation" | "comment", _) => 2,
            ("unverified", _) => 4,
            (_, "closed") => 5,
            ("window", _) => 6,
            _ => 7,
        }
    }

    /// What helps, where the code by itself says it.
    #[must_use]
    pub fn remedy(&self) -> Option<Remedy> {
        let (area, detail) = self.0.split_once('.')?;
        Some(match (area, detail) {
            ("account" | "auth" | "access" | "consent", _) | ("region", "organisation_blocked") => {
                Remedy::RequestAccess
            }
            ("region", "media_blocked") | ("content", "combination_unsupported") => Remedy::ConvertTo,
            ("region", _) | ("broadcast", _) | ("recipient", "blocked" | "opted_out") => {
                Remedy::SwitchChannel
            }
            ("content" | "initiation", "opt_in_off") | ("connector", "settings_invalid") => {
                Remedy::ChangeSetting
            }
            ("initiation" | "window" | "recipient", _) => Remedy::WaitForCustomer,
            ("content", "text_too_long" | "media_too_large" | "choices_too_many") => Remedy::ShrinkTo,
            (
                "content",
                "kind_unsupported"
                | "mime_unsupported"
                | "caption_unsupported"
                | "title_unsupported"
                | "layout_unsupported",
            ) => Remedy::ConvertTo,
            ("rate", _)
            | ("platform", "unavailable")
            | ("content", "under_review")
            | ("comment", "not_quiet") => Remedy::RetryAt,
            ("operation", _) => Remedy::SwitchChannel,
            _ => return None,
        })
    }
}

/// What helps against a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// Only the customer's next message changes it.
    WaitForCustomer,
    /// The same again later: at the reason's `retry_at`, where that is known.
    RetryAt,
    /// Make it smaller; the reason's params say how much.
    ShrinkTo,
    /// Send it as something else.
    ConvertTo,
    /// Use another channel for it.
    SwitchChannel,
    /// Change a setting of the account or the instance.
    ChangeSetting,
    /// Ask the platform, or the account's owner, for a permission.
    RequestAccess,
    /// A remedy of a later time.
    #[serde(other)]
    Unknown,
}

impl Remedy {
    /// The remedy for people.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::WaitForCustomer => "Wait until the customer writes.",
            Self::RetryAt => "Try again later.",
            Self::ShrinkTo => "Make it smaller.",
            Self::ConvertTo => "Send it as something else.",
            Self::SwitchChannel => "Use another channel for it.",
            Self::ChangeSetting => "Change the setting.",
            Self::RequestAccess => "Ask the platform, or the account's owner, for access.",
            Self::Unknown => "See the reason.",
        }
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
