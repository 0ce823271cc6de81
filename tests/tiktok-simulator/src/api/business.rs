//! `GET /business/get/`: the account's own profile (protocol reference, section 4.10).

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use serde_json::{Map, Value, json};

use super::access::{admit, allow};
use super::params::Query;
use super::{Refusal, Reply};
use crate::shared::Shared;
use crate::state::{Account, Grant};

/// Answers with the wanted fields the consent covers.
pub(crate) async fn get(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap) -> Reply {
    profile(&shared, &uri, &headers).into()
}

fn profile(shared: &Shared, uri: &Uri, headers: &HeaderMap) -> Result<Value, Refusal> {
    let grant = admit(shared, headers)?;
    let query = Query::of(uri);
    let business_id = query.id("business_id")?;
    allow(shared, &grant, business_id, "user.info.basic")?;
    let wanted = query.list("fields")?;
    let world = shared.world();
    let account = world.account(Some(&grant.business_id)).map_err(|_| Refusal::param("business_id"))?;
    let is_wanted = |name: &str| match &wanted {
        Some(fields) => fields.iter().any(|field| field == name),
        None => true,
    };
    let known = fields(account, &shared.url, shared.clock.now_secs());
    if let Some(stranger) =
        wanted.iter().flatten().find(|field| !known.iter().any(|(name, _, _)| name == field))
    {
        return Err(Refusal::param(&format!("fields ({stranger})")));
    }
    Ok(Value::Object(visible(known, &grant, is_wanted)))
}

fn visible(
    known: Vec<(&'static str, &'static str, Value)>,
    grant: &Grant,
    is_wanted: impl Fn(&str) -> bool,
) -> Map<String, Value> {
    known
        .into_iter()
        .filter(|(name, scope, _)| is_wanted(name) && grant.allows(scope))
        .map(|(name, _, value)| (name.to_owned(), value))
        .collect()
}

/// Every field, with the scope that covers it.
fn fields(account: &Account, url: &str, now_secs: i64) -> Vec<(&'static str, &'static str, Value)> {
    let username = &account.username;
    let image = profile_image(url, username, now_secs);
    let link = format!("https://www.tiktok.com/@{username}");
    vec![
        ("username", "user.info.username", json!(username)),
        ("display_name", "user.info.basic", json!(account.display_name)),
        ("profile_image", "user.info.basic", json!(image)),
        ("profile_deep_link", "user.info.profile", json!(link)),
        ("bio_description", "user.info.profile", json!("A simulated shop")),
        ("is_verified", "user.info.profile", json!(false)),
        ("is_business_account", "user.account.type", json!(true)),
        ("followers_count", "user.info.stats", json!(1_200)),
        ("following_count", "user.info.stats", json!(34)),
        ("total_likes", "user.info.stats", json!(5_600)),
        ("videos_count", "user.info.stats", json!(78)),
    ]
}

/// A temporary image URL (protocol reference, section 2.5); here it leads to this simulator at `url`.
pub(crate) fn profile_image(url: &str, username: &str, now_secs: i64) -> String {
    const DAY_SECS: i64 = 86_400;
    let expires = now_secs + DAY_SECS;
    format!("{url}/cdn/avatar/{username}.png?x-expires={expires}")
}
