//! The layers over a document: each narrows, none widens.
//!
//! What is opted into and which window profile holds is declared by the connector and off by default. The account
//! layer turns it on, so that the declared document stays the most that can ever hold.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use serde::{Deserialize, Serialize};

use crate::{
    CapabilityDocument, Reason, Region, Timestamp,
    document::{Direction, Initiator, Limit, OperationRule, Support, Window},
};

/// Who decided a leaf of what holds in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// The connector's document.
    Connector,
    /// The account.
    Account,
    /// The conversation.
    Conversation,
    /// What the platform answered to a probe.
    Live,
    /// A layer of a later time.
    #[serde(other)]
    Unknown,
}

/// What a layer takes away.
///
/// Rules are named as in reasons: `outbound.image`, `operation.typing`, `initiation.business.comment`, `broadcast`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Narrowing {
    /// Rules that do not hold.
    pub off: BTreeSet<String>,
    /// Smaller figures: `outbound.KIND.text`, `outbound.KIND.max_bytes`, `window.length_seconds`, `window.quota`,
    /// `window.after_close`. A larger figure changes nothing.
    pub limits: BTreeMap<String, u64>,
}

/// What is known about the business account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountLayer {
    /// Where it is registered.
    pub region: Option<Region>,
    /// Rules with an opt-in that are turned on.
    pub opt_ins: BTreeSet<String>,
    /// The window profile to plan by; the document's first where it is not named or not declared.
    pub window_profile: Option<String>,
    /// What the operator takes away.
    pub narrowing: Narrowing,
    /// Why nothing is possible for now, where the host knows it already: a token that ran out, for example.
    pub reasons: Vec<Reason>,
}

/// What is known about the conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConversationLayer {
    /// Where the customer is.
    pub peer_region: Option<Region>,
    /// What does not hold in this conversation.
    pub narrowing: Narrowing,
    /// Why nothing is possible for now, where the host knows it already: the customer has blocked the business.
    pub reasons: Vec<Reason>,
}

/// What the platform answered to a probe. Only claims that a probe of the document answers are heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveAnswer {
    /// The claim, as the document names it: `region.media`.
    pub claim: String,
    /// Whether the feature is available.
    pub available: bool,
    /// When the platform said so.
    pub observed_at: Timestamp,
}

/// What holds in the end, and who decided it. Borrows the document where no layer changes it.
#[derive(Debug, Clone)]
pub struct Effective<'a> {
    /// Narrowed; of its windows only [`window`](Self::window) holds. Rules with an opt-in that is off keep `opt_in`.
    pub(crate) document: Cow<'a, CapabilityDocument>,
    window: Option<Cow<'a, Window>>,
    decided_by: BTreeMap<String, Layer>,
}

impl<'a> Effective<'a> {
    /// `document` under both layers.
    #[must_use]
    pub fn of(
        document: &'a CapabilityDocument,
        account: &AccountLayer,
        conversation: &ConversationLayer,
    ) -> Self {
        let mut effective =
            Self { document: Cow::Borrowed(document), window: None, decided_by: BTreeMap::new() };
        effective.choose_window(document, account);
        effective.opt_in(&account.opt_ins);
        effective.narrow(&account.narrowing, Layer::Account);
        effective.narrow(&conversation.narrowing, Layer::Conversation);
        effective
    }

    /// The narrowed document, with the one window that holds, where one does.
    #[must_use]
    pub fn into_document(self) -> CapabilityDocument {
        let windows = self.window.map(Cow::into_owned).into_iter().collect();
        CapabilityDocument { windows, ..self.document.into_owned() }
    }

    /// The layer that decided `rule`.
    #[must_use]
    pub fn decided_by(&self, rule: &str) -> Layer {
        self.decided_by.get(rule).copied().unwrap_or(Layer::Connector)
    }

    /// Every rule that a layer above the connector decided.
    #[must_use]
    pub fn decisions(&self) -> &BTreeMap<String, Layer> {
        &self.decided_by
    }

    /// The reply window that holds.
    #[must_use]
    pub fn window(&self) -> Option<&Window> {
        self.window.as_deref()
    }

    fn choose_window(&mut self, document: &'a CapabilityDocument, account: &AccountLayer) {
        let chosen = account
            .window_profile
            .as_ref()
            .and_then(|name| document.windows.iter().find(|window| window.profile.as_ref() == Some(name)));
        if chosen.is_some() {
            self.decided_by.insert("window".to_owned(), Layer::Account);
        }
        self.window = chosen.or_else(|| document.window()).map(Cow::Borrowed);
    }

