//! Whether a well-formed message may be sent now (protocol reference, sections 4.1, 8 and 13).

use super::capabilities::images_allowed;
use super::send_request::{SendRequest, Target};
use super::{Refusal, code, comment_reply, unknown_conversation};
use crate::judge::ViolationKind;
use crate::state::{Closed, Content, Media, World};

/// The conversation a send goes to; it belongs to the account, and what it quotes to it.
pub(crate) fn conversation(
    world: &mut World,
    business_id: &str,
    request: &SendRequest,
    now_ms: i64,
) -> Result<String, Refusal> {
    let conversation_id = match &request.target {
        Target::Comment(comment_id) => {
            return comment_reply::conversation(world, business_id, comment_id, now_ms);
        }
        Target::Conversation(id) => id,
    };
    let belongs = world.conversation(conversation_id).is_some_and(|known| known.business_id == business_id);
    if !belongs {
        return Err(unknown_conversation(world, "recipient"));
    }
    if let Some(quoted) = &request.referenced_message_id {
        quotable(world, conversation_id, quoted)?;
    }
    Ok(conversation_id.clone())
}

fn quotable(world: &mut World, conversation_id: &str, quoted: &str) -> Result<(), Refusal> {
    let message = world.conversation(conversation_id).and_then(|conversation| conversation.message(quoted));
    match message {
        None => {
            let sentence = "The message of referenced_message_id does not exist.";
            Err(Refusal::new(code::NOT_FOUND, sentence))
        }
        Some(message) if !message.content.can_be_quoted() => {
            Err(Refusal::param("referenced_message_info.referenced_message_id"))
        }
        Some(_) => Ok(()),
    }
}

/// A post of the account.
pub(crate) fn post(world: &World, business_id: &str, item_id: &str) -> Result<Content, Refusal> {
    let account = world.account(Some(business_id)).map_err(|_| Refusal::param("business_id"))?;
    if account.posts.iter().any(|post| post == item_id) {
        return Ok(Content::post(item_id));
    }
    Err(Refusal::param("share_post.item_id"))
}

/// Every rule about a message: its picture, its window and the day's conversations. An answer to
/// a comment needs no window.
pub(crate) fn check(
    world: &mut World,
    conversation_id: &str,
    (content, answers_comment): (&Content, bool),
    now_ms: i64,
) -> Result<(), Refusal> {
    if let Content::Image { media_id } = content {
        image(world, conversation_id, media_id, now_ms)?;
    }
    if !answers_comment {
        window(world, conversation_id, now_ms)?;
    }
    daily(world, conversation_id, now_ms)
}

/// A picture the account uploaded within 30 days, where pictures work.
fn image(world: &World, conversation_id: &str, media_id: &str, now_ms: i64) -> Result<(), Refusal> {
    let business_id = world.people(conversation_id).map(|(account, ..)| account.business_id.as_str());
    let own = |media: &&Media| media.uploaded && Some(media.business_id.as_str()) == business_id;
    let unknown = || Refusal::new(code::NOT_FOUND, "The media of image.media_id does not exist.");
    let media = world.media.get(media_id).filter(own).ok_or_else(unknown)?;
    if media.has_expired(now_ms) {
        return Err(Refusal::new(code::FILE_EXPIRED, "The media of image.media_id has expired."));
    }
    if !images_allowed(world, conversation_id) {
        let sentence = "Images cannot be sent in this conversation.";
        return Err(Refusal::new(world.settings.image_refused_code, sentence));
    }
    Ok(())
}

fn window(world: &mut World, conversation_id: &str, now_ms: i64) -> Result<(), Refusal> {
    let profile = world.settings.window;
    let Some(conversation) = world.conversation(conversation_id) else {
        return Err(unknown_conversation(world, "recipient"));
    };
    if !conversation.accepted {
        let sentence = "The message request was not accepted yet.";
        return Err(Refusal::new(code::MESSAGE_RULES, sentence));
    }
    let Err(closed) = conversation.window.check(profile, now_ms) else {
        return Ok(());
    };
    let (kind, sentence) = match closed {
        Closed::NeverOpened => (ViolationKind::WindowClosed, "The user has not sent a message yet."),
        Closed::Expired => {
            (ViolationKind::WindowClosed, "The 48-hour window since the user's last message has closed.")
        }
        Closed::UsedUp => {
            (ViolationKind::QuotaExceeded, "The messages allowed since the user's last message are used up.")
        }
    };
    Err(Refusal::new(code::MESSAGE_RULES, sentence).breaking(kind, sentence))
}

fn daily(world: &World, conversation_id: &str, now_ms: i64) -> Result<(), Refusal> {
    let Some(limit) = world.settings.daily_conversations else {
        return Ok(());
    };
    let business_id = world.people(conversation_id).map(|(account, ..)| account.business_id.as_str());
    if world.daily.admits(limit, business_id.unwrap_or_default(), conversation_id, now_ms) {
        return Ok(());
    }
    let sentence = "You are sending messages too fast. Take a rest.";
    let detail = format!("more than {limit} conversations in one day");
    Err(Refusal::new(code::MESSAGE_RULES, sentence).breaking(ViolationKind::DailyCapExceeded, detail))
}
