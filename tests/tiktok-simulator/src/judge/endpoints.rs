//! What every endpoint takes (protocol reference, sections 3 and 4).

/// Where an endpoint expects the caller's credentials (protocol reference, section 2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credentials {
    /// In the `Access-Token` header.
    Header,
    /// Among the parameters.
    Parameters,
}

/// How an endpoint takes its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// In the query string.
    Query,
    /// As a JSON object.
    Json,
    /// As multipart form data.
    Multipart,
}

/// One endpoint.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// Below `/open_api/v1.3`.
    pub(crate) path: &'static str,
    pub(crate) credentials: Credentials,
    pub(crate) form: Form,
    /// Everything it takes on the first level.
    pub(crate) members: &'static [&'static str],
}

impl Endpoint {
    /// The endpoint of this path below `/open_api/v1.3`.
    pub(crate) fn of(path: &str) -> Option<&'static Self> {
        ENDPOINTS.iter().find(|endpoint| endpoint.path == path)
    }
}

const fn header(path: &'static str, form: Form, members: &'static [&'static str]) -> Endpoint {
    Endpoint { path, credentials: Credentials::Header, form, members }
}

const fn parameters(path: &'static str, form: Form, members: &'static [&'static str]) -> Endpoint {
    Endpoint { path, credentials: Credentials::Parameters, form, members }
}

static ENDPOINTS: &[Endpoint] = &[
    parameters(
        "/tt_user/oauth2/token/",
        Form::Json,
        &["client_id", "client_secret", "grant_type", "auth_code", "redirect_uri"],
    ),
    parameters(
        "/tt_user/oauth2/refresh_token/",
        Form::Json,
        &["client_id", "client_secret", "grant_type", "refresh_token"],
    ),
    parameters("/tt_user/oauth2/revoke/", Form::Json, &["client_id", "client_secret", "access_token"]),
    parameters("/tt_user/token_info/get/", Form::Json, &["app_id", "access_token"]),
    header("/business/get/", Form::Query, &["business_id", "fields", "start_date", "end_date"]),
    header(
        "/business/message/send/",
        Form::Json,
        &[
            "business_id",
            "recipient_type",
            "recipient",
            "message_type",
            "text",
            "image",
            "share_post",
            "template",
            "sender_action",
            "referenced_message_info",
            "direct_reply",
        ],
    ),
    header(
        "/business/message/conversation/list/",
        Form::Query,
        &["business_id", "conversation_type", "limit", "cursor"],
    ),
    header("/business/message/content/list/", Form::Query, &["business_id", "conversation_id"]),
    header("/business/message/media/upload/", Form::Multipart, &["business_id", "media_type", "file"]),
    header(
        "/business/message/media/download/",
        Form::Json,
        &["business_id", "conversation_id", "message_id", "media_id", "media_type"],
    ),
    header(
        "/business/message/capabilities/get/",
        Form::Query,
        &["business_id", "capability_types", "conversation_id", "conversation_type"],
    ),
    header(
        "/business/message/auto_message/create/",
        Form::Json,
        &["business_id", "auto_message_type", "welcome_message", "suggested_question", "chat_prompt"],
    ),
    header(
        "/business/message/auto_message/update/",
        Form::Json,
        &[
            "business_id",
            "auto_message_type",
            "auto_message_id",
            "welcome_message",
            "suggested_question",
            "chat_prompt",
        ],
    ),
    header(
        "/business/message/auto_message/status/update/",
        Form::Json,
        &["business_id", "auto_message_type", "operation_status"],
    ),
    header(
        "/business/message/auto_message/get/",
        Form::Json,
        &["business_id", "auto_message_type", "auto_message_id"],
    ),
    header(
        "/business/message/auto_message/delete/",
        Form::Json,
        &["business_id", "auto_message_type", "auto_message_id"],
    ),
    header(
        "/business/message/auto_message/sort/",
        Form::Json,
        &["business_id", "auto_message_type", "auto_message_ids"],
    ),
    header(
        "/business/message/direct_reply/update/",
        Form::Json,
        &["business_id", "direct_reply_type", "operation_status"],
    ),
    header("/business/message/direct_reply/get/", Form::Query, &["business_id", "direct_reply_type"]),
    parameters(
        "/business/webhook/update/",
        Form::Json,
        &["app_id", "secret", "event_type", "callback_url", "item_list"],
    ),
    parameters("/business/webhook/list/", Form::Query, &["app_id", "secret", "event_type"]),
    parameters("/business/webhook/delete/", Form::Json, &["app_id", "secret", "event_type"]),
];
