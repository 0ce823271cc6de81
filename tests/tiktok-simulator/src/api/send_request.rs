//! The body of a send and the combinations it may have (protocol reference, section 4.1).

use serde::Deserialize;
use serde_json::Value;

use super::params::{json, required};
use super::{Refusal, code, template};
use crate::settings::TextUnit;
use crate::state::Content;

const MAX_TEXT: usize = 6_000;

#[derive(Debug, Deserialize)]
struct Body {
    business_id: Option<String>,
    recipient_type: Option<String>,
    recipient: Option<String>,
    message_type: Option<String>,
    text: Option<Text>,
    image: Option<Image>,
    share_post: Option<SharePost>,
    template: Option<Value>,
    sender_action: Option<String>,
    referenced_message_info: Option<Reference>,
    direct_reply: Option<DirectReply>,
}

#[derive(Debug, Deserialize)]
struct Text {
    body: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Image {
    media_id: Option<String>,
}

#[derive(Debug, Deserialize)]
struct SharePost {
    item_id: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Reference {
    referenced_message_id: Option<String>,
}

#[derive(Debug, Deserialize)]
struct DirectReply {
    reply_type: Option<String>,
    comment_reply: Option<CommentReply>,
}

#[derive(Debug, Deserialize)]
struct CommentReply {
    comment_id: Option<String>,
}

/// A send that is well formed.
#[derive(Debug)]
pub(crate) struct SendRequest {
    pub(crate) target: Target,
    pub(crate) payload: Payload,
    pub(crate) referenced_message_id: Option<String>,
}

/// Where a send goes.
#[derive(Debug)]
pub(crate) enum Target {
    /// A conversation.
    Conversation(String),
    /// The author of a comment.
    Comment(String),
}

/// The one thing a send carries.
#[derive(Debug)]
pub(crate) enum Payload {
    /// A message of its own.
    Message(Content),
    /// A post of the account.
    Post(String),
    /// `TYPING` or `MARK_READ`.
    Action(String),
}

/// The account a send is for, which is checked against the token before anything else.
pub(crate) fn business_id(bytes: &[u8]) -> Result<String, Refusal> {
    let body: Body = json(bytes)?;
    required(body.business_id.as_deref(), "business_id").map(str::to_owned)
}

/// Reads and validates a body.
pub(crate) fn parse(bytes: &[u8], unit: TextUnit) -> Result<SendRequest, Refusal> {
    let body: Body = json(bytes)?;
    let message_type = required(body.message_type.as_deref(), "message_type")?;
    body.forbid_other_kinds(message_type)?;
    let target = body.target()?;
    let payload = body.payload(message_type, unit)?;
    let referenced_message_id = body.reference(message_type)?;
    Ok(SendRequest { target, payload, referenced_message_id })
}

impl Body {
    /// One message carries one kind of content.
    fn forbid_other_kinds(&self, message_type: &str) -> Result<(), Refusal> {
        let members = [
            ("text", "TEXT", self.text.is_some()),
            ("image", "IMAGE", self.image.is_some()),
            ("share_post", "SHARE_POST", self.share_post.is_some()),
            ("template", "TEMPLATE", self.template.is_some()),
            ("sender_action", "SENDER_ACTION", self.sender_action.is_some()),
        ];
        if !members.iter().any(|(_, kind, _)| *kind == message_type) {
            return Err(Refusal::param("message_type"));
        }
        let stranger = members.iter().find(|(_, kind, present)| *present && *kind != message_type);
        match stranger {
            Some((name, _, _)) => Err(forbidden(name, message_type)),
            None => Ok(()),
        }
    }

    fn target(&self) -> Result<Target, Refusal> {
        if let Some(direct_reply) = &self.direct_reply {
            if self.recipient.is_some() || self.recipient_type.is_some() {
                return Err(forbidden("direct_reply", "recipient"));
            }
            return direct_reply.target();
        }
        let recipient_type = required(self.recipient_type.as_deref(), "recipient_type")?;
        if recipient_type != "CONVERSATION" {
            return Err(Refusal::param("recipient_type"));
        }
        let recipient = required(self.recipient.as_deref(), "recipient")?;
        let base64_like = |c: char| c.is_ascii_alphanumeric() || "+/=-_".contains(c);
        if recipient.chars().all(base64_like) {
            Ok(Target::Conversation(recipient.to_owned()))
        } else {
            Err(Refusal::param("recipient"))
        }
    }

    fn payload(&self, message_type: &str, unit: TextUnit) -> Result<Payload, Refusal> {
        match message_type {
            "TEXT" => self.text(unit).map(Payload::Message),
            "TEMPLATE" => {
                let template = self.template.as_ref();
                let template = template.ok_or_else(|| Refusal::missing("template"))?;
                template::check(template, unit)?;
                let template = template.clone();
                Ok(Payload::Message(Content::Template { template }))
            }
            "IMAGE" => {
                let media = self.image.as_ref().and_then(|i| i.media_id.as_deref());
                let media_id = required(media, "image.media_id")?.to_owned();
                Ok(Payload::Message(Content::Image { media_id }))
            }
            "SHARE_POST" => {
                let item = self.share_post.as_ref().and_then(|s| s.item_id.as_deref());
                Ok(Payload::Post(required(item, "share_post.item_id")?.to_owned()))
            }
            _ => match required(self.sender_action.as_deref(), "sender_action")? {
                action @ ("TYPING" | "MARK_READ") => Ok(Payload::Action(action.to_owned())),
                _ => Err(Refusal::param("sender_action")),
            },
        }
    }

    fn text(&self, unit: TextUnit) -> Result<Content, Refusal> {
        let body = self.text.as_ref().and_then(|text| text.body.as_deref());
        let body = required(body, "text.body")?;
        if unit.length(body) > MAX_TEXT {
            let message = format!("Param text.body is longer than {MAX_TEXT} characters.");
            return Err(Refusal::new(code::PARAMETER, message));
        }
        let body = body.to_owned();
        Ok(Content::Text { body })
    }

    fn reference(&self, message_type: &str) -> Result<Option<String>, Refusal> {
        let Some(reference) = &self.referenced_message_info else {
            return Ok(None);
        };
        if message_type != "TEXT" {
            return Err(forbidden("referenced_message_info", message_type));
        }
        let id = reference.referenced_message_id.as_deref();
        let id = required(id, "referenced_message_info.referenced_message_id")?;
        Ok(Some(id.to_owned()))
    }
}

impl DirectReply {
    fn target(&self) -> Result<Target, Refusal> {
        if required(self.reply_type.as_deref(), "direct_reply.reply_type")? != "COMMENT_REPLY" {
            return Err(Refusal::param("direct_reply.reply_type"));
        }
        let comment = self.comment_reply.as_ref().and_then(|reply| reply.comment_id.as_deref());
        let comment_id = required(comment, "direct_reply.comment_reply.comment_id")?;
        Ok(Target::Comment(comment_id.to_owned()))
    }
}

fn forbidden(name: &str, beside: &str) -> Refusal {
    let message = format!("Param {name} is not allowed together with {beside}.");
    Refusal::new(code::PARAMETER, message)
}
