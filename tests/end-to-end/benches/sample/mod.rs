//! What the benchmarks have in common: a customer's message as TikTok posts it.

use serde_json::json;

/// The account of the simulator's first shop.
pub(crate) const ACCOUNT: &str = "-000SimBusinessOpenId0001";

/// The body of a webhook with one text; later numbers are later messages.
pub(crate) fn body(app_id: &str, account: &str, number: u64, seconds: u64) -> Vec<u8> {
    let customer = number % 97;
    let content = json!({
        "from": format!("customer{customer}"), "to": "simshop", "unique_identifier": format!("customer {customer}"),
        "from_user": {"id": format!("customer {customer}"), "role": "personal_account"},
        "to_user": {"id": account, "role": "business_account"},
        "conversation_id": format!("conversation of {customer}"), "message_id": format!("message {number}"),
        "timestamp": seconds * 1_000 - 3_600_000 + number, "type": "text",
        "text": {"body": "Olá! Vocês têm este vestido em azul, tamanho M? 👋🏽"},
    });
    let envelope = json!({
        "client_key": app_id, "event": "im_receive_msg", "create_time": seconds, "user_openid": account,
        "content": content.to_string(),
    });
    envelope.to_string().into_bytes()
}
