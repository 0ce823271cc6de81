//! Comments under posts of a business, and answering them in private.

use serde::{Deserialize, Serialize};

use crate::{Account, Content, Receipt};

/// A comment under a post of the business.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Comment {
    /// The platform's id; opaque, however many digits it has.
    pub id: String,
    /// What happened to it.
    #[serde(default)]
    pub action: CommentAction,
    /// What it says, where that is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The platform's id of the post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<String>,
    /// The platform's id of the comment that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Whether the platform lets the business answer it in private; its own conditions hold besides.
    #[serde(default)]
    pub answerable: bool,
}

impl Comment {
    /// A comment of which only the id is known.
    #[must_use]
    pub fn new(id: impl Into<String>, action: CommentAction) -> Self {
        Self { id: id.into(), action, text: None, post: None, parent: None, answerable: false }
    }

    /// With what it says.
    #[must_use]
    pub fn with_text(mut self, text: Option<String>) -> Self {
        self.text = text;
        self
    }

    /// With where it stands.
    #[must_use]
    pub fn under(mut self, post: Option<String>, parent: Option<String>) -> Self {
        (self.post, self.parent) = (post, parent);
        self
    }

    /// The business may answer it in private.
    #[must_use]
    pub fn answerable(mut self) -> Self {
        self.answerable = true;
        self
    }
}

/// What happened to a comment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CommentAction {
    /// It was written.
    Written,
    /// It was removed.
    Removed,
    /// Others cannot see it any more.
    Hidden,
    /// Others can see it again.
    Shown,
    /// Something of a later time.
    #[default]
    #[serde(other)]
    Unknown,
}

/// Answer a comment in private: the one message that may begin a conversation on some channels. At most one request that
/// counts against the declared rate.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AnswerCommentRequest {
    /// For whom.
    pub account: Account,
    /// The platform's id of the comment.
    pub comment: String,
    /// What.
    pub content: Content,
    /// The host's own id of the message, for platforms that take an idempotency key.
    pub message: String,
}

impl AnswerCommentRequest {
    /// `content` as the answer of `account` to `comment`.
    #[must_use]
    pub fn new(
        account: Account,
        comment: impl Into<String>,
        content: Content,
        message: impl Into<String>,
    ) -> Self {
        Self { account, comment: comment.into(), content, message: message.into() }
    }
}

/// A comment was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AnsweredComment {
    /// The platform's id of the conversation, where the platform names it; else the message's echo does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<String>,
    /// What the platform said about the message.
    pub receipt: Receipt,
}

impl AnsweredComment {
    /// Answered with the message of this receipt.
    #[must_use]
    pub fn new(conversation: Option<String>, receipt: Receipt) -> Self {
        Self { conversation, receipt }
    }
}

/// Ask whether comments may be answered in private, or switch it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CommentAnswersRequest {
    /// For whom.
    pub account: Account,
    /// On or off; `None` only asks.
    #[serde(default)]
    pub enable: Option<bool>,
}

impl CommentAnswersRequest {
    /// Switch it for `account`, or only ask.
    #[must_use]
    pub fn new(account: Account, enable: Option<bool>) -> Self {
        Self { account, enable }
    }
}

/// Whether comments may be answered in private.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CommentAnswers {
    /// `None` where the platform does not say.
    #[serde(default)]
    pub enabled: Option<bool>,
}

impl CommentAnswers {
    /// They may, may not, or nobody says.
    #[must_use]
    pub fn new(enabled: Option<bool>) -> Self {
        Self { enabled }
    }
}
