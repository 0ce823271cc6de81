//! What people do without writing: reactions, arrivals and comments.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::comments::Comment;
use super::content::{Face, StandingReaction};
use super::conversation::Direction;
use super::talk::Said;
use super::{DIRECT_MESSAGE, World};
use crate::regions;
use crate::webhook::{NewEvent, content};

/// Whether a reaction comes or goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Operation {
    /// It appears.
    Add,
    /// It disappears.
    Remove,
}

/// One reaction to one message.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reaction {
    /// The message.
    pub message_id: String,
    /// Whether it comes or goes.
    pub operation: Operation,
    /// What it is.
    pub face: Face,
}

/// How a customer came (protocol reference, section 6.8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "source", rename_all = "snake_case", deny_unknown_fields)]
pub enum Arrival {
    /// By a Click-to-Message ad.
    Ad {
        /// The ad.
        ad_id: String,
        /// The ad's name.
        ad_name: String,
        /// The advertiser.
        advertiser_id: String,
    },
    /// By a `tiktok.me` link or its QR code.
    ShortLink {
        /// The link's `ref`.
        #[serde(rename = "ref")]
        reference: String,
        /// The text that the link put into the input box.
        prefilled_message: String,
        /// Whether that text passed its review.
        approved: bool,
    },
}

impl World {
    /// Reactions of one side, in one event (protocol reference, section 6.4).
    pub(crate) fn reacts(
        &mut self,
        conversation_id: &str,
        direction: Direction,
        reactions: &[Reaction],
        now_ms: i64,
    ) -> Option<Said> {
        let message_id = self.ids.message();
        let (account, customer, _) = self.people(conversation_id)?;
        let reactor = match direction {
            Direction::Incoming => customer.unique_identifier.clone(),
            Direction::Outgoing => account.business_id.clone(),
        };
        let items: Vec<Value> = reactions.iter().map(|reaction| item(reaction, &reactor, now_ms)).collect();
        for reaction in reactions {
            self.stand(conversation_id, reaction, &reactor, now_ms)?;
        }
        let opens = self.settings.reaction_opens_window && direction == Direction::Incoming;
        if opens {
            self.conversation(conversation_id)?.window.opened(now_ms);
        }
        let (account, customer, conversation) = self.people(conversation_id)?;
        let (name, payload) = match direction {
            Direction::Incoming if self.is_eu(conversation_id) => {
                ("im_receive_msg_eu", content::eu_notice(account, now_ms))
            }
            Direction::Incoming => {
                let mut payload = content::common(account, customer, conversation, &message_id, now_ms);
                content::put_block(&mut payload, "reaction", Value::Array(items));
                ("im_receive_msg", payload)
            }
            Direction::Outgoing => {
                let mut payload =
                    content::from_business(account, customer, conversation, &message_id, now_ms);
                content::put_block(&mut payload, "reaction", Value::Array(items));
                ("im_send_msg", payload)
            }
        };
        let event = self.direct_message_event(conversation_id, name, payload);
        Some(Said { message_id, event, then: Vec::new() })
    }

    /// Reactions stand on their message until they are removed.
    fn stand(
        &mut self,
        conversation_id: &str,
        reaction: &Reaction,
        reactor: &str,
        now_ms: i64,
    ) -> Option<()> {
        let message = self.conversation(conversation_id)?.message_mut(&reaction.message_id)?;
        message.reactions.retain(|known| known.unique_identifier != reactor || known.face != reaction.face);
        if reaction.operation == Operation::Add {
            message.reactions.push(StandingReaction {
                face: reaction.face.clone(),
                unique_identifier: reactor.to_owned(),
                timestamp: now_ms,
            });
        }
        Some(())
    }

    /// A customer comes by an ad or a link: `im_referral_msg` (protocol reference, section 6.8).
    pub(crate) fn arrives(&mut self, conversation_id: &str, arrival: &Arrival, now_ms: i64) -> Option<Said> {
        let opens = self.settings.referral_opens_window;
        let conversation = self.conversation(conversation_id)?;
        match arrival {
            Arrival::Ad { .. } => conversation.ads.push(ad(arrival, now_ms / 1_000)),
            Arrival::ShortLink { .. } => conversation.short_links.push(short_link(arrival)),
        }
        if opens {
            conversation.window.opened(now_ms);
        }
        let (account, customer, conversation) = self.people(conversation_id)?;
        let referral = match arrival {
            Arrival::Ad { .. } => json!({ "source": "ad", "ad": ad(arrival, now_ms) }),
            Arrival::ShortLink { .. } => json!({ "source": "short_link", "short_link": short_link(arrival) }),
        };
        let payload = content::referral(account, customer, conversation, referral, now_ms);
        let event = (!self.is_eu(conversation_id))
            .then(|| self.direct_message_event(conversation_id, "im_referral_msg", payload));
        Some(Said { message_id: String::new(), event: event.flatten(), then: Vec::new() })
    }

    /// A customer comments on a video: `im_receive_high_intent_comment`, where the account
    /// answers comments (protocol reference, section 6.11).
    pub(crate) fn comments(
        &mut self,
        customer: &str,
        business_id: &str,
        text: &str,
        now_ms: i64,
    ) -> (String, Option<NewEvent>) {
        let comment_id = self.ids.digits("comment");
        let person = self.customer(customer).clone();
        self.comments.push(Comment {
            comment_id: comment_id.clone(),
            business_id: business_id.to_owned(),
            customer: customer.to_owned(),
            text: text.to_owned(),
            at_ms: now_ms,
            answered: false,
        });
        let event = self.account(Some(business_id)).ok().filter(|account| account.answers_comments);
        let event = event.filter(|_| !regions::is_excluded(&person.country)).map(|account| NewEvent {
            category: DIRECT_MESSAGE.to_owned(),
            event: "im_receive_high_intent_comment".to_owned(),
            business_id: business_id.to_owned(),
            lane: business_id.to_owned(),
            content: content::comment(account, &person, &comment_id, text, now_ms),
        });
        (comment_id, event)
    }
}

fn item(reaction: &Reaction, reactor: &str, now_ms: i64) -> Value {
    let mut item = json!(reaction.face);
    item["operation"] = json!(reaction.operation);
    item["unique_identifier"] = json!(reactor);
    item["timestamp"] = json!(now_ms);
    item["original_msg_id"] = json!(reaction.message_id);
    item
}

/// An ad; its time is in milliseconds in events and in seconds in the list.
fn ad(arrival: &Arrival, timestamp: i64) -> Value {
    let Arrival::Ad { ad_id, ad_name, advertiser_id } = arrival else {
        return Value::Null;
    };
    json!({
        "advertiser_id": advertiser_id,
        "ad_id": ad_id,
        "timestamp": timestamp,
        "ad_name": ad_name,
        "embed_url": format!("https://www.tiktok.com/player/v1/{ad_id}"),
        "message_material_id": format!("mat_{ad_id}"),
    })
}

fn short_link(arrival: &Arrival) -> Value {
    let Arrival::ShortLink { reference, prefilled_message, approved } = arrival else {
        return Value::Null;
    };
    json!({
        "ref": reference,
        "prefilled_message": prefilled_message,
        "prefilled_message_audit_status": if *approved { "PASS" } else { "REJECT" },
    })
}
