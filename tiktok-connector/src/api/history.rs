//! What TikTok remembers: conversations of 90 days, and of each the newest twenty messages (protocol reference, sections
//! 4.2 and 4.3).

use connector_api::{
    ConnectorError, ContactProfile, ErrorClass, Event, EventPage, HistoryRequest, ListedConversation,
    ListedReferral, ReasonCode,
};
use serde_json::Value;

use super::{Api, people};
use crate::reading::{
    Told, field,
    message::{self, source},
    parties::Direction,
    reaction, referral,
};

/// Most conversations on one page.
const LIMIT: &str = "100";

/// One page: of the list of conversations, or of one conversation, which has only one.
pub(crate) async fn page(api: &Api, request: &HistoryRequest) -> Result<EventPage, ConnectorError> {
    match &request.conversation {
        Some(conversation) => messages(api, request, conversation).await,
        None => conversations(api, request).await,
    }
}

/// Where a list goes on: first all conversations that were answered, then all others. TikTok lists them apart.
struct Cursor<'a> {
    kind: &'a str,
    /// TikTok's own; sent back unchanged.
    at: i64,
}

const KINDS: [&str; 2] = ["SINGLE", "STRANGER"];

impl Cursor<'_> {
    fn read(text: Option<&str>) -> Result<Cursor<'_>, ConnectorError> {
        let Some(text) = text else {
            return Ok(Cursor { kind: KINDS[0], at: 0 });
        };
        let cursor = text.split_once(' ').and_then(|(kind, at)| {
            let at = at.parse().ok()?;
            KINDS.contains(&kind).then_some(Cursor { kind, at })
        });
        cursor.ok_or_else(|| {
            let message = "The cursor is not one of this connector.";
            ConnectorError::new(ErrorClass::Invalid, ReasonCode::CONTENT_REJECTED, message)
        })
    }

    /// The page after one that said this; a cursor that does not move ends the list.
    fn next(&self, more_at: Option<i64>) -> Option<String> {
        match more_at.filter(|at| *at != self.at) {
            Some(at) => Some(format!("{} {at}", self.kind)),
            None if self.kind == KINDS[0] => Some(format!("{} 0", KINDS[1])),
            None => None,
        }
    }
}

async fn conversations(api: &Api, request: &HistoryRequest) -> Result<EventPage, ConnectorError> {
    let cursor = Cursor::read(request.cursor.as_deref())?;
    let at = cursor.at.to_string();
    let query = [
        ("business_id", request.account.id.as_str()),
        ("conversation_type", cursor.kind),
        ("limit", LIMIT),
        ("cursor", &at),
    ];
    let token = &request.account.credentials.access_token;
    let answer = api.get_as(token, "business/message/conversation/list", &query).await?;
    let listed = answer.items("/conversations");
    let more = answer.flag("/has_more") == Some(true) && !listed.is_empty();
    let next = cursor.next(answer.integer("/cursor").filter(|_| more));
    let conversations = listed.iter().filter_map(conversation).collect();
    Ok(EventPage::new(Vec::new(), next).with_conversations(conversations))
}

fn conversation(told: &Value) -> Option<ListedConversation> {
    let id = field::id(told, "conversation_id")?;
    let updated_at = field::moment(told, "update_time").or_else(|| field::moment(told, "up_time"));
    let referrals = referral::all(told).into_iter().map(|(how, at)| ListedReferral::new(how, at));
    Some(ListedConversation::new(id, updated_at, referrals.collect()))
}

async fn messages(
    api: &Api,
    request: &HistoryRequest,
    conversation: &str,
) -> Result<EventPage, ConnectorError> {
    let answer = people::ask(api, &request.account, conversation).await?;
    let customer = people::customer(&answer, &request.account.id);
    let mut messages = answer.items("/messages").to_vec();
    messages.iter_mut().for_each(|message| belongs_to(message, conversation));
    // The order is not documented; in TikTok's sample the newest comes first. It decides between equal times.
    let at = |message: Option<&Value>| message.and_then(|message| field::moment(message, "timestamp"));
    if at(messages.first()) >= at(messages.last()) {
        messages.reverse();
    }
    let events = events(&request.account.id, &messages, customer.as_ref());
    Ok(EventPage::new(events, None).with_profiles(customer.into_iter().collect()))
}

fn belongs_to(message: &mut Value, conversation: &str) {
    if let Value::Object(members) = message {
        members.entry("conversation_id").or_insert_with(|| Value::from(conversation));
    }
}

/// The same events as webhooks would have brought, oldest first: messages, and reactions that stand.
fn events(account: &str, messages: &[Value], customer: Option<&ContactProfile>) -> Vec<Event> {
    let moment = |message| field::moment(message, "timestamp");
    let Some(newest) = messages.iter().filter_map(moment).max() else {
        return Vec::new();
    };
    let customer = customer.map(|profile| profile.contact.id.as_str());
    let mut events = Vec::new();
    for payload in messages {
        let told = Told {
            account,
            payload,
            otherwise: direction(payload, customer),
            around_at: None,
            arrived_at: newest,
            otherwise_customer: customer,
        };
        events.extend(message::event(&told));
        let ids = (field::id(payload, "conversation_id"), field::id(payload, "message_id"));
        if let (Some(conversation), Some(message)) = ids {
            let reactions = field::items(payload, "reactions").iter();
            events.extend(reactions.filter_map(|item| reaction::event(&told, &conversation, &message, item)));
        }
    }
    events.sort_by_key(|event| event.occurred_at);
    events
}

/// Which way a message went that does not name the account: TikTok's own sample calls both sides businesses.
fn direction(payload: &Value, customer: Option<&str>) -> Direction {
    let is_customer = |user| customer.is_some() && field::id_in(payload, user, "id").as_deref() == customer;
    if is_customer("to_user") || (!is_customer("from_user") && source(payload) == "API") {
        Direction::Echo
    } else {
        Direction::Inbound
    }
}
