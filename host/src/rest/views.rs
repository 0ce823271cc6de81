//! The JSON shapes of the API. Times are RFC 3339 in UTC.

use std::collections::{BTreeMap, BTreeSet};

use connector_api::{
    CardAnswer, Content, Timestamp,
    capabilities::{Loss, Reason, WindowState, document::Window},
};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::{
    inbox_views::{ContactView, ReferralView},
    schemas::{CardAnswerSchema, ContentSchema, LossSchema, ReasonSchema},
};
use crate::model::{
    Account, AccountId, AccountStatus, ContactId, Conversation, ConversationId, Counted, Direction,
    EndpointId, EventDetail, InboxEvent, InboxEventKind, MediumId, MediumState, Message, MessageId,
    MessageMedium, MessageReaction, Origin, Pause, Signal, StateName, Status,
};

/// A time as RFC 3339; one that no calendar holds as the nearest that it does.
#[derive(Debug, Clone, Copy, ToSchema)]
#[schema(value_type = String, format = DateTime)]
pub(super) struct Time(pub(super) Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let millis = self.0.as_millis();
        let nearest = if millis < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        jiff::Timestamp::from_millisecond(millis).unwrap_or(nearest).serialize(serializer)
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AccountView {
    id: AccountId,
    instance: String,
    platform_id: String,
    handle: Option<String>,
    display_name: Option<String>,
    status: AccountStatus,
    #[schema(value_type = Option<ReasonSchema>)]
    attention: Option<Reason>,
    missing_scopes: Vec<String>,
    access_expires_at: Option<Time>,
    /// When its owner has to consent again; `null` where that is not known, or never.
    consent_ends_at: Option<Time>,
    /// Whether that is within 30 days, so that `account.consent_ending` was told.
    consent_ending: bool,
    created_at: Time,
    paused: Option<PauseView>,
    /// Messages of which the platform told and that it does not hand on.
    withheld: Option<WithheldView>,
    /// What else the platform told, by its names.
    notices: BTreeMap<String, CountedView>,
    /// Its picture, a file under `/v1/media`.
    avatar: Option<MediumId>,
    /// The page of its profile.
    profile_url: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct WithheldView {
    count: u64,
    /// Of those, the ones that were found in what the platform lets one read back (opt-in `history.withheld`).
    found: u64,
    /// Those that were looked for in vain: not listed, or in more than one conversation, perhaps.
    given_up: u64,
    last_at: Time,
    #[schema(value_type = ReasonSchema)]
    reason: Reason,
}

#[derive(Debug, Serialize, ToSchema)]
struct CountedView {
    count: u64,
    last_at: Time,
}

impl From<Account> for AccountView {
    fn from(account: Account) -> Self {
        Self {
            id: account.id,
            instance: account.instance,
            platform_id: account.platform_id,
            handle: account.handle,
            display_name: account.display_name,
            status: account.status,
            attention: account.attention,
            missing_scopes: account.missing_scopes,
            access_expires_at: account.access_expires_at.map(Time),
            consent_ends_at: account.refresh_expires_at.map(Time),
            consent_ending: account.consent_ending,
            created_at: Time(account.created_at),
            paused: account.paused.map(PauseView::from),
            withheld: account.withheld.map(|withheld| WithheldView {
                count: withheld.count,
                found: withheld.found,
                given_up: withheld.given_up,
                last_at: Time(withheld.last_at),
                reason: withheld.reason,
            }),
            notices: account.notices.into_iter().map(|(name, counted)| (name, counted.into())).collect(),
            avatar: account.avatar,
            profile_url: account.profile_url,
        }
    }
}

impl From<Counted> for CountedView {
    fn from(counted: Counted) -> Self {
        Self { count: counted.count, last_at: Time(counted.last_at) }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConversationView {
    id: ConversationId,
    account: AccountId,
    instance: String,
    platform_id: String,
    contact: ContactView,
    last_message_at: Time,
    unread: u32,
    /// `null` on channels without a reply window.
    window: Option<WindowView>,
    held_by: Option<MessageId>,
    assignee: Option<String>,
    labels: BTreeSet<String>,
    state: StateName,
    /// When it opens again, where it is snoozed.
    snoozed_until: Option<Time>,
    /// How the contact came first.
    referral: Option<ReferralView>,
    paused: Option<PauseView>,
}

/// Why nothing is sent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PauseView {
    since: Time,
    /// `null` until a person ends it.
    until: Option<Time>,
    #[schema(value_type = ReasonSchema)]
    reason: Reason,
    /// `null` where the host itself paused.
    by: Option<String>,
}

impl From<Pause> for PauseView {
    fn from(pause: Pause) -> Self {
        let Pause { since, until, reason, by } = pause;
        Self { since: Time(since), until: until.map(Time), reason, by }
    }
}

impl ConversationView {
    /// Under the rules of `window`, where the channel has one.
    pub(super) fn new(conversation: Conversation, window: Option<&Window>, now: Timestamp) -> Self {
        Self {
            id: conversation.id,
            account: conversation.account,
            instance: conversation.instance,
            platform_id: conversation.platform_id,
            contact: conversation.contact.into(),
            last_message_at: Time(conversation.last_message_at),
            unread: conversation.unread,
            window: window.map(|window| conversation.ledger.state(window, now).into()),
            held_by: conversation.held_by,
            assignee: conversation.handling.assignee,
            labels: conversation.handling.labels,
            state: conversation.handling.state.name(),
            snoozed_until: conversation.handling.state.opens_at().map(Time),
            referral: conversation.referral.map(ReferralView::from),
            paused: conversation.paused.map(PauseView::from),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct WindowView {
    #[schema(value_type = String)]
    state: &'static str,
    closes_at: Option<Time>,
    /// `null` where the quota has no end.
    left: Option<u32>,
}

impl From<WindowState> for WindowView {
    fn from(state: WindowState) -> Self {
        let (state, closes_at, left) = match state {
            WindowState::NeverOpened => ("never_opened", None, Some(0)),
            WindowState::Open { closes_at, left } => ("open", closes_at, left),
            WindowState::Trailing { closed_at, left } => ("trailing", Some(closed_at), left),
            WindowState::Exhausted { closes_at } => ("exhausted", closes_at, Some(0)),
            WindowState::Closed { closed_at } => ("closed", Some(closed_at), Some(0)),
            WindowState::Unknown => ("unknown", None, Some(0)),
        };
        Self { state, closes_at: closes_at.map(Time), left }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MessageView {
    pub(super) id: MessageId,
    conversation: ConversationId,
    platform_id: Option<String>,
    direction: Direction,
    origin: Origin,
    #[schema(value_type = ContentSchema)]
    content: Content,
    status: Status,
    #[schema(value_type = Option<ReasonSchema>)]
    reason: Option<Reason>,
    created_at: Time,
    sent_at: Time,
    history: Vec<StatusView>,
    /// The file that it carries; `null` where it has none that is here or can be had.
    media: Option<MessageMediumView>,
    /// Not before.
    send_at: Option<Time>,
    /// It fails where it still waits then.
    expires_at: Option<Time>,
    /// The failed message that this one sends again.
    retry_of: Option<MessageId>,
    /// The message that sends this one again.
    retried_as: Option<MessageId>,
    /// The first one of several messages that carry what was asked for at once, where it is another.
    part_of: Option<MessageId>,
    /// The message that it quotes.
    quotes: Option<QuotedView>,
    /// The card that the contact answered with it.
    #[schema(value_type = Option<CardAnswerSchema>)]
    answers: Option<CardAnswer>,
    /// Which automatic message of the platform it is, an open id.
    automatic: Option<String>,
    /// What people have put on it.
    reactions: Vec<ReactionView>,
    /// What was lost of what was asked for; of several messages for one request on the first.
    #[schema(value_type = Vec<LossSchema>)]
    losses: Vec<Loss>,
}

#[derive(Debug, Serialize, ToSchema)]
struct QuotedView {
    /// `null` where the host does not know the message.
    message: Option<MessageId>,
    platform_id: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct ReactionView {
    contact: ContactId,
    /// The sign, where it is a character.
    emoji: Option<String>,
    /// Its picture, where it is one; may expire.
    url: Option<String>,
    at: Time,
}

impl From<MessageReaction> for ReactionView {
    fn from(reaction: MessageReaction) -> Self {
        let MessageReaction { contact, emoji, url, at } = reaction;
        Self { contact, emoji, url, at: Time(at) }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct MessageMediumView {
    state: MediumState,
    id: Option<MediumId>,
    mime: Option<String>,
    bytes: Option<u64>,
    /// Of a picture, in pixels.
    width: Option<u32>,
    height: Option<u32>,
    /// Why it is not here, or not yet.
    #[schema(value_type = Option<ReasonSchema>)]
    reason: Option<Reason>,
}

impl From<MessageMedium> for MessageMediumView {
    fn from(medium: MessageMedium) -> Self {
        let size = medium.medium.as_ref().and_then(|medium| medium.size);
        Self {
            state: medium.state,
            id: medium.medium.as_ref().map(|medium| medium.id),
            bytes: medium.medium.as_ref().map(|medium| medium.bytes),
            mime: medium.medium.map(|medium| medium.mime),
            width: size.map(|size| size.width),
            height: size.map(|size| size.height),
            reason: medium.reason,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct StatusView {
    status: Status,
    at: Time,
    signal: Signal,
    /// Why, where it is bad news.
    #[schema(value_type = Option<ReasonSchema>)]
    reason: Option<Reason>,
}

impl From<Message> for MessageView {
    fn from(message: Message) -> Self {
        let history = message.history.into_iter().map(|step| StatusView {
            status: step.status,
            at: Time(step.at),
            signal: step.signal,
            reason: step.reason,
        });
        Self {
            id: message.id,
            conversation: message.conversation,
            platform_id: message.platform_id,
            direction: message.direction,
            origin: message.origin,
            content: message.content,
            status: message.status,
            reason: message.reason,
            created_at: Time(message.created_at),
            sent_at: Time(message.sent_at),
            history: history.collect(),
            media: message.medium.map(Into::into),
            send_at: message.dispatch.send_at.map(Time),
            expires_at: message.dispatch.expires_at.map(Time),
            retry_of: message.dispatch.retry_of,
            retried_as: message.dispatch.retried_as,
            part_of: message.dispatch.part_of,
            quotes: message
                .quotes
                .map(|quoted| QuotedView { message: quoted.message, platform_id: quoted.platform_id }),
            answers: message.answers,
            automatic: message.automatic,
            reactions: message.reactions.into_iter().map(ReactionView::from).collect(),
            losses: message.losses,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EventView {
    sequence: i64,
    at: Time,
    kind: InboxEventKind,
    account: Option<AccountId>,
    conversation: Option<ConversationId>,
    message: Option<MessageId>,
    contact: Option<ContactId>,
    status: Option<Status>,
    endpoint: Option<EndpointId>,
    /// What is told beside, where there is more.
    detail: Option<EventDetail>,
}

impl From<InboxEvent> for EventView {
    fn from(event: InboxEvent) -> Self {
        Self {
            sequence: event.sequence,
            at: Time(event.at),
            kind: event.kind,
            account: event.account,
            conversation: event.conversation,
            message: event.message,
            contact: event.contact,
            status: event.status,
            endpoint: event.endpoint,
            detail: event.detail,
        }
    }
}

impl EventView {
    /// What a listener comes back with.
    pub(super) fn id(&self) -> String {
        self.sequence.to_string()
    }

    /// The event's name for listeners that want only some.
    pub(super) fn name(&self) -> &'static str {
        match self.kind {
            InboxEventKind::MessageCreated => "message.created",
            InboxEventKind::MessageStatus => "message.status",
            InboxEventKind::ConversationUpdated => "conversation.updated",
            InboxEventKind::ConversationReferred => "conversation.referred",
            InboxEventKind::NoteCreated => "note.created",
            InboxEventKind::ContactErased => "contact.erased",
            InboxEventKind::MessageReacted => "message.reacted",
            InboxEventKind::MessageWithheld => "message.withheld",
            InboxEventKind::CommentChanged => "comment.changed",
            InboxEventKind::AutomaticMessageChanged => "automatic_message.changed",
            InboxEventKind::MessageMedia => "message.media",
            InboxEventKind::AccountConnected => "account.connected",
            InboxEventKind::AccountNeedsAttention => "account.needs_attention",
            InboxEventKind::AccountConsentEnding => "account.consent_ending",
            InboxEventKind::AccountRemoved => "account.removed",
            InboxEventKind::HistoryImported => "history.imported",
            InboxEventKind::WindowClosing => "window.closing",
            InboxEventKind::ConversationPaused => "conversation.paused",
            InboxEventKind::ConversationUnpaused => "conversation.unpaused",
            InboxEventKind::AccountPaused => "account.paused",
            InboxEventKind::AccountUnpaused => "account.unpaused",
            InboxEventKind::InstancePaused => "instance.paused",
            InboxEventKind::InstanceUnpaused => "instance.unpaused",
            InboxEventKind::WebhookDisabled => "webhook.disabled",
        }
    }
}
