//! The simulated world: one value behind one lock.

mod conversation;
mod grants;
mod people;
mod rate;
mod talk;
mod window;

use std::collections::BTreeMap;

pub use conversation::{Content, Conversation, ConversationType, Direction, Message, MessageStatus, Source};
pub use people::{Account, Customer};

pub(crate) use grants::{Grant, Issued};
pub(crate) use talk::Outgoing;
pub(crate) use window::Closed;

use crate::config::SimulatorConfig;
use crate::error::SimulatorError;
use crate::fault::FaultQueue;
use crate::ids::Ids;
use crate::observed::{Delivery, ReceivedSend, SenderAction};
use crate::settings::Settings;
use crate::violation::{Violation, ViolationKind};

/// The webhook category of direct messages (protocol reference, section 4.9).
pub(crate) const DIRECT_MESSAGE: &str = "DIRECT_MESSAGE";

/// Everything that changes while the simulator runs.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) ids: Ids,
    pub(crate) settings: Settings,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) callbacks: BTreeMap<String, String>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) customers: BTreeMap<String, Customer>,
    pub(crate) conversations: Vec<Conversation>,
    pub(crate) grants: grants::Grants,
    pub(crate) rate: rate::RateMeter,
    pub(crate) faults: FaultQueue,
    pub(crate) sends: Vec<ReceivedSend>,
    pub(crate) expected_sends: usize,
    pub(crate) sender_actions: Vec<SenderAction>,
    pub(crate) deliveries: Vec<Delivery>,
    pub(crate) violations: Vec<Violation>,
}

impl World {
    pub(crate) fn new(config: &SimulatorConfig) -> Self {
        let callbacks =
            config.webhook_url.iter().map(|url| (DIRECT_MESSAGE.to_owned(), url.clone())).collect();
        Self {
            ids: Ids::new(config.seed),
            settings: config.settings.clone(),
            redirect_uris: config.redirect_uris.clone(),
            callbacks,
            accounts: config.accounts.iter().cloned().map(Account::from).collect(),
            customers: BTreeMap::new(),
            conversations: Vec::new(),
            grants: grants::Grants::default(),
            rate: rate::RateMeter::default(),
            faults: FaultQueue::default(),
            sends: Vec::new(),
            expected_sends: 0,
            sender_actions: Vec::new(),
            deliveries: Vec::new(),
            violations: Vec::new(),
        }
    }

    /// The account with this id, or the first one.
    pub(crate) fn account(&self, business_id: Option<&str>) -> Result<&Account, SimulatorError> {
        match business_id {
            None => self.accounts.first().ok_or(SimulatorError::NoAccount),
            Some(wanted) => self
                .accounts
                .iter()
                .find(|account| account.business_id == wanted)
                .ok_or_else(|| SimulatorError::UnknownBusiness(wanted.to_owned())),
        }
    }

    /// Records what the client did wrong.
    pub(crate) fn judge(&mut self, kind: ViolationKind, path: &str, detail: impl Into<String>, at_ms: i64) {
        self.violations.push(Violation { kind, path: path.to_owned(), detail: detail.into(), at_ms });
    }

    /// A pair of tokens without the consent page, for tests about something else.
    pub(crate) fn grant_tokens(&mut self, business_id: &str, scopes: Vec<String>, now_ms: i64) -> Issued {
        let grant = self.grants.consent(business_id, scopes, now_ms);
        self.grants.issue(&mut self.ids, grant, now_ms)
    }
}
