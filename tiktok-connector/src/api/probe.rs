//! What TikTok allows in one conversation (protocol reference, section 4.6).

use connector_api::{ConnectorError, ProbeAnswer, ProbeRequest};

use super::Api;

/// The claim of the document that `IMAGE_SEND` settles.
const MEDIA: &str = "region.media";

/// Whether images may be sent; an answer that is missing leaves it unknown, which is not the same as no.
pub(crate) async fn ask(api: &Api, request: &ProbeRequest) -> Result<ProbeAnswer, ConnectorError> {
    let is_asked = request.facts.iter().any(|fact| fact == MEDIA);
    // Only of conversations there is anything to tell.
    let Some(conversation) = request.conversation.as_deref().filter(|_| is_asked) else {
        return Ok(ProbeAnswer::default());
    };
    // A wrong type gives a wrong answer and no error (section 14, T36).
    let conversation_type = if request.answered { "SINGLE" } else { "STRANGER" };
    let query = [
        ("business_id", request.account.id.as_str()),
        ("capability_types", r#"["IMAGE_SEND"]"#),
        ("conversation_id", conversation),
        ("conversation_type", conversation_type),
    ];
    let token = &request.account.credentials.access_token;
    let answer = api.get_as(token, "business/message/capabilities/get", &query).await?;
    let infos = answer.items("/capability_infos");
    let info = infos.iter().find(|info| info["capability_type"] == "IMAGE_SEND");
    let allowed = info.and_then(|info| info["capability_result"].as_bool());
    Ok(ProbeAnswer::new(allowed.map(|allowed| (MEDIA.to_owned(), allowed)).into_iter().collect()))
}
