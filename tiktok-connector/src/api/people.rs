//! The other person of a conversation. Only the list of its messages tells name and picture (protocol reference, section
//! 4.3).

use connector_api::{
    Account, ConnectorError, Contact, ContactProfile, ContactProfileRequest, ErrorClass, ReasonCode,
};
use serde_json::Value;

use super::{Api, answer::Answer};
use crate::reading::{field, parties};

/// How the customer of a conversation presents themselves.
pub(crate) async fn profile(
    api: &Api,
    request: &ContactProfileRequest,
) -> Result<ContactProfile, ConnectorError> {
    let answer = ask(api, &request.account, &request.conversation).await?;
    customer(&answer, &request.account.id).ok_or_else(|| {
        let message = "TikTok does not say who takes part in the conversation.";
        ConnectorError::new(ErrorClass::Refused, ReasonCode::PLATFORM_NOT_FOUND, message)
    })
}

/// The newest messages of a conversation, and who takes part.
pub(super) async fn ask(api: &Api, account: &Account, conversation: &str) -> Result<Answer, ConnectorError> {
    let query = [("business_id", account.id.as_str()), ("conversation_id", conversation)];
    api.get_as(&account.credentials.access_token, "business/message/content/list", &query).await
}

/// The participant who is not the business.
pub(super) fn customer(answer: &Answer, account: &str) -> Option<ContactProfile> {
    let is_customer = |told: &&Value| {
        let is_business = field::word(told, "role").as_deref() == Some("business_account");
        !is_business && field::id(told, "id").is_some_and(|id| id != account)
    };
    let told = answer.items("/participants").iter().find(is_customer)?;
    let id = field::id(told, "id")?;
    let handles = answer.items("/messages").iter().map(|message| parties::person(message, id.clone()));
    let handle = handles.into_iter().find_map(|person| person.handle);
    let contact = Contact::new(id).with_handle(handle).with_display_name(field::id(told, "display_name"));
    let mut profile = ContactProfile::new(contact).with_follows(field::flag(told, "is_follower"));
    profile.picture_url = field::url(told, "profile_image");
    Some(profile)
}
