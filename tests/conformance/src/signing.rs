//! How a platform proves its requests, as data.

use connector_api::WebhookRequest;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::Sha256;

/// How a request is signed: one header, whose value is a template.
///
/// `{t}` is the time of arrival in seconds, `{body}` the body, `{setting.NAME}` a setting, `{mac}` the HMAC-SHA256 in hex
/// of `over` with the setting `key`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Signing {
    pub(crate) header: String,
    pub(crate) value: String,
    #[serde(default)]
    mac: Option<Recipe>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recipe {
    key: String,
    over: String,
}

impl Signing {
    /// Whether that setting proves a request.
    pub(crate) fn uses(&self, setting: &str) -> bool {
        let named = |template: &str| template.contains(&format!("{{setting.{setting}}}"));
        let mac = self.mac.as_ref().map(|recipe| recipe.key == setting || named(&recipe.over));
        named(&self.value) || mac.unwrap_or_default()
    }

    /// The request with its signature.
    pub(crate) fn sign(&self, mut request: WebhookRequest, settings: &Map<String, Value>) -> WebhookRequest {
        let t = request.received_at.as_seconds().to_string();
        let fill = |template: &str, mac: &str| -> Vec<u8> {
            let mut filled = Vec::new();
            for (index, piece) in template.split('{').enumerate() {
                let Some((name, rest)) = piece.split_once('}').filter(|_| index > 0) else {
                    filled.extend(piece.as_bytes());
                    continue;
                };
                match name {
                    "t" => filled.extend(t.as_bytes()),
                    "body" => filled.extend(&request.body),
                    "mac" => filled.extend(mac.as_bytes()),
                    name => filled.extend(setting(settings, name.trim_start_matches("setting.")).as_bytes()),
                }
                filled.extend(rest.as_bytes());
            }
            filled
        };
        let mac = self.mac.as_ref().map(|recipe| {
            let key = setting(settings, &recipe.key);
            let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok();
            if let Some(mac) = &mut mac {
                mac.update(&fill(&recipe.over, ""));
            }
            mac.map(|mac| hex::encode(mac.finalize().into_bytes())).unwrap_or_default()
        });
        let value = fill(&self.value, &mac.unwrap_or_default());
        request.headers.push((self.header.clone(), String::from_utf8_lossy(&value).into_owned()));
        request
    }
}

fn setting<'a>(settings: &'a Map<String, Value>, name: &str) -> &'a str {
    settings.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use connector_api::Timestamp;
    use serde_json::json;

    use super::*;

    fn signed(recipe: &Value) -> String {
        let signing: Signing = serde_json::from_value(recipe.clone()).unwrap();
        let settings = json!({"key": "Jefe", "token": "t0k"});
        let body = b"what do ya want for nothing?".to_vec();
        let request = WebhookRequest::post(Vec::new(), body, Timestamp::from_seconds(7));
        signing.sign(request, settings.as_object().unwrap()).header("x-s").unwrap_or_default().to_owned()
    }

    #[test]
    fn a_header_is_filled_and_an_hmac_is_that_of_rfc_4231() {
        let over =
            json!({"header": "X-S", "value": "t={t},s={mac}", "mac": {"key": "key", "over": "{body}"}});
        let mac = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(signed(&over), format!("t=7,s={mac}"));
        assert_eq!(signed(&json!({"header": "X-S", "value": "{setting.token}"})), "t0k");
    }
}
