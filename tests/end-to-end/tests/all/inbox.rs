//! What colleagues do in the inbox besides answering, through the API of a running host.

use anyhow::{Context, Result, ensure};
use end_to_end::{Answer, eventually};
use futures_util::future::try_join_all;
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::support::Shop;

impl Shop {
    /// Changes a conversation; with the tag that it was read with, where one is given.
    async fn patch(
        &self,
        id: &str,
        tag: Option<&str>,
        change: &Value,
    ) -> Result<(StatusCode, String, Value)> {
        let request = self.api().request(Method::PATCH, &format!("/v1/conversations/{id}")).json(change);
        let request = tag.iter().fold(request, |request, tag| request.header(header::IF_MATCH, *tag));
        let response = request.send().await?;
        let tag = response.headers().get(header::ETAG).map(|tag| tag.to_str().map(str::to_owned));
        Ok((response.status(), tag.transpose()?.unwrap_or_default(), response.json().await?))
    }

    async fn found(&self, text: &str) -> Result<Vec<Value>> {
        self.api().items(&format!("/v1/search?q={text}")).await
    }
}

fn code(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.body["code"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn who_came_by_an_ad_is_known_by_it_in_the_inbox() -> Result<()> {
    let shop = Shop::open().await?;
    let by = json!({"source": "ad", "ad_id": "1", "ad_name": "Spring", "advertiser_id": "2"});
    shop.simulator.control("customer/arrives", &json!({"customer": "ana", "by": by})).await?;
    let conversation = shop.asked_by("ana").await?;
    shop.asked_by("ben").await?;
    let look = || async {
        let conversation = shop.conversation(&conversation).await?;
        Ok((!conversation["referral"].is_null()).then_some(conversation))
    };
    let ana = eventually("the referral", look).await?;
    for referral in [&ana["referral"], &ana["contact"]["referral"]] {
        assert_eq!((&referral["source"], &referral["ad_id"]), (&json!("ad"), &json!("1")));
    }
    let by_ad = shop.api().items("/v1/conversations?referral=ad").await?;
    assert_eq!((by_ad.len(), &by_ad[0]["id"]), (1, &ana["id"]));
    assert!(shop.api().items("/v1/conversations?referral=short_link").await?.is_empty());
    let all = shop.api().items(&format!("/v1/conversations/{conversation}/referrals")).await?;
    assert_eq!((all.len(), &all[0]["ad_name"]), (1, &json!("Spring")));
    let contact = ana["contact"]["id"].as_str().context("no contact")?;
    let contact = shop.api().get(&format!("/v1/contacts/{contact}")).await?.success()?;
    assert_eq!(contact, ana["contact"]);
    assert_eq!(shop.api().items("/v1/contacts").await?.len(), 2);
    shop.close().await
}

#[tokio::test]
async fn colleagues_assign_label_close_and_snooze_without_overwriting_each_other() -> Result<()> {
    let shop = Shop::open().await?;
    let id = shop.asked_by("ana").await?;
    let take = json!({"assignee": "kim", "labels": ["vip", "refund", "vip"]});
    let (status, first, taken) = shop.patch(&id, None, &take).await?;
    assert_eq!(
        (status, &taken["assignee"], &taken["labels"]),
        (StatusCode::OK, &json!("kim"), &json!(["refund", "vip"]))
    );
    let (status, second, _) = shop.patch(&id, Some(&first), &json!({"state": "closed"})).await?;
    assert_eq!(status, StatusCode::OK);
    let (status, _, problem) = shop.patch(&id, Some(&first), &json!({"assignee": "lee"})).await?;
    assert_eq!((status, &problem["code"]), (StatusCode::PRECONDITION_FAILED, &json!("conversation.changed")));
    assert_eq!(shop.api().items("/v1/conversations?state=closed&assignee=kim&label=vip").await?.len(), 1);
    for malformed in [
        json!({"state": "snoozed"}),
        json!({"state": "open", "snoozed_until": "2999-01-01T00:00:00Z"}),
        json!({"state": "snoozed", "snoozed_until": "2001-01-01T00:00:00Z"}),
        json!({"assignee": " "}),
        json!({"labels": ["x".repeat(65)]}),
        json!({"labels": (0..51).map(|n| n.to_string()).collect::<Vec<_>>()}),
        json!({"colour": "red"}),
    ] {
        let (status, _, problem) = shop.patch(&id, None, &malformed).await?;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::BAD_REQUEST, &json!("request.malformed")),
            "{malformed}"
        );
    }
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_millis(300);
    let snooze = json!({"state": "snoozed", "snoozed_until": soon, "assignee": null});
    let (status, _, snoozed) = shop.patch(&id, Some(&second), &snooze).await?;
    assert_eq!(
        (status, &snoozed["state"], &snoozed["assignee"]),
        (StatusCode::OK, &json!("snoozed"), &Value::Null)
    );
    let opened = || async { Ok((shop.conversation(&id).await?["state"] == "open").then_some(())) };
    eventually("the end of the snooze", opened).await?;
    assert_eq!(shop.conversation(&id).await?["unread"], 1);
    let read = shop.api().post(&format!("/v1/conversations/{id}/read"), &Value::Null).await?.success()?;
    assert_eq!(read["unread"], 0);
    let notes = format!("/v1/conversations/{id}/notes");
    let note = shop.api().post(&notes, &json!({"text": "wants a refund"})).await?.success()?;
    assert_eq!(note["author"], "demo");
    assert_eq!(shop.api().items(&notes).await?, [note]);
    assert_eq!(code(&shop.api().post(&notes, &json!({"text": " "})).await?), (400, "request.malformed"));
    shop.close().await
}

