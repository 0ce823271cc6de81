//! Deliveries that fail: again, given up, made again, and endpoints that are disabled.

use anyhow::{Context, Result};
use end_to_end::eventually;
use serde_json::{Value, json};

use super::{
    receiver::Receiver,
    stage::{BEGIN, DAY, HOUR, MINUTE, Stage},
};

const FAILURE: &str = "500 Internal Server Error";

fn column<'a>(delivery: &'a Value, name: &str) -> Vec<&'a Value> {
    delivery["attempts"]
        .as_array()
        .map(|attempts| attempts.iter().map(|a| &a[name]).collect())
        .unwrap_or_default()
}

#[tokio::test]
async fn a_delivery_is_tried_again_under_its_id_until_it_succeeds() -> Result<()> {
    let elsewhere = Receiver::listen(&[]).await?;
    let redirect = format!("302 Found\r\nlocation: {}", elsewhere.url);
    let busy = "503 Service Unavailable\r\nretry-after: 7200";
    let receiver = Receiver::listen(&[FAILURE, busy, &redirect]).await?;
    let stage = Stage::open().await?;
    let (id, secret) = stage.add(&receiver.url).await?;
    stage.happen("shop").await?;
    stage.attempted(&id, 1).await?;
    stage.pass(MINUTE).await?;
    stage.attempted(&id, 2).await?;
    // The pause that it named, and not the schedule's.
    stage.pass(HOUR).await?;
    stage.happen("meanwhile").await?;
    receiver.told_times(3).await?;
    stage.pass(HOUR).await?;
    let told = receiver.told_times(5).await?;
    let first = told[0].id();
    let same: Vec<_> = told.iter().filter(|told| told.id() == first).collect();
    assert_eq!(same.len(), 3, "the other event was not held up, and this one not forgotten");
    assert!(same.iter().all(|told| told.body == same[0].body), "the same delivery with another content");
    let times: Vec<i64> =
        same.iter().map(|told| told.header("webhook-timestamp").parse()).collect::<Result<_, _>>()?;
    assert_eq!(times, [BEGIN, BEGIN + MINUTE, BEGIN + MINUTE + 2 * HOUR]);
    for told in &told {
        assert_eq!(told.header("webhook-signature"), told.signature(&secret)?);
    }
    let done = async || {
        let log = stage.log(&id).await?;
        Ok(log.into_iter().find(|d| d["webhook_id"] == first && d["state"] == "delivered"))
    };
    let done = eventually("the success", done).await?;
    assert_eq!(column(&done, "status_code"), [&json!(500), &json!(503), &json!(204)]);
    assert_eq!(column(&done, "error"), [&json!("status"), &json!("status"), &Value::Null]);
    // The redirection was the other event's, and nobody followed it.
    let other = stage.log(&id).await?.into_iter().find(|d| d["webhook_id"] != first).context("no other")?;
    assert_eq!(column(&other, "error")[0], "redirect");
    assert!(elsewhere.told().is_empty());
    stage.close().await
}

#[tokio::test]
async fn what_fails_for_three_days_is_a_dead_letter_that_can_be_replayed() -> Result<()> {
    let receiver = Receiver::listen(&[FAILURE; 4]).await?;
    let stage = Stage::open().await?;
    let (id, _) = stage.add(&receiver.url).await?;
    stage.happen("shop").await?;
    for attempt in 1..=3 {
        let pending = stage.attempted(&id, attempt).await?;
        assert_eq!(pending["state"], "pending");
        stage.pass(DAY).await?;
    }
    let dead = stage.attempted(&id, 4).await?;
    assert_eq!((&dead["state"], &dead["next_at"]), (&json!("dead"), &Value::Null));
    let replay =
        format!("/v1/webhook-endpoints/{id}/deliveries/{}/replay", dead["id"].as_str().context("id")?);
    let begun = stage.api.post(&replay, &json!({})).await?;
    assert_eq!((begun.status.as_u16(), &begun.body["state"]), (202, &json!("pending")));
    let done = stage.attempted(&id, 5).await?;
    assert_eq!((&done["state"], &done["webhook_id"]), (&json!("delivered"), &dead["webhook_id"]));
    // And everything from before, once more.
    let since = format!("/v1/webhook-endpoints/{id}/replay");
    let begun = stage.api.post(&since, &json!({"since": "2020-01-01T00:00:00Z"})).await?;
    assert_eq!(begun.status.as_u16(), 202);
    stage.attempted(&id, 6).await?;
    receiver.told_times(6).await?;
    stage.close().await
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_disabled_and_the_others_are_told() -> Result<()> {
    let (gone, other) = (Receiver::listen(&["410 Gone"]).await?, Receiver::listen(&[]).await?);
    let stage = Stage::open().await?;
    let (id, _) = stage.add(&gone.url).await?;
    stage.add(&other.url).await?;
    stage.happen("shop").await?;
    let told = other.told_times(2).await?.remove(1).json()?;
    assert_eq!((&told["type"], &told["data"]["endpoint"]), (&json!("webhook.disabled"), &json!(id)));
    let disabled = stage.endpoint(&id).await?;
    assert_eq!((&disabled["enabled"], &disabled["disabled_because"]), (&json!(false), &json!("gone")));
    assert_eq!(stage.log(&id).await?[0]["state"], "dead");

    // Nothing more is delivered until a person says so; then it goes on where it was.
    stage.happen("unheard").await?;
    other.told_times(3).await?;
    assert_eq!(gone.told().len(), 1);
    let path = format!("/v1/webhook-endpoints/{id}");
    let enabled =
        stage.api.request(reqwest::Method::PATCH, &path).json(&json!({"enabled": true})).send().await?;
    assert!(enabled.status().is_success());
    let told = gone.told_times(3).await?;
    assert_eq!(told[2].json()?["data"]["current"]["account"]["platform_id"], "unheard");
    stage.close().await
}

#[tokio::test]
async fn an_endpoint_at_which_everything_fails_for_five_days_is_disabled() -> Result<()> {
    let receiver = Receiver::listen(&[FAILURE; 4]).await?;
    let stage = Stage::open().await?;
    let (id, _) = stage.add(&receiver.url).await?;
    stage.happen("first").await?;
    stage.attempted(&id, 1).await?;
    stage.pass(4 * DAY).await?;
    stage.attempted(&id, 2).await?;
    let failing = stage.endpoint(&id).await?;
    assert_eq!(
        (&failing["enabled"], &failing["failing_since"]),
        (&json!(true), &json!("2027-01-15T08:00:00Z"))
    );
    stage.pass(DAY).await?;
    stage.happen("second").await?;
    let look = async || Ok(Some(stage.endpoint(&id).await?).filter(|endpoint| endpoint["enabled"] == false));
    let disabled = eventually("the end of patience", look).await?;
    assert_eq!(disabled["disabled_because"], "failing");
    stage.close().await
}

#[tokio::test]
async fn an_endpoint_that_does_not_listen_is_said_so() -> Result<()> {
    let receiver = Receiver::listen(&[]).await?;
    let url = receiver.url.clone();
    drop(receiver);
    let stage = Stage::open().await?;
    let (id, _) = stage.add(&url).await?;
    stage.happen("shop").await?;
    let failed = stage.attempted(&id, 1).await?;
    assert_eq!(
        (column(&failed, "error"), column(&failed, "status_code")),
        (vec![&json!("connect")], vec![&Value::Null])
    );
    stage.close().await
}
