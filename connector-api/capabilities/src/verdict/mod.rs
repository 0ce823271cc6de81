//! The verdict on one action, before anything is sent.

mod case;
mod comment;
mod content;
mod operation;
mod plan;
mod regions;
mod ways;
pub(crate) mod window;

use serde::{Deserialize, Serialize};

use crate::{
    AccountLayer, CapabilityDocument, ConversationLayer, Draft, LiveAnswer, Part, Reason, Region, Target,
    Timestamp, WindowLedger,
};
use case::Case;
pub use comment::CommentToAnswer;

/// Something a person or a program wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action<'a> {
    /// Answer with text in an existing conversation.
    SendText(&'a str),
    /// Send content of which only the kind is known in an existing conversation.
    SendKind(&'a str),
    /// Send in an existing conversation.
    Send(&'a Draft),
    /// An operation of the document by its name: `react`, `edit`, `delete`, `typing`, `mark_read`.
    Operate {
        /// The name.
        operation: &'a str,
        /// The message that it is applied to.
        target: Option<&'a Target>,
        /// The kind of content that it carries.
        kind: Option<&'a str>,
    },
    /// Write first to somebody who has not written.
    StartConversation,
    /// Answer a comment in private.
    AnswerComment(&'a CommentToAnswer),
    /// Send one text to many.
    Broadcast,
}

/// What is known about the situation. What is left out is unknown; a ledger that is left out says that the customer
/// never wrote.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Context {
    /// The present.
    pub now: Timestamp,
    /// The conversation's reply window.
    pub ledger: WindowLedger,
    /// Where the organisation that runs the host is registered.
    pub organisation_region: Option<Region>,
    /// The account.
    pub account: AccountLayer,
    /// The conversation.
    pub conversation: ConversationLayer,
    /// What the platform answered to probes.
    pub live: Vec<LiveAnswer>,
}

impl Context {
    /// A conversation with this reply window, of which nothing else is known.
    #[must_use]
    pub fn new(now: Timestamp, ledger: WindowLedger) -> Self {
        Self {
            now,
            ledger,
            organisation_region: None,
            account: AccountLayer::default(),
            conversation: ConversationLayer::default(),
            live: Vec::new(),
        }
    }

    /// With the region of the organisation that runs the host.
    #[must_use]
    pub fn with_organisation_region(mut self, region: Option<Region>) -> Self {
        self.organisation_region = region;
        self
    }

    /// With what is known about the account.
    #[must_use]
    pub fn with_account(mut self, account: AccountLayer) -> Self {
        self.account = account;
        self
    }

    /// With what is known about the conversation.
    #[must_use]
    pub fn with_conversation(mut self, conversation: ConversationLayer) -> Self {
        self.conversation = conversation;
        self
    }

    /// With one more answer to a probe.
    #[must_use]
    pub fn with_live(mut self, answer: LiveAnswer) -> Self {
        self.live.push(answer);
        self
    }
}

/// What may be done instead of what was asked for. By default nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// Whether something may get lost: a button becomes a line of text, a file becomes a link.
    pub may_lose: bool,
    /// Whether one message may become several.
    pub may_split: bool,
    /// Whether a missing fact denies, where it would only be named otherwise.
    pub deny_unknown: bool,
}

impl Policy {
    /// Everything that helps.
    pub const LENIENT: Self = Self { may_lose: true, may_split: true, deny_unknown: false };
    /// As asked for, or not at all.
    pub const EXACT: Self = Self { may_lose: false, may_split: false, deny_unknown: false };
}

/// What a permission costs, and how far it reaches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permission {
    /// Places of the quota that it takes.
    pub costs: u32,
    /// Places left afterwards; `None` where the channel has no quota or one without end.
    pub left_after: Option<u32>,
    /// When the permission ends; `None` where it does not.
    pub expires_at: Option<Timestamp>,
    /// Facts that could still change the verdict.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// What must hold beside, a sentence each; nothing here can check it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// One message of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What it carries.
    pub parts: Vec<Part>,
    /// Whether it quotes the message that the draft quotes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub quotes: bool,
    /// Places of the quota that it takes.
    pub costs: u32,
}

/// What a plan loses of what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// Stable code: `split`, `choices_as_text`, `medium_as_link`, `converted`, `quote_dropped`.
    pub code: String,
    /// One sentence.
    pub text: String,
}

/// May it be done?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
#[non_exhaustive]
pub enum Verdict {
    /// Yes.
    Allowed(Permission),
    /// Not as it is, but so.
    Degraded {
        /// The messages to send instead, in order.
        plan: Vec<Step>,
        /// What that loses.
        losses: Vec<Loss>,
        /// What the whole plan costs.
        #[serde(flatten)]
        permission: Permission,
    },
    /// No; every reason against it, permanent ones first. Never empty.
    Denied {
        /// Why.
        reasons: Vec<Reason>,
    },
}

impl Verdict {
    /// What it costs, where it is possible.
    #[must_use]
    pub fn permission(&self) -> Option<&Permission> {
        match self {
            Self::Allowed(permission) | Self::Degraded { permission, .. } => Some(permission),
            Self::Denied { .. } => None,
        }
    }

    /// The reasons against it; none where it is possible.
    #[must_use]
    pub fn reasons(&self) -> &[Reason] {
        match self {
            Self::Denied { reasons } => reasons,
            Self::Allowed(_) | Self::Degraded { .. } => &[],
        }
    }
}

/// The verdict of `document` on `action` in `context`, under `policy`.
#[must_use]
pub fn check(
    document: &CapabilityDocument,
    context: &Context,
    action: Action<'_>,
    policy: &Policy,
) -> Verdict {
    let case = Case::new(document, context, *policy);
    match action {
        Action::SendText(text) => case.send(&Draft::of(Part::text(text))),
        Action::SendKind(kind) => case.send(&Draft::of(Part::of_kind(kind))),
        Action::Send(draft) => case.send(draft),
        Action::Operate { operation, target, kind } => case.operate(operation, target, kind),
        Action::StartConversation => case.start(),
        Action::AnswerComment(comment) => case.answer_comment(comment),
        Action::Broadcast => case.broadcast(),
    }
}

#[cfg(test)]
mod tests;
