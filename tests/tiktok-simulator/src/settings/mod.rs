//! Behaviour that can be changed while the simulator runs.

mod choices;
mod defaults;

pub use choices::{
    EchoIdentifier, EchoMode, HistoryOrder, TextUnit, UnknownPath, WindowProfile, WrongMethod,
};

use serde::{Deserialize, Serialize};

use crate::state::Source;

/// Switches shared by the Rust API, `/control/settings` and `--set` of the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// When API sends are echoed.
    pub echo: EchoMode,
    /// How long a send waits for its echo in [`EchoMode::BeforeResponse`], in real milliseconds.
    pub echo_wait_ms: u64,
    /// Whom `unique_identifier` names in an echo.
    pub echo_unique_identifier: EchoIdentifier,
    /// The `message_tag.source` of automations (protocol reference, section 15).
    pub automation_source: Source,

    /// Whether a retried webhook carries a new `t` (protocol reference, section 5.2, rule 7).
    pub resign_on_retry: bool,
    /// The pause before the first retry, in simulated time; it doubles with each further one.
    pub retry_base_ms: u64,
    /// How long one webhook request may take, in real time.
    pub webhook_timeout_ms: u64,
    /// Whether the first app, too, gets events of an account only while its owner consents.
    pub webhooks_need_consent: bool,
    /// Whether events of a message request are posted once it is accepted, or never
    /// (protocol reference, section 13, item 22).
    pub release_held_events: bool,
    /// Every so many events one is delivered twice; 0 is never.
    pub duplicate_every: u64,
    /// Every so many events one is posted after its successor; 0 is never.
    pub reorder_every: u64,
    /// Whether order, spacing and case of webhook headers vary (section 13, item 17).
    pub fuzz_headers: bool,
    /// Whether the escapes of webhook bodies vary (section 13, item 17).
    pub fuzz_escapes: bool,
    /// Members left out of the content of events, as paths such as `from_user.role`.
    pub omitted_members: Vec<String>,
    /// Whether envelope and content have members that nobody documented.
    pub extra_members: bool,
    /// Whether `content` is an object instead of text (section 6.1).
    pub content_as_object: bool,
    /// Whether times in events are text instead of numbers (section 2.5).
    pub times_as_text: bool,

    /// Messaging calls per second and app before `40100` (section 9).
    pub qps: usize,
    /// Messaging calls per minute and app before `40100` and five minutes of it.
    pub qpm: Option<usize>,
    /// Messaging calls per app and UTC day before `40100`.
    pub qpd: Option<usize>,
    /// How much shorter than a second the rate's second is, for jitter on the way.
    pub rate_tolerance_ms: u64,

    /// Which reading of the reply window applies.
    pub window: WindowProfile,
    /// Whether messages typed in the app use up the reply window, too.
    pub app_messages_count: bool,
    /// Whether automations use up the reply window, too.
    pub automations_count: bool,
    /// Whether a reaction opens the reply window (section 8.1).
    pub reaction_opens_window: bool,
    /// Whether an arrival by ad or link opens the reply window (section 6.8).
    pub referral_opens_window: bool,
    /// Conversations an account may write to in one UTC day through the API (section 8.2).
    pub daily_conversations: Option<usize>,
    /// What the limits of texts and labels count.
    pub text_unit: TextUnit,

    /// Permissions the account owner unticks on the consent page (section 3.1).
    pub withheld_scopes: Vec<String>,
    /// Whether a refresh makes the older refresh token invalid (section 3.4).
    pub refresh_rotates: bool,
    /// Whether a refresh begins a new year (section 3.4).
    pub refresh_extends: bool,
    /// Whether token answers have only the members that every real one had (section 3.3).
    pub minimal_token_answers: bool,

    /// How an unknown path with its slash is answered.
    pub unknown_path: UnknownPath,
    /// How a wrong method is answered.
    pub wrong_method: WrongMethod,
    /// The code for a token of another account.
    pub foreign_account_code: i64,
    /// The code for an access token older than 24 hours.
    pub expired_token_code: i64,
    /// The code for a wrong app id or secret.
    pub wrong_app_code: i64,
    /// The code for a conversation that does not exist.
    pub unknown_conversation_code: i64,
    /// The code for an image where images are not allowed.
    pub image_refused_code: i64,
    /// The code for an account in a region that may not use messaging.
    pub excluded_region_code: i64,

    /// Whether the app passed the review that accounts in the US need (section 1.2).
    pub us_reviewed: bool,
    /// Countries without images; `EU` is every member of the EU and the EEA (section 1.2).
    pub image_blocked_countries: Vec<String>,
    /// Whether the lists show conversations with people in the EEA, Switzerland and the UK
    /// (section 15).
    pub eu_conversations_listed: bool,

    /// The largest image in bytes (section 4.4).
    pub max_image_bytes: usize,
    /// How long media of customers can be asked for, in seconds (section 11).
    pub inbound_media_secs: Option<u64>,
    /// The order of messages in history.
    pub history_order: HistoryOrder,
}

impl Settings {
    /// These settings with the members of a JSON object laid over them.
    ///
    /// # Errors
    ///
    /// If a member does not exist or has a value that it cannot have.
    pub fn patched(&self, patch: &serde_json::Value) -> Result<Self, serde_json::Error> {
        let mut merged = serde_json::to_value(self)?;
        if let (Some(target), Some(changes)) = (merged.as_object_mut(), patch.as_object()) {
            for (name, value) in changes {
                target.insert(name.clone(), value.clone());
            }
        }
        serde_json::from_value(merged)
    }
}
