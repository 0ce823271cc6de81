//! Which operations a document declares.

use connector_api::{
    CapabilityDocument,
    capabilities::document::{
        Authorization, ContentRule, DeliveryWay, Direction, Initiator, MediaSource, Support,
    },
    operation::{self as op, Operation},
};

/// What a document says of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Declared {
    /// It is there: the JSON pointer to the leaf that says so.
    Yes(String),
    /// It is not: the JSON pointer to the leaf that would have to say so.
    No(String),
    /// Nothing; whether it is there is the connector's business.
    Unsaid,
}

/// Whether a rule says that something goes out as it is, with or without an opt-in.
pub(crate) fn goes_out(rule: &ContentRule) -> bool {
    rule.direction == Direction::Outbound && rule.support == Support::Native
}

/// What `document` says of the operation `name`.
pub(crate) fn declared(document: &CapabilityDocument, name: &str) -> Declared {
    let content = |wanted: &dyn Fn(&ContentRule) -> bool| {
        let found = document.content.iter().position(wanted);
        found.map_or_else(
            || Declared::No("/content".to_owned()),
            |at| Declared::Yes(format!("/content/{at}/support")),
        )
    };
    let is = |holds: bool, leaf: &str| {
        if holds { Declared::Yes(leaf.to_owned()) } else { Declared::No(leaf.to_owned()) }
    };
    let operation = |name: &str| {
        let native = document.operation(name).is_some_and(|rule| rule.support == Support::Native);
        is(native, &format!("/operations/{name}/support"))
    };
    let first = |by_comment: bool| {
        let ways = document.initiation.iter();
        let found = ways
            .clone()
            .position(|way| way.who == Initiator::Business && (way.via == "comment") == by_comment);
        found.map_or_else(
            || Declared::No("/initiation".to_owned()),
            |at| Declared::Yes(format!("/initiation/{at}/via")),
        )
    };
    let source = |rule: &ContentRule| rule.limits.media.as_ref().map(|media| media.source);
    match name {
        op::Send::NAME => content(&goes_out),
        op::UploadMedia::NAME => content(&|rule| {
            goes_out(rule) && matches!(source(rule), Some(MediaSource::Upload | MediaSource::Either))
        }),
        op::StartConversation::NAME => first(false),
        op::AnswerComment::NAME | op::CommentAnswers::NAME => first(true),
        op::Edit::NAME => operation("edit"),
        op::Delete::NAME => operation("delete"),
        op::Signal::NAME => match (operation("typing"), operation("mark_read")) {
            (Declared::No(_), other) => other,
            (yes, _) => yes,
        },
        op::BeginAuthorization::NAME | op::CompleteAuthorization::NAME => {
            is(document.authorization == Authorization::Consent, "/authorization")
        }
        op::Probe::NAME => is(!document.probes.is_empty(), "/probes"),
        op::History::NAME => {
            let history = &document.history;
            let figures =
                [history.max_age_days, history.max_conversations, history.messages_per_conversation];
            is(figures.iter().any(|figure| !figure.is_unknown()), "/history")
        }
        op::Poll::NAME => is(document.delivery.by == DeliveryWay::Poll, "/delivery/by"),
        op::EntryPoints::NAME => {
            let made = document
                .entry_points
                .iter()
                .position(|entry| entry.available && !entry.url_template.is_empty());
            made.map_or(Declared::Unsaid, |at| Declared::Yes(format!("/entry_points/{at}/available")))
        }
        _ => Declared::Unsaid,
    }
}
