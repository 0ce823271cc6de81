//! The position of every switch at the start. The manual says why.

use super::{
    EchoIdentifier, EchoMode, HistoryOrder, Settings, TextUnit, UnknownPath, WindowProfile, WrongMethod,
};
use crate::api::code;
use crate::state::Source;

/// The smaller reading of "3 MB" (protocol reference, section 4.4).
const MAX_IMAGE_BYTES: usize = 3_000_000;
const THIRTY_DAYS_SECS: u64 = 30 * 24 * 60 * 60;
/// One vendor's list of markets without media (protocol reference, section 1.2).
const WITHOUT_IMAGES: [&str; 15] =
    ["AU", "CO", "EU", "IN", "IR", "JP", "NG", "KP", "PH", "RU", "KR", "TR", "UA", "GB", "US"];

impl Default for Settings {
    fn default() -> Self {
        Self {
            echo: EchoMode::AfterResponse,
            echo_wait_ms: 5_000,
            echo_unique_identifier: EchoIdentifier::Customer,
            automation_source: Source::Others,
            resign_on_retry: true,
            retry_base_ms: 1_000,
            webhook_timeout_ms: 10_000,
            webhooks_need_consent: false,
            release_held_events: true,
            duplicate_every: 0,
            reorder_every: 0,
            fuzz_headers: false,
            fuzz_escapes: false,
            omitted_members: Vec::new(),
            extra_members: false,
            content_as_object: false,
            times_as_text: false,
            qps: 10,
            qpm: None,
            qpd: None,
            rate_tolerance_ms: 20,
            window: WindowProfile::Strict10,
            app_messages_count: true,
            automations_count: true,
            reaction_opens_window: false,
            referral_opens_window: false,
            daily_conversations: Some(100),
            text_unit: TextUnit::Utf16,
            withheld_scopes: Vec::new(),
            refresh_rotates: true,
            refresh_extends: false,
            minimal_token_answers: false,
            unknown_path: UnknownPath::Envelope,
            wrong_method: WrongMethod::NotAllowed,
            foreign_account_code: code::TOKEN_INCORRECT,
            expired_token_code: code::TOKEN_EXPIRED,
            wrong_app_code: code::CREDENTIALS,
            unknown_conversation_code: code::NOT_FOUND,
            image_refused_code: code::MESSAGE_RULES,
            excluded_region_code: code::PERMISSION,
            us_reviewed: false,
            image_blocked_countries: WITHOUT_IMAGES.map(str::to_owned).to_vec(),
            eu_conversations_listed: false,
            max_image_bytes: MAX_IMAGE_BYTES,
            inbound_media_secs: Some(THIRTY_DAYS_SECS),
            history_order: HistoryOrder::NewestFirst,
        }
    }
}
