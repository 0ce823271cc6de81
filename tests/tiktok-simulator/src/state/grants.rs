//! Auth codes and tokens (protocol reference, sections 3 and 11).

use std::collections::HashMap;

use super::apps::App;
use crate::api::{Refusal, code};
use crate::ids::Ids;
use crate::judge::ViolationKind;

const CODE_LIFE_MS: i64 = 10 * 60 * 1_000;
const ACCESS_LIFE_SECS: i64 = 24 * 60 * 60;
const REFRESH_LIFE_SECS: i64 = 365 * 24 * 60 * 60;

/// What one consent of one account owner allows.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) app_id: String,
    /// The account.
    pub(crate) business_id: String,
    /// The account's id for this app.
    pub(crate) open_id: String,
    pub(crate) scopes: Vec<String>,
    number: u64,
    first_issued_ms: i64,
}

impl Grant {
    /// Refuses to tell one app about another's consent (protocol reference, section 10, `40113`).
    pub(crate) fn belongs_to(&self, app_id: &str) -> Result<(), Refusal> {
        if self.app_id == app_id {
            return Ok(());
        }
        Err(Refusal::new(code::APP, "The token belongs to another app."))
    }

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

/// An auth code with what must fit it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Exchange<'a> {
    pub(crate) app_id: &'a str,
    pub(crate) auth_code: &'a str,
    pub(crate) redirect_uri: &'a str,
}

/// A refresh token and what becomes of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refresh<'a> {
    pub(crate) app_id: &'a str,
    pub(crate) refresh_token: &'a str,
    /// Whether it is worth nothing afterwards.
    pub(crate) rotates: bool,
    /// Whether a new year begins.
    pub(crate) extends: bool,
}

/// All consents, codes and tokens of all apps.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    consents: u64,
    codes: HashMap<String, AuthCode>,
    access: HashMap<String, AccessToken>,
    refresh: HashMap<String, RefreshToken>,
}

impl Grants {
    /// A new consent of an account owner.
    pub(crate) fn consent(
        &mut self,
        app: &App,
        business_id: &str,
        scopes: Vec<String>,
        now_ms: i64,
    ) -> Grant {
        self.consents += 1;
        Grant {
            app_id: app.app_id.clone(),
            business_id: business_id.to_owned(),
            open_id: app.open_id(business_id),
            scopes,
            number: self.consents,
            first_issued_ms: now_ms,
        }
    }

    /// Whether an app may hear of the messages of an account.
    pub(crate) fn may_hear(&self, app_id: &str, business_id: &str) -> bool {
        let mut living = self.refresh.values().filter(|token| !token.spent).map(|token| &token.grant);
        living.any(|grant| {
            grant.app_id == app_id && grant.business_id == business_id && grant.allows("message.list.read")
        })
    }

    /// All access tokens of an account are old at once.
    pub(crate) fn expire(&mut self, business_id: &str, now_ms: i64) {
        for token in self.access.values_mut().filter(|token| token.grant.business_id == business_id) {
            token.expires_ms = token.expires_ms.min(now_ms);
        }
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

    /// Exchanges a code, once.
    pub(crate) fn redeem(
        &mut self,
        ids: &mut Ids,
        exchange: Exchange<'_>,
        now_ms: i64,
    ) -> Result<Issued, Refusal> {
        let Exchange { app_id, auth_code, redirect_uri } = exchange;
        let stale = || Refusal::new(code::AUTH_CODE, "Auth_code is used or expired.");
        let entry = self.codes.get_mut(auth_code).ok_or_else(stale)?;
        if entry.used {
            let detail = "the code was exchanged before";
            return Err(stale().breaking(ViolationKind::AuthCodeReused, detail));
        }
        if now_ms >= entry.expires_ms {
            return Err(stale());
        }
        if entry.grant.app_id != app_id {
            return Err(Refusal::new(code::CREDENTIALS, "Auth_code was issued to another app."));
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

    /// Exchanges a refresh token. Unless told otherwise, its year keeps running from the consent.
    pub(crate) fn refresh(
        &mut self,
        ids: &mut Ids,
        exchange: Refresh<'_>,
        now_ms: i64,
    ) -> Result<Issued, Refusal> {
        let invalid = || Refusal::new(code::REFRESH_TOKEN_INVALID, "Refresh_token is invalid.");
        let entry = self.refresh.get_mut(exchange.refresh_token).ok_or_else(invalid)?;
        if entry.spent {
            let detail = "the token was rotated before";
            return Err(invalid().breaking(ViolationKind::RefreshTokenReused, detail));
        }
        entry.grant.belongs_to(exchange.app_id)?;
        let dies_ms = entry.grant.first_issued_ms + REFRESH_LIFE_SECS * 1_000;
        if now_ms >= dies_ms {
            return Err(Refusal::new(code::REFRESH_TOKEN_EXPIRED, "Refresh_token has expired."));
        }
        entry.spent = exchange.rotates;
        if exchange.extends {
            entry.grant.first_issued_ms = now_ms;
        }
        let grant = entry.grant.clone();
        let mut issued = self.issue(ids, grant, now_ms);
        if !exchange.rotates {
            self.refresh.remove(&issued.refresh_token);
            exchange.refresh_token.clone_into(&mut issued.refresh_token);
        }
        Ok(issued)
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
    pub(crate) fn revoke(
        &mut self,
        app_id: &str,
        access_token: &str,
        now_ms: i64,
    ) -> Result<String, Refusal> {
        let grant = self.check(access_token, now_ms)?.clone();
        grant.belongs_to(app_id)?;
        self.end(|other| other.number == grant.number);
        Ok(grant.business_id)
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
