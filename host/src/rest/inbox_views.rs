//! The JSON shapes of contacts, referrals, notes and what a search found.

use connector_api::Referral;
use serde::Serialize;
use utoipa::ToSchema;

use super::{schemas::ReferralSchema, views::Time};
use crate::model::{
    AccountId, Contact, ContactId, ConversationId, ConversationReferral, Found, Hit, MediumId, MessageId,
    Note, NoteId, Referred, SnippetPart,
};

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ContactView {
    id: ContactId,
    account: AccountId,
    platform_id: String,
    handle: Option<String>,
    display_name: Option<String>,
    /// Where the platform has their picture; may expire.
    avatar_url: Option<String>,
    /// Their picture, a file under `/v1/media`.
    avatar: Option<MediumId>,
    /// Whether they follow the business, where that was told.
    follows: Option<bool>,
    /// How they came first.
    referral: Option<ReferralView>,
    created_at: Time,
}

impl From<Contact> for ContactView {
    fn from(contact: Contact) -> Self {
        Self {
            id: contact.id,
            account: contact.account,
            platform_id: contact.platform_id,
            handle: contact.handle,
            display_name: contact.display_name,
            avatar_url: contact.avatar_url,
            avatar: contact.avatar,
            follows: contact.follows,
            referral: contact.referral.map(ReferralView::from),
            created_at: Time(contact.created_at),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReferralView {
    at: Time,
    #[serde(flatten)]
    #[schema(value_type = ReferralSchema)]
    referral: Referral,
}

impl From<Referred> for ReferralView {
    fn from(referred: Referred) -> Self {
        Self { at: Time(referred.at), referral: referred.referral }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConversationReferralView {
    conversation: ConversationId,
    /// The platform's id of the message that told it.
    message_platform_id: Option<String>,
    #[serde(flatten)]
    referral: ReferralView,
}

impl From<ConversationReferral> for ConversationReferralView {
    fn from(referral: ConversationReferral) -> Self {
        Self {
            conversation: referral.conversation,
            message_platform_id: referral.message,
            referral: referral.referred.into(),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NoteView {
    id: NoteId,
    conversation: ConversationId,
    author: String,
    text: String,
    created_at: Time,
}

impl From<Note> for NoteView {
    fn from(note: Note) -> Self {
        Self {
            id: note.id,
            conversation: note.conversation,
            author: note.author,
            text: note.text,
            created_at: Time(note.created_at),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HitView {
    /// `message`, `note` or `contact`.
    #[schema(value_type = String)]
    kind: &'static str,
    account: AccountId,
    contact: ContactId,
    conversation: Option<ConversationId>,
    message: Option<MessageId>,
    note: Option<NoteId>,
    at: Time,
    snippet: Vec<SnippetPart>,
}

impl From<Hit> for HitView {
    fn from(hit: Hit) -> Self {
        let (kind, message, note) = match hit.found {
            Found::Message(id) => ("message", Some(id), None),
            Found::Note(id) => ("note", None, Some(id)),
            Found::Contact => ("contact", None, None),
        };
        Self {
            kind,
            account: hit.account,
            contact: hit.contact,
            conversation: hit.conversation,
            message,
            note,
            at: Time(hit.at),
            snippet: hit.snippet,
        }
    }
}
