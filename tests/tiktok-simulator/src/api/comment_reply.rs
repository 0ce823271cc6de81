//! Messages that answer a comment (protocol reference, section 4.8).

use super::{Refusal, code};
use crate::regions;
use crate::state::World;

/// The conversation that an answer to this comment goes to, if it may be given now.
pub(crate) fn conversation(
    world: &mut World,
    business_id: &str,
    comment_id: &str,
    now_ms: i64,
) -> Result<String, Refusal> {
    let known =
        |known: &&crate::state::Comment| known.comment_id == comment_id && known.business_id == business_id;
    let unknown = || Refusal::new(code::NOT_FOUND, "The comment of direct_reply does not exist.");
    let comment = world.comments.iter().find(known).cloned().ok_or_else(unknown)?;
    let account = world.account(Some(business_id)).map_err(|_| Refusal::param("business_id"))?;
    let refuse = |sentence: &str| Err(Refusal::new(code::MESSAGE_RULES, sentence));
    if !account.answers_comments {
        return refuse("Comment-to-Message is off.");
    }
    let person = world.customers.get(&comment.customer).ok_or_else(unknown)?;
    if !person.is_adult {
        return refuse("The commenter is not over 18.");
    }
    if !regions::comments_may_be_answered(&person.country) {
        return refuse("The commenter is in a region without Comment-to-Message.");
    }
    let last_exchange_ms = world
        .conversations
        .iter()
        .find(|talk| talk.business_id == business_id && talk.customer == comment.customer)
        .and_then(crate::state::Conversation::updated_ms);
    if let Some(objection) = comment.objection(last_exchange_ms, now_ms) {
        return refuse(objection);
    }
    let conversation_id =
        world.conversation_with(&comment.customer, Some(business_id)).map_err(|_| unknown())?;
    // The business begins, so nobody has to accept a request.
    if let Some(conversation) = world.conversation(&conversation_id) {
        conversation.accepted = true;
    }
    Ok(conversation_id)
}

/// The comment was answered; nobody can answer it again.
pub(crate) fn note(world: &mut World, comment_id: &str) {
    if let Some(comment) = world.comments.iter_mut().find(|known| known.comment_id == comment_id) {
        comment.answered = true;
    }
}
