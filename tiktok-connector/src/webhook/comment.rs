//! Comments under posts of the business (protocol reference, sections 6.11 and 6.12).

use connector_api::{Comment, CommentAction, Contact, Event, EventKind};

use super::Delivery;
use crate::reading::{
    field, key,
    parties::{self, Direction},
};

/// The event of one `im_receive_high_intent_comment`: TikTok lets the business answer it by a direct message.
pub(super) fn answerable(delivery: &Delivery<'_>) -> Option<Event> {
    let told = delivery.told();
    let id = field::id(told.payload, "comment_id")?;
    let dedup_key = key("comment", &[&id, "answerable"]);
    let comment = Comment::new(id, CommentAction::Written)
        .with_text(field::id(told.payload, "comment_text"))
        .answerable();
    let contact = parties::contact(&told, Direction::Inbound);
    Some(Event::new(told.account, dedup_key, told.at(), EventKind::Commented { contact, comment }))
}

/// The event of one `comment.update`, whose ids are bare numbers of 19 digits.
pub(super) fn updated(delivery: &Delivery<'_>) -> Option<Event> {
    let told = delivery.told();
    let id = field::id(told.payload, "comment_id")?;
    let word = field::word(told.payload, "comment_action").unwrap_or_default();
    let action = match word.as_str() {
        "insert" => CommentAction::Written,
        "delete" => CommentAction::Removed,
        // Friends are not everybody.
        "set_to_hidden" | "set_to_friends_only" => CommentAction::Hidden,
        "set_to_public" => CommentAction::Shown,
        _ => CommentAction::Unknown,
    };
    // The same can happen twice to a comment.
    let dedup_key = key("comment", &[&id, &word, &told.mark()]);
    let parent = field::id(told.payload, "parent_comment_id").filter(|parent| parent != "0");
    let comment = Comment::new(id, action)
        .with_text(field::id(told.payload, "text"))
        .under(field::id(told.payload, "video_id"), parent);
    let author = field::id(told.payload, "unique_identifier").filter(|id| id != told.account);
    let kind = EventKind::Commented { contact: author.map(Contact::new), comment };
    Some(Event::new(told.account, dedup_key, told.at(), kind))
}
