//! What a document lets be done with the messages that a platform sends by itself, before its connector is asked.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use connector_api::{
    AutomaticAction, AutomaticMessage, AutomaticText, CapabilityDocument, Review,
    capabilities::{
        Layer, Reason, ReasonCode,
        document::{AutomaticRule, TextLimit},
        text::measure,
    },
};
use tokio::sync::OwnedMutexGuard;

use crate::model::AccountId;

/// Whose turn it is to change the automatic messages of an account: what may be done depends on what there is, so that
/// nothing else is done between the look and the deed. One of each account that anything was changed for.
#[derive(Debug, Default)]
pub(crate) struct Turns(Mutex<HashMap<AccountId, Arc<tokio::sync::Mutex<()>>>>);

impl Turns {
    /// Waits for the account's; it is over when what is given is dropped.
    pub(crate) async fn of(&self, account: AccountId) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(turns.entry(account).or_default())
        };
        turn.lock_owned().await
    }
}

/// The rule of a kind, where the document declares it.
pub(crate) fn declared<'a>(document: &'a CapabilityDocument, kind: &str) -> Option<&'a AutomaticRule> {
    document.automatic_messages.iter().find(|rule| rule.kind == kind)
}

/// Why nothing is done with a kind that the document does not declare.
pub(crate) fn not_declared(document: &CapabilityDocument) -> Reason {
    let kinds: Vec<&str> = document.automatic_messages.iter().map(|rule| rule.kind.as_str()).collect();
    let name = &document.connector.name;
    let text = match kinds[..] {
        [] => format!("{name} has no automatic messages."),
        _ => format!("{name} has no automatic messages of that kind; it has {}.", kinds.join(", ")),
    };
    Reason::permanent(ReasonCode::OPERATION_UNSUPPORTED, text).decided_by(Layer::Connector, "automatic", None)
}

/// What the document alone says against an action.
pub(crate) fn against(rule: &AutomaticRule, action: &AutomaticAction) -> Vec<Reason> {
    match action {
        AutomaticAction::Create { text } | AutomaticAction::Update { text, .. } => texts(rule, text),
        AutomaticAction::Delete { .. } if rule.can_be_deleted != Some(true) => {
            let certain = rule.can_be_deleted.is_some();
            vec![undeclared(rule, "cannot be removed, only switched off", certain)]
        }
        AutomaticAction::Sort { .. } if rule.can_be_sorted != Some(true) => {
            vec![undeclared(rule, "have no order that can be set", rule.can_be_sorted.is_some())]
        }
        _ => Vec::new(),
    }
}

/// Whether [`against_present`] has to know which messages there are.
pub(crate) fn depends_on_present(rule: &AutomaticRule, action: &AutomaticAction) -> bool {
    match action {
        AutomaticAction::Create { .. } => rule.max.number().is_some(),
        AutomaticAction::Update { .. } => rule.reviewed == Some(true),
        AutomaticAction::Sort { .. } => true,
        _ => false,
    }
}

/// What the messages that there are say against an action.
pub(crate) fn against_present(
    rule: &AutomaticRule,
    action: &AutomaticAction,
    present: &[AutomaticMessage],
) -> Option<Reason> {
    match action {
        AutomaticAction::Create { .. } if rule.max.forbids(present.len() as u64 + 1) => {
            let most = rule.max.number().unwrap_or_default();
            let text =
                format!("The account has {} of {}; at most {most} are allowed.", present.len(), rule.kind);
            Some(reason(rule, ReasonCode::CONTENT_TOO_MANY, text).with("max", most))
        }
        AutomaticAction::Update { id, .. } if rule.reviewed == Some(true) => {
            let known = present.iter().find(|message| message.id == *id);
            known.filter(|message| message.review == Review::Reviewing).map(|_| {
                let text = "The platform reviews this text; it can be changed once that is decided.";
                reason(rule, ReasonCode::CONTENT_UNDER_REVIEW, text.to_owned()).made_passing()
            })
        }
        _ => None,
    }
}

/// Whether these ids are all that there are, each once.
pub(crate) fn are_all(ids: &[String], present: &[AutomaticMessage]) -> bool {
    let mut given: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut known: Vec<&str> = present.iter().map(|message| message.id.as_str()).collect();
    given.sort_unstable();
    known.sort_unstable();
    given == known
}

fn texts(rule: &AutomaticRule, text: &AutomaticText) -> Vec<Reason> {
    let title = match (&rule.title, &text.title) {
        (Some(limit), title) => length(rule, "title", title.as_deref().unwrap_or_default(), *limit),
        (None, None) => None,
        (None, Some(_)) => {
            let text = format!("What is of kind {} has no title.", rule.kind);
            Some(reason(rule, ReasonCode::CONTENT_TITLE_UNSUPPORTED, text))
        }
    };
    title.into_iter().chain(length(rule, "text", &text.text, rule.text)).collect()
}

fn length(rule: &AutomaticRule, field: &str, text: &str, limit: TextLimit) -> Option<Reason> {
    let length = measure(text, limit.unit);
    let shows_nothing = text.chars().all(|character| character.is_whitespace() || character.is_control());
    let found = if shows_nothing {
        reason(rule, ReasonCode::CONTENT_TEXT_EMPTY, format!("The {field} is empty."))
    } else if limit.max.forbids(length) {
        let most = limit.max.number().unwrap_or_default();
        let text = format!("The {field} has {length} {}; at most {most} are allowed.", limit.unit.plural());
        reason(rule, ReasonCode::CONTENT_TEXT_TOO_LONG, text).with("length", length).with("max", most)
    } else {
        return None;
    };
    Some(found.with("field", field))
}

fn undeclared(rule: &AutomaticRule, what: &str, certain: bool) -> Reason {
    let text = format!("Automatic messages of kind {} {what}.", rule.kind);
    let reason = reason(rule, ReasonCode::OPERATION_UNSUPPORTED, text);
    if certain { reason } else { reason.uncertain() }
}

fn reason(rule: &AutomaticRule, code: ReasonCode, text: String) -> Reason {
    let name = format!("automatic.{}", rule.kind);
    Reason::permanent(code, text).decided_by(Layer::Connector, &name, rule.evidence.as_ref())
}

#[cfg(test)]
#[path = "automatic_tests.rs"]
mod tests;
