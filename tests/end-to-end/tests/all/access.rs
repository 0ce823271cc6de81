//! Who may ask, how often, in which way, and what is written down of it.

use anyhow::{Context, Result, ensure};
use end_to_end::{HostOptions, PATIENCE, SimulatorProcess};
use futures_util::FutureExt;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{Shop, ask};

const TRIES: usize = 500;

#[tokio::test]
async fn too_many_requests_of_a_key_and_too_many_failures_are_told_when_to_come_again() -> Result<()> {
    let few = |options: HostOptions| options.variable("JACKFIELD__LIMITS__REQUESTS_PER_SECOND", "1");
    let host = few(HostOptions::new()?.quiet()).start().await?;
    for (name, api) in [("asked", host.api().clone()), ("failed", host.api().with_key("jk_unknown"))] {
        let mut limited = None;
        for _ in 0..TRIES {
            let answer = ask(api.request(Method::GET, "/v1/session")).await?;
            if answer.status == 429 {
                limited = Some(answer);
                break;
            }
        }
        let limited = limited.with_context(|| format!("{name}: never limited"))?;
        limited.is_problem(name, 429, "request.rate_limited")?;
        ensure!(limited.header("retry-after").parse::<u64>()? >= 1, "{name}: no Retry-After");
    }
    host.stop().await
}

#[tokio::test]
async fn a_session_stands_for_its_key_and_only_pages_of_the_host_change_things_with_it() -> Result<()> {
    let host = HostOptions::new()?.quiet().start().await?;
    let (base, http) = (host.api().base().to_owned(), end_to_end::http_client());
    let url = format!("{base}/v1/session");
    let begin = |key: &str| http.post(&url).json(&json!({ "key": key }));
    ask(begin("jk_unknown")).await?.is_problem("a wrong key", 401, "auth.key_unknown")?;
    let foreign = begin(host.api().key()).header("origin", "http://evil.example");
    ask(foreign).await?.is_problem("another site", 403, "auth.origin")?;
    let begun = ask(begin(host.api().key()).header("origin", &base)).await?;
    ensure!(begun.status == 201 && begun.body["role"] == "admin", "{begun:?}");
    let set = begun.header("set-cookie").to_owned();
    ensure!(["HttpOnly", "SameSite=Strict", "Path=/"].iter().all(|part| set.contains(part)), "{set}");
    ensure!(!set.contains("Secure"), "no browser keeps it over HTTP: {set}");
    let cookie = set.split(';').next().context("no cookie")?.to_owned();

    let with = |request: RequestBuilder| request.header("cookie", &cookie);
    let who = ask(with(http.get(&url))).await?;
    ensure!(who.body["name"] == "demo" && who.body["accounts"] == Value::Null, "{who:?}");
    ensure!(who.body["ends_at"].is_string(), "{who:?}");
    let rebound = with(http.get(&url)).header("host", "evil.example");
    ask(rebound).await?.is_problem("a name that leads here", 403, "auth.host")?;
    let change = || with(http.delete(&url));
    ask(change()).await?.is_problem("no origin", 403, "auth.origin")?;
    let foreign = change().header("origin", "http://evil.example");
    ask(foreign).await?.is_problem("another site", 403, "auth.origin")?;
    ensure!(ask(change().header("origin", &base)).await?.status == 204, "it does not end");
    ask(with(http.get(&url))).await?.is_problem("an ended session", 401, "auth.session_ended")?;

    let begun = ask(begin(host.api().key())).await?;
    let cookie = begun.header("set-cookie").split(';').next().context("no cookie")?.to_owned();
    let key = begun.body["key"].as_str().context("no key")?.to_owned();
    ensure!(host.command(&["keys", "revoke", &key])?.output().await?.status.success(), "not revoked");
    let revoked = http.get(&url).header("cookie", &cookie);
    ask(revoked).await?.is_problem("a revoked key", 401, "auth.session_ended")?;
    host.stop().await
}

#[tokio::test]
async fn the_audit_log_says_who_changed_what_and_what_was_refused() -> Result<()> {
    let host = HostOptions::new()?.quiet().start().await?;
    let api = host.api();
    let made =
        host.command(&["keys", "create", "--name", "reader", "--role", "read", "--json"])?.output().await?;
    let reader: Value = serde_json::from_slice(&made.stdout)?;
    let (id, key) = (reader["id"].as_str().context("no id")?, reader["key"].as_str().context("no key")?);
    let path = "/v1/instances/nowhere/authorizations";
    let action = "POST /v1/instances/{name}/authorizations";
    api.with_key(key).post(path, &Value::Null).await?;
    api.post(path, &Value::Null).await?;

    let rows = |entries: Vec<Value>| -> Vec<[Value; 4]> {
        entries
            .into_iter()
            .map(|e| ["actor", "action", "target", "outcome"].map(|name| e[name].clone()))
            .collect()
    };
    let all = rows(api.items("/v1/audit").await?);
    let row = |actor: &str, outcome: &str| [actor, action, path, outcome].map(Value::from);
    assert_eq!(all[..2], [row("demo", "request.not_found"), row("reader", "auth.role_insufficient")]);
    assert_eq!(all[2], ["cli", "keys create", id, "done"].map(Value::from));
    assert_eq!(all.len(), 4, "{all:?}");
    let of_reader = rows(api.items(&format!("/v1/audit?actor={id}")).await?);
    assert_eq!(of_reader, [row("reader", "auth.role_insufficient")]);
    assert_eq!(api.items("/v1/audit?actor=cli&limit=1").await?.len(), 1);
    assert!(api.items("/v1/audit?since=9999-01-01T00:00:00Z").await?.is_empty());
    host.stop().await
}