#[tokio::test]
async fn a_replay_verifies_what_is_kept_and_tells_nothing_twice() -> Result<()> {
    let shop = Shop::open().await?;
    let conversation = shop.asked_by("ana").await?;
    let before = shop.messages(&conversation).await?;
    let since = json!({"since": "2000-01-01T00:00:00Z"});
    let report = shop.api().post("/v1/replay", &since).await?.success()?;
    assert_eq!(report["payloads"], shop.payloads()?, "{report}");
    assert!(report["known"].as_u64() > Some(0), "{report}");
    for nothing in ["applied", "unrouted", "unverified", "failed"] {
        assert_eq!(report[nothing], 0, "{nothing}: {report}");
    }
    let rest = json!({"since": "2000-01-01T00:00:00Z", "after": report["next"]});
    assert_eq!(shop.api().post("/v1/replay", &rest).await?.success()?["next"], Value::Null);
    assert_eq!(shop.messages(&conversation).await?, before);

    // What is lost comes back, because the raw body is still there.
    let writable = rusqlite::Connection::open(shop.host.folder().join("jackfield.db"))?;
    writable
        .execute_batch("PRAGMA busy_timeout = 5000; DELETE FROM status_changes; DELETE FROM messages;")?;
    let report = shop.api().post("/v1/replay", &since).await?.success()?;
    assert_eq!(report["applied"], before.len(), "{report}");
    let after = shop.messages(&conversation).await?;
    assert_eq!(after[0]["platform_id"], before[0]["platform_id"]);
    assert_eq!(
        code(&shop.api().post("/v1/replay", &json!({"since": "x"})).await?),
        (400, "request.malformed")
    );
    shop.close().await
}

#[tokio::test]
async fn a_contact_is_exported_and_erased() -> Result<()> {
    let shop = Shop::open().await?;
    let conversation = shop.asked_by("ana").await?;
    shop.asked_by("ben").await?;
    let response = shop.api().request(Method::GET, "/v1/export").send().await?;
    ensure!(response.status().is_success(), "{}", response.status());
    let text = response.text().await?;
    let lines = text.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
    let count = |kind: &str| lines.iter().filter(|line| line["type"] == kind).count();
    let kinds = ["account", "contact", "conversation", "message"];
    assert_eq!(kinds.map(count), [1, 2, 2, 2]);
    assert!(!text.contains("credentials"));
    let command = shop.host.command(&["export"])?.output().await?;
    assert_eq!(String::from_utf8(command.stdout)?, text, "the command writes the same while the host runs");

    assert_eq!(shop.found("ana").await?.len(), 2, "the name and the message");
    let contact = shop.conversation(&conversation).await?["contact"]["id"].clone();
    let path = format!("/v1/contacts/{}", contact.as_str().context("no contact")?);
    let erase = || shop.api().request(Method::DELETE, &path).send();
    let erased: Value = erase().await?.error_for_status()?.json().await?;
    assert_eq!((&erased["conversations"], &erased["messages"]), (&json!(1), &json!(1)));
    assert_eq!(erase().await?.status(), StatusCode::NOT_FOUND);
    assert!(shop.found("ana").await?.is_empty());
    assert_eq!(shop.found("ben%20asks").await?.len(), 1);
    shop.close().await
}

#[tokio::test]
async fn a_backup_of_a_running_host_is_restored_while_none_runs() -> Result<()> {
    let shop = Shop::open().await?;
    shop.asked_by("ana").await?;
    let backup = shop.host.command(&["backup", "copy.db"])?.output().await?;
    ensure!(backup.status.success(), "{}", String::from_utf8_lossy(&backup.stderr));
    let restore = shop.host.command(&["restore", "copy.db"])?.output().await?;
    assert!(!restore.status.success(), "a host runs");
    let copy = rusqlite::Connection::open(shop.host.folder().join("copy.db"))?;
    let messages: i64 = copy.query_row("SELECT count(*) FROM messages", [], |row| row.get(0))?;
    assert_eq!(messages, 1);
    shop.close().await
}

#[tokio::test]
async fn a_burst_of_a_new_customer_makes_one_contact_and_one_conversation() -> Result<()> {
    let shop = Shop::open().await?;
    let says = (0..40).map(|n| {
        let content = json!({"conversation_id": "new", "message_id": format!("m{n}"), "type": "text",
                             "text": {"body": format!("burst {n}")}});
        let raw = json!({"event": "im_receive_msg", "customer": "ana", "content": content});
        let simulator = &shop.simulator;
        async move { simulator.control("webhook/raw", &raw).await }
    });
    try_join_all(says).await?;
    let arrived = || async { Ok((shop.found("burst").await?.len() == 40).then_some(())) };
    eventually("every message of the burst", arrived).await?;
    assert_eq!(shop.api().items("/v1/contacts").await?.len(), 1);
    let conversations = shop.api().items("/v1/conversations").await?;
    assert_eq!((conversations.len(), &conversations[0]["unread"]), (1, &json!(40)));
    shop.close().await
}
