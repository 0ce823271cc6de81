//! Auth codes and tokens (protocol reference, sections 3 and 11).

use std::collections::HashMap;

use crate::api::{Refusal, code};
use crate::ids::Ids;

const CODE_LIFE_MS: i64 = 10 * 60 * 1_000;
const ACCESS_LIFE_SECS: i64 = 24 * 60 * 60;
const REFRESH_LIFE_SECS: i64 = 365 * 24 * 60 * 60;

/// What one consent of one account owner allows.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) business_id: String,
    pub(crate) scopes: Vec<String>,
    number: u64,
    first_issued_ms: i64,
}

impl Grant {
    /// Whether the owner granted this scope.
    pub(crate) fn allows(&self, scope: &str) -> bool {
        self.scopes.iter().any(|granted| granted == scope)
    }
}

/// The tokens of one answer of the token endpoints.
#[derive(Debug, Clone)]
pub(crate) struct Issued {
    pub(crate) access_token: String,
    pub(crate) expires_in: i64,
    pub(crate) refresh_token: String,
    pub(crate) refresh_token_expires_in: i64,
    pub(crate) grant: Grant,
}

#[derive(Debug)]
struct AuthCode {
    grant: Grant,
    redirect_uri: String,
    expires_ms: i64,
    used: bool,
}

#[derive(Debug)]
struct AccessToken {
    grant: Grant,
    expires_ms: i64,
    revoked: bool,
}

#[derive(Debug)]
struct RefreshToken {
    grant: Grant,
    spent: bool,
}

/// All consents, codes and tokens of the app.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    consents: u64,
    codes: HashMap<String, AuthCode>,
    access: HashMap<String, AccessToken>,
    refresh: HashMap<String, RefreshToken>,
}

impl Grants {
    /// A new consent of an account owner.
    pub(crate) fn consent(&mut self, business_id: &str, scopes: Vec<String>, now_ms: i64) -> Grant {
        self.consents += 1;
        Grant { business_id: business_id.to_owned(), scopes, number: self.consents, first_issued_ms: now_ms }
    }

    /// A code for the redirect after a consent.
    pub(crate) fn issue_code(
        &mut self,
        ids: &mut Ids,
        grant: Grant,
        redirect_uri: &str,
        now_ms: i64,
    ) -> String {
        let code = ids.secret("code");
        let entry = AuthCode {
            grant,
            redirect_uri: redirect_uri.to_owned(),
            expires_ms: now_ms + CODE_LIFE_MS,
            used: false,
        };
        self.codes.insert(code.clone(), entry);
        code
    }

    /// Whether a code was exchanged before.
    pub(crate) fn code_was_used(&self, auth_code: &str) -> bool {
        self.codes.get(auth_code).is_some_and(|code| code.used)
    }

    /// Exchanges a code, once.
    pub(crate) fn redeem(
        &mut self,
        ids: &mut Ids,
        auth_code: &str,
        redirect_uri: &str,
        now_ms: i64,
    ) -> Result<Issued, Refusal> {
        let stale = || Refusal::new(code::AUTH_CODE, "Auth_code is used or expired.");
        let entry = self.codes.get_mut(auth_code).ok_or_else(stale)?;
        if entry.used || now_ms >= entry.expires_ms {
            return Err(stale());
        }
        if entry.redirect_uri != redirect_uri {
            return Err(Refusal::param("redirect_uri"));
        }
        entry.used = true;
        let mut grant = entry.grant.clone();
        grant.first_issued_ms = now_ms;
        Ok(self.issue(ids, grant, now_ms))
    }

    /// A fresh pair of tokens.
    pub(crate) fn issue(&mut self, ids: &mut Ids, grant: Grant, now_ms: i64) -> Issued {
        let access_token = ids.secret("act");
        let access = AccessToken {
            grant: grant.clone(),
            expires_ms: now_ms + ACCESS_LIFE_SECS * 1_000,
            revoked: false,
        };
        self.access.insert(access_token.clone(), access);
        let refresh_token = ids.secret("rft");
        let refresh = RefreshToken { grant: grant.clone(), spent: false };
        self.refresh.insert(refresh_token.clone(), refresh);
        let refresh_age_secs = (now_ms - grant.first_issued_ms) / 1_000;
        Issued {
            access_token,
            expires_in: ACCESS_LIFE_SECS,
            refresh_token,
            refresh_token_expires_in: REFRESH_LIFE_SECS - refresh_age_secs,
            grant,
        }
    }

    /// Whether a refresh token was rotated away.
    pub(crate) fn refresh_was_spent(&self, refresh_token: &str) -> bool {
        self.refresh.get(refresh_token).is_some_and(|token| token.spent)
    }

    /// Rotates a refresh token. Its year keeps running from the consent.
    pub(crate) fn rotate(
        &mut self,
        ids: &mut Ids,
        refresh_token: &str,
        now_ms: i64,
    ) -> Result<Issued, Refusal> {
        let invalid = || Refusal::new(code::REFRESH_TOKEN_INVALID, "Refresh_token is invalid.");
        let entry = self.refresh.get_mut(refresh_token).ok_or_else(invalid)?;
        if entry.spent {
            return Err(invalid());
        }
        let dies_ms = entry.grant.first_issued_ms + REFRESH_LIFE_SECS * 1_000;
        if now_ms >= dies_ms {
            return Err(Refusal::new(code::REFRESH_TOKEN_EXPIRED, "Refresh_token has expired."));
        }
        entry.spent = true;
        let grant = entry.grant.clone();
        Ok(self.issue(ids, grant, now_ms))
    }

    /// The consent behind an access token that is valid now.
    pub(crate) fn check(&self, access_token: &str, now_ms: i64) -> Result<&Grant, Refusal> {
        let incorrect =
            || Refusal::new(code::TOKEN_INCORRECT, "Access token is incorrect or has been revoked.");
        let entry = self.access.get(access_token).ok_or_else(incorrect)?;
        if entry.revoked {
            return Err(incorrect());
        }
        if now_ms >= entry.expires_ms {
            return Err(Refusal::new(code::TOKEN_EXPIRED, "Access token has expired."));
        }
        Ok(&entry.grant)
    }

    /// Ends the consent an access token belongs to.
    pub(crate) fn revoke(&mut self, access_token: &str, now_ms: i64) -> Result<(), Refusal> {
        let number = self.check(access_token, now_ms)?.number;
        self.end(|grant| grant.number == number);
        Ok(())
    }

    /// Ends every consent of one account, as its owner can do in the app.
    pub(crate) fn revoke_account(&mut self, business_id: &str) {
        self.end(|grant| grant.business_id == business_id);
    }

    fn end(&mut self, concerned: impl Fn(&Grant) -> bool) {
        for token in self.access.values_mut() {
            token.revoked |= concerned(&token.grant);
        }
        self.refresh.retain(|_, token| !concerned(&token.grant));
    }
}
