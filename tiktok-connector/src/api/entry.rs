//! Ways for customers to begin (protocol reference, section 6.8).

use std::collections::BTreeMap;

use connector_api::{
    AccountRequest, ConnectorError, EntryPoints, EntryPointsRequest, ErrorClass, ReasonCode,
    capabilities::Reason,
};
use url::{Url, form_urlencoded};

use super::{Api, profile};

/// The longest `ref`, as it stands in the URL.
const LONGEST_REFERENCE: usize = 2083;

/// The links of an account; asks TikTok only where the host does not know the user name.
pub(crate) async fn points(api: &Api, request: &EntryPointsRequest) -> Result<EntryPoints, ConnectorError> {
    let query = query(request)?;
    let known = request.handle.clone().filter(|handle| !handle.is_empty());
    let handle = match known {
        Some(handle) => Some(handle),
        None => profile::account(api, &AccountRequest::new(request.account.clone())).await?.handle,
    };
    let handle = handle.ok_or_else(|| {
        let message = "TikTok does not tell the account's user name, which every link needs.";
        ConnectorError::new(ErrorClass::Refused, ReasonCode::AUTH_SCOPE_MISSING, message)
    })?;
    let mut begin = link("https://tiktok.me", &handle)?;
    begin.set_query(query.as_deref());
    let profile = link("https://www.tiktok.com", &format!("@{handle}"))?;
    let urls = [("profile_link", profile), ("qr_code", begin)];
    let refused = [
        ("chat_link", "TikTok has no chat links; the code's link opens a conversation in the mobile app."),
        (
            "messaging_ad",
            "Ads that open a conversation are made in TikTok Ads Manager, not through this API.",
        ),
    ];
    let reason = |text| Reason::permanent(ReasonCode::OPERATION_UNSUPPORTED, text);
    let refused: BTreeMap<_, _> =
        refused.into_iter().map(|(kind, text)| (kind.to_owned(), reason(text))).collect();
    let urls = urls.into_iter().map(|(kind, url)| (kind.to_owned(), url.into())).collect();
    Ok(EntryPoints::new(urls).with_refused(refused))
}

fn link(site: &str, name: &str) -> Result<Url, ConnectorError> {
    let broken =
        || ConnectorError::new(ErrorClass::Invalid, ReasonCode::CONNECTOR_FAULT, "No link can be made.");
    let mut url = Url::parse(site).map_err(|_| broken())?;
    url.path_segments_mut().map_err(|()| broken())?.pop_if_empty().push(name);
    Ok(url)
}

/// What comes back with the referral, and what stands in the customer's input field.
fn query(request: &EntryPointsRequest) -> Result<Option<String>, ConnectorError> {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    if let Some(reference) = &request.reference {
        check_reference(reference)?;
        pairs.append_pair("ref", reference);
    }
    if let Some(text) = request.prefilled_text.as_ref().filter(|text| !text.is_empty()) {
        pairs.append_pair("message", text);
    }
    // Of a space a form makes `+`, which not everybody reads as one; a `+` of the text is `%2B` already.
    let query = pairs.finish().replace('+', "%20");
    Ok((!query.is_empty()).then_some(query))
}

fn check_reference(reference: &str) -> Result<(), ConnectorError> {
    let refused = |reason, message: String| Err(ConnectorError::new(ErrorClass::Invalid, reason, message));
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=".contains(&byte);
    if reference.is_empty() || !reference.bytes().all(allowed) {
        let message = "A reference consists of A to Z, a to z, 0 to 9, `-`, `_` and `=`.";
        return refused(ReasonCode::CONTENT_REJECTED, message.to_owned());
    }
    if form_urlencoded::byte_serialize(reference.as_bytes()).map(str::len).sum::<usize>() > LONGEST_REFERENCE
    {
        let message =
            format!("A reference has at most {LONGEST_REFERENCE} characters, as it stands in the URL.");
        return refused(ReasonCode::CONTENT_TEXT_TOO_LONG, message);
    }
    Ok(())
}
