//! TikTok's codes: what each says about whether it happened, and the sentence for people (protocol reference,
//! section 10).

use connector_api::{
    ConnectorError,
    ErrorClass::{self, CredentialsExpired, CredentialsRevoked, Refused, Throttled, Unavailable, Uncertain},
    PlatformError, ReasonCode as Reason,
};

type Meaning = (ErrorClass, Reason, &'static str);

/// The error for what TikTok said.
pub(super) fn error(code: i64, message: String, request_id: Option<String>) -> ConnectorError {
    let (class, reason, sentence) = meaning(code);
    let platform = PlatformError { code: Some(code.to_string()), message, request_id };
    ConnectorError::new(class, reason, sentence).with_platform(platform)
}

#[rustfmt::skip]
fn meaning(code: i64) -> Meaning {
    match code {
        20001 => (Uncertain, Reason::OUTCOME_UNKNOWN, "TikTok did a part of it, and does not say which."),
        40000 | 40002 | 40700 => (Refused, Reason::CONTENT_REJECTED, "TikTok says that something in the request is not valid."),
        // Not a token error, whatever others say.
        40001 => (Refused, Reason::AUTH_SCOPE_MISSING, "TikTok says that the app or the account lacks a permission for this."),
        40006 | 40051 => (Refused, Reason::PLATFORM_REFUSED, "TikTok does not serve this version of its API; api_base names it."),
        40007 => (Refused, Reason::PLATFORM_NOT_FOUND, "TikTok does not know the conversation, message or medium."),
        40008 => (Refused, Reason::PLATFORM_REFUSED, "TikTok has no such endpoint; api_base may be wrong."),
        40016 | 40100 | 40133 => (Throttled, Reason::RATE_LIMITED, "TikTok takes no more requests for now."),
        40050 => (Uncertain, Reason::OUTCOME_UNKNOWN, "TikTok takes the request for a repeated one; the first may have happened."),
        40064 => (Refused, Reason::WINDOW_REFUSED, "TikTok's rules for direct messages refuse this; most often the reply window is closed or used up until the customer writes again."),
        40101 => (Refused, Reason::ACCESS_DENIED, "TikTok refuses the credentials; app id and secret may not belong together."),
        40102 => (CredentialsExpired, Reason::AUTH_EXPIRED, "The access token is past its life."),
        40103 => (CredentialsRevoked, Reason::AUTH_EXPIRED, "The refresh token is past its life; the owner has to consent again."),
        40104 => (Refused, Reason::ACCESS_DENIED, "TikTok found no access token in the request."),
        40105 => (CredentialsExpired, Reason::AUTH_EXPIRED, "TikTok does not take the access token, or not any more."),
        40107 => (CredentialsRevoked, Reason::AUTH_EXPIRED, "TikTok does not take the refresh token; the owner has to consent again."),
        40108 => (Refused, Reason::PLATFORM_REFUSED, "TikTok does not take this kind of grant."),
        40110 => (Refused, Reason::AUTH_EXPIRED, "The consent was cancelled, used already or waited too long; it has to be started again."),
        40113 => (Refused, Reason::ACCESS_DENIED, "TikTok refuses the app: blocked, wrong id or secret, or a token of another app."),
        40115..=40117 => (Refused, Reason::ACCESS_DENIED, "TikTok takes the request for a forged one: its time, its signature or its method is wrong."),
        40118 | 40125 => (Refused, Reason::ACCESS_DENIED, "TikTok has not let the app in for this; its developer has to apply for access."),
        // What it collided with is not said, and may have been a send.
        40202 => (Uncertain, Reason::OUTCOME_UNKNOWN, "TikTok says that two writes collided."),
        40904 => (Refused, Reason::CONTENT_REJECTED, "TikTok says that the picture breaks its rules."),
        40906 => (Refused, Reason::CONTENT_REJECTED, "TikTok says that the file is empty."),
        40907 => (Refused, Reason::CONTENT_MEDIA_TOO_LARGE, "TikTok says that the file is too large."),
        40908 => (Refused, Reason::CONTENT_MIME_UNSUPPORTED, "TikTok does not take files of this type."),
        40910 => (Refused, Reason::CONTENT_REJECTED, "TikTok does not keep the file any more."),
        40900..=40915 => (Refused, Reason::CONTENT_REJECTED, "TikTok does not take the file."),
        41000 => (Refused, Reason::ACCESS_DENIED, "TikTok does not serve the country of this machine's address."),
        40000..=49999 => (Refused, Reason::PLATFORM_REFUSED, "TikTok refuses the request."),
        50000..=59999 => (Uncertain, Reason::OUTCOME_UNKNOWN, "TikTok had a fault; whether it happened is not known."),
        60001 => (Unavailable, Reason::PLATFORM_UNAVAILABLE, "TikTok is under maintenance."),
        _ => (Uncertain, Reason::OUTCOME_UNKNOWN, "TikTok answered with a code that nobody knows."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_code_has_its_class_and_reason() {
        let table = [
            (20001, Uncertain, "outcome.unknown"),
            (40000, Refused, "content.rejected"),
            (40001, Refused, "auth.scope_missing"),
            (40002, Refused, "content.rejected"),
            (40006, Refused, "platform.refused"),
            (40007, Refused, "platform.not_found"),
            (40008, Refused, "platform.refused"),
            (40016, Throttled, "rate.limited"),
            (40050, Uncertain, "outcome.unknown"),
            (40051, Refused, "platform.refused"),
            (40064, Refused, "window.refused"),
            (40100, Throttled, "rate.limited"),
            (40101, Refused, "access.denied"),
            (40102, CredentialsExpired, "auth.expired"),
            (40103, CredentialsRevoked, "auth.expired"),
            (40104, Refused, "access.denied"),
            (40105, CredentialsExpired, "auth.expired"),
            (40107, CredentialsRevoked, "auth.expired"),
            (40108, Refused, "platform.refused"),
            (40110, Refused, "auth.expired"),
            (40113, Refused, "access.denied"),
            (40115, Refused, "access.denied"),
            (40116, Refused, "access.denied"),
            (40117, Refused, "access.denied"),
            (40118, Refused, "access.denied"),
            (40125, Refused, "access.denied"),
            (40133, Throttled, "rate.limited"),
            (40202, Uncertain, "outcome.unknown"),
            (40700, Refused, "content.rejected"),
            (40900, Refused, "content.rejected"),
            (40904, Refused, "content.rejected"),
            (40906, Refused, "content.rejected"),
            (40910, Refused, "content.rejected"),
            (40914, Refused, "content.rejected"),
            (40907, Refused, "content.media_too_large"),
            (40908, Refused, "content.mime_unsupported"),
            (40915, Refused, "content.rejected"),
            (41000, Refused, "access.denied"),
            (49999, Refused, "platform.refused"),
            (50000, Uncertain, "outcome.unknown"),
            (50002, Uncertain, "outcome.unknown"),
            (51065, Uncertain, "outcome.unknown"),
            (51305, Uncertain, "outcome.unknown"),
            (60001, Unavailable, "platform.unavailable"),
            (60002, Uncertain, "outcome.unknown"),
            (1, Uncertain, "outcome.unknown"),
            (-1, Uncertain, "outcome.unknown"),
            (39999, Uncertain, "outcome.unknown"),
            (i64::MAX, Uncertain, "outcome.unknown"),
        ];
        for (code, class, reason) in table {
            let error = error(code, "theirs".to_owned(), Some("r-1".to_owned()));
            assert_eq!((error.class, error.reason.as_str()), (class, reason), "{code}");
            assert!(error.message.ends_with('.') && error.message.contains(' '), "{code}: {}", error.message);
            let said = error.platform.unwrap();
            assert_eq!(said.code, Some(code.to_string()));
            assert_eq!((said.message.as_str(), said.request_id.as_deref()), ("theirs", Some("r-1")));
        }
    }
}