#[tokio::test]
async fn events_end_for_whoever_has_lost_the_key() -> Result<()> {
    let host = HostOptions::new()?.quiet().start().await?;
    let made =
        host.command(&["keys", "create", "--name", "lost", "--role", "read", "--json"])?.output().await?;
    let lost: Value = serde_json::from_slice(&made.stdout)?;
    let (id, key) = (lost["id"].as_str().context("no id")?, lost["key"].as_str().context("no key")?);
    let (base, http) = (host.api().base().to_owned(), end_to_end::http_client());
    let session = format!("{base}/v1/session");
    let begun = ask(http.post(&session).json(&json!({"key": host.api().key()}))).await?;
    let cookie = begun.header("set-cookie").split(';').next().context("no cookie")?.to_owned();

    let events = format!("{base}/v1/events");
    let of_key = http.get(&events).bearer_auth(key).send().await?;
    let of_session = http.get(&events).header("cookie", &cookie).send().await?;
    let mut of_others = host.api().request(Method::GET, "/v1/events").send().await?;
    ensure!(host.command(&["keys", "revoke", id])?.output().await?.status.success(), "not revoked");
    let end = http.delete(&session).header("cookie", &cookie).header("origin", &base);
    ensure!(ask(end).await?.status == 204, "the session does not end");

    // A body that ends without an error.
    let ended = async { tokio::try_join!(of_key.text(), of_session.text()) };
    tokio::time::timeout(PATIENCE, ended).await.context("they go on")??;
    ensure!(of_others.chunk().now_or_never().is_none(), "it ended for others, too");
    host.stop().await
}

#[tokio::test]
async fn an_admin_of_some_accounts_decides_about_these() -> Result<()> {
    let two = SimulatorProcess::start_with(&["--account", "one=first", "--account", "two=second"]).await?;
    let shop = Shop::open_with(two, Ok).await?;
    let conversation = shop.asked_by("ana").await?;
    let contact = shop.conversation(&conversation).await?["contact"]["id"].clone();
    let contact = contact.as_str().context("no contact")?;
    let accounts = shop.api().items("/v1/accounts").await?;
    let account = accounts[0]["id"].as_str().context("no id")?;
    let create = ["keys", "create", "--name", "of one", "--role", "admin", "--account", account, "--json"];
    let made: Value = serde_json::from_slice(&shop.host.command(&create)?.output().await?.stdout)?;
    let api = shop.api().with_key(made["key"].as_str().context("no key")?);

    let of = |what: &str| format!("/v1/accounts/{account}/{what}");
    api.post(&of("pause"), &json!({"reason": "holidays"})).await?.success()?;
    api.post(&of("unpause"), &Value::Null).await?.success()?;
    let layer = api.request(Method::PUT, &of("layer")).json(&json!({"region": "BR"}));
    ensure!(ask(layer).await?.body["region"] == "BR", "no layer");
    let exported = api.get("/v1/export").await?.success()?;
    ensure!(exported.as_str().is_some_and(|lines| lines.contains("ana asks for help")), "{exported}");
    let erased = ask(api.request(Method::DELETE, &format!("/v1/contacts/{contact}"))).await?;
    ensure!(erased.body["messages"] == 1, "{erased:?}");

    // The owner connects the account that it is about again, and no other one with this key.
    for (key, business, status) in [(&api, "one", 200), (&api, "two", 409), (shop.api(), "two", 200)] {
        let begun = key.post(&of("authorizations"), &Value::Null).await?.success()?;
        let page = format!("{}&business={business}", begun["url"].as_str().context("no page")?);
        let answer = ask(end_to_end::http_client().get(page)).await?;
        ensure!(answer.status == status, "{business}: {answer:?}");
    }
    ensure!(api.items("/v1/accounts").await?.len() == 1, "it sees more than its account");
    ensure!(shop.api().items("/v1/accounts").await?.len() == 2, "the other one is not connected");
    let removed = ask(api.request(Method::DELETE, &format!("/v1/accounts/{account}"))).await?;
    ensure!(removed.status == 204, "{removed:?}");
    shop.close().await
}