    fn opt_in(&mut self, opt_ins: &BTreeSet<String>) {
        if opt_ins.is_empty() {
            return;
        }
        let document = self.document.to_mut();
        for rule in &mut document.content {
            if rule.direction == Direction::Outbound && opt_ins.contains(&outbound(&rule.kind)) {
                rule.opt_in = false;
            }
        }
        for way in &mut document.initiation {
            if opt_ins.contains(&format!("initiation.business.{}", way.via)) {
                way.opt_in = false;
            }
        }
    }

    fn narrow(&mut self, narrowing: &Narrowing, layer: Layer) {
        for rule in &narrowing.off {
            if turn_off(self.document.to_mut(), rule) {
                self.decided_by.insert(rule.clone(), layer);
            }
        }
        for (name, most) in &narrowing.limits {
            let lowered = match name.strip_prefix("window.") {
                Some(figure) => {
                    self.window.as_mut().and_then(|window| shorten(window.to_mut(), figure, *most))
                }
                None => lower(self.document.to_mut(), name, *most),
            };
            if let Some(rule) = lowered {
                self.decided_by.insert(rule, layer);
            }
        }
    }
}

/// The name of the rule for an outgoing kind.
pub(crate) fn outbound(kind: &str) -> String {
    format!("outbound.{kind}")
}

fn turn_off(document: &mut CapabilityDocument, rule: &str) -> bool {
    if let Some(kind) = rule.strip_prefix("outbound.") {
        let mut rules = document.content.iter_mut();
        let found = rules.find(|rule| rule.direction == Direction::Outbound && rule.kind == kind);
        return found.map(|rule| rule.support = Support::Unsupported).is_some();
    }
    if let Some(name) = rule.strip_prefix("operation.") {
        return operation_mut(document, name).map(|rule| rule.support = Support::Unsupported).is_some();
    }
    if let Some(via) = rule.strip_prefix("initiation.business.") {
        let before = document.initiation.len();
        document.initiation.retain(|way| way.who != Initiator::Business || way.via != via);
        return document.initiation.len() < before;
    }
    if rule == "broadcast" {
        document.broadcast.support = Support::Unsupported;
        return true;
    }
    false
}

fn operation_mut<'a>(document: &'a mut CapabilityDocument, name: &str) -> Option<&'a mut OperationRule> {
    let operations = &mut document.operations;
    Some(match name {
        "reply" => &mut operations.reply,
        "react" => &mut operations.react,
        "edit" => &mut operations.edit,
        "delete" => &mut operations.delete,
        "typing" => &mut operations.typing,
        "mark_read" => &mut operations.mark_read,
        _ => return None,
    })
}

/// Lowers the figure of a window, and answers the window's rule where that changed something.
fn shorten(window: &mut Window, figure: &str, most: u64) -> Option<String> {
    let limits = match figure {
        "length_seconds" => vec![&mut window.length_seconds],
        "quota" => vec![&mut window.quota.max, &mut window.quota.max_later],
        "after_close" => vec![&mut window.after_close],
        _ => return None,
    };
    // An unknown figure of a window means none, so that a number would widen it.
    let lowered = limits.into_iter().filter(|limit| !limit.is_unknown()).map(|limit| set(limit, most));
    let lowered = lowered.fold(false, |any, changed| any | changed);
    if lowered && figure == "length_seconds" {
        // What is possible after the platform's close is not possible already after an earlier one.
        window.after_close = Limit::At(0);
    }
    lowered.then(|| "window".to_owned())
}

/// Lowers the figure of that name, and answers the rule that it belongs to where that changed something.
fn lower(document: &mut CapabilityDocument, name: &str, most: u64) -> Option<String> {
    let (kind, figure) = name.strip_prefix("outbound.")?.rsplit_once('.')?;
    let mut rules = document.content.iter_mut();
    let rule = rules.find(|rule| rule.direction == Direction::Outbound && rule.kind == kind)?;
    let limit = match figure {
        "text" => &mut rule.limits.text.get_or_insert_default().max,
        "max_bytes" => &mut rule.limits.media.get_or_insert_default().max_bytes,
        _ => return None,
    };
    set(limit, most).then(|| outbound(kind))
}

fn set(limit: &mut Limit, most: u64) -> bool {
    let before = std::mem::replace(limit, limit.narrowed(most));
    *limit != before
}
