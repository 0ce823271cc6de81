//! The simulated world: one value behind one lock.

mod apps;
mod auto_messages;
mod comments;
mod content;
mod conversation;
mod daily;
mod gestures;
mod grants;
mod media;
mod people;
mod rate;
mod talk;
mod window;

use std::collections::BTreeMap;

pub use auto_messages::{AuditStatus, AutoMessage, AutoMessageType, AutoMessages};
pub use comments::Comment;
pub use content::{Automation, Content, Face, ReplySource, StandingReaction};
pub use conversation::{Conversation, ConversationType, Direction, Message, MessageStatus, Source};
pub use gestures::{Arrival, Operation, Reaction};
pub use people::{Account, Customer};

pub(crate) use apps::{App, Apps};
pub(crate) use grants::{Exchange, Grant, Issued, Refresh};
pub(crate) use media::{Media, MediaStore, MediaType};
pub(crate) use rate::Limits;
pub(crate) use talk::{Incoming, Outgoing, Said};
pub(crate) use window::Closed;

use crate::config::SimulatorConfig;
use crate::error::SimulatorError;
use crate::fault::FaultQueue;
use crate::ids::Ids;
use crate::judge::Violation;
use crate::observed::{Delivery, ReceivedSend, SenderAction};
use crate::settings::Settings;

/// The webhook category of direct messages (protocol reference, section 4.9).
pub(crate) const DIRECT_MESSAGE: &str = "DIRECT_MESSAGE";

/// Everything that changes while the simulator runs.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) ids: Ids,
    pub(crate) settings: Settings,
    pub(crate) apps: Apps,
    pub(crate) accounts: Vec<Account>,
    pub(crate) customers: BTreeMap<String, Customer>,
    pub(crate) conversations: Vec<Conversation>,
    pub(crate) grants: grants::Grants,
    pub(crate) media: MediaStore,
    pub(crate) comments: Vec<Comment>,
    pub(crate) daily: daily::DailyConversations,
    pub(crate) faults: FaultQueue,
    pub(crate) sends: Vec<ReceivedSend>,
    pub(crate) expected_sends: usize,
    pub(crate) sender_actions: Vec<SenderAction>,
    pub(crate) deliveries: Vec<Delivery>,
    pub(crate) violations: Vec<Violation>,
}

impl World {
    pub(crate) fn new(config: &SimulatorConfig) -> Self {
        Self {
            ids: Ids::new(config.seed),
            settings: config.settings.clone(),
            apps: Apps::new(config),
            accounts: config.accounts.iter().cloned().map(Account::from).collect(),
            customers: BTreeMap::new(),
            conversations: Vec::new(),
            grants: grants::Grants::default(),
            media: MediaStore::default(),
            comments: Vec::new(),
            daily: daily::DailyConversations::default(),
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

    /// The account with this id, or the first one, to be changed.
    pub(crate) fn account_mut(&mut self, business_id: Option<&str>) -> Result<&mut Account, SimulatorError> {
        let wanted = self.account(business_id)?.business_id.clone();
        let found = self.accounts.iter_mut().find(|account| account.business_id == wanted);
        found.ok_or(SimulatorError::UnknownBusiness(wanted))
    }

    /// A pair of tokens without the consent page, for tests about something else.
    pub(crate) fn grant_tokens(
        &mut self,
        app_id: &str,
        business_id: &str,
        scopes: Vec<String>,
        now_ms: i64,
    ) -> Result<Issued, SimulatorError> {
        let unknown = || SimulatorError::UnknownApp(app_id.to_owned());
        let app = self.apps.find(app_id).ok_or_else(unknown)?;
        let grant = self.grants.consent(app, business_id, scopes, now_ms);
        Ok(self.grants.issue(&mut self.ids, grant, now_ms))
    }
}
