//! Each answer that the platform can give to a send, and what becomes of the message. What no platform can bring about,
//! such as a panic, is in `loading` and `containment`.

use anyhow::Result;
use serde_json::{Value, json};

use crate::support::{Shop, statuses};

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// It arrives.
    Sent,
    /// It is refused, not tried again, and holds the line.
    Failed(&'static str),
    /// It is tried again, for this reason, and arrives.
    Retried(&'static str),
    /// Nobody knows, and it is not tried again.
    Uncertain(&'static str),
    /// Nobody knows, until the platform reports it back.
    Settled(&'static str),
}

use Outcome::{Failed, Retried, Sent, Settled, Uncertain};

impl Outcome {
    fn statuses(self) -> &'static [&'static str] {
        match self {
            Sent => &["queued", "sending", "sent", "delivered"],
            Failed(_) => &["queued", "sending", "failed"],
            Retried(_) => &["queued", "sending", "queued", "sending", "sent", "delivered"],
            Uncertain(_) => &["queued", "sending", "uncertain"],
            Settled(_) => &["queued", "sending", "uncertain", "sent", "delivered"],
        }
    }

    /// The reason of the third step.
    fn code(self) -> Value {
        match self {
            Sent => Value::Null,
            Failed(code) | Retried(code) | Uncertain(code) | Settled(code) => code.into(),
        }
    }

    fn accepted(self) -> usize {
        usize::from(!matches!(self, Failed(_) | Uncertain(_)))
    }
}

fn code(code: i64) -> Option<Value> {
    Some(json!({"kind": "code", "code": code, "message": "simulated"}))
}

fn fault(kind: &str) -> Option<Value> {
    Some(json!({"kind": kind}))
}

fn table() -> Vec<(&'static str, Option<Value>, Outcome)> {
    let unknown = "outcome.unknown";
    vec![
        ("accepted", None, Sent),
        ("the rules for direct messages", code(40_064), Failed("window.refused")),
        ("a malformed request", code(40_002), Failed("content.rejected")),
        ("an unknown conversation", code(40_007), Failed("platform.not_found")),
        ("a missing permission", code(40_001), Failed("auth.scope_missing")),
        ("a blocked app", code(40_113), Failed("access.denied")),
        ("maintenance", code(60_001), Retried("platform.unavailable")),
        ("too many requests", code(40_100), Retried("rate.limited")),
        ("too many requests of a minute", code(40_016), Retried("rate.limited")),
        ("a token past its life", code(40_102), Sent),
        ("a token of nobody", code(40_105), Sent),
        ("an HTML page with 502", fault("bad-gateway"), Uncertain(unknown)),
        ("an empty answer", fault("empty-body"), Uncertain(unknown)),
        ("a closed connection", fault("drop-before-accept"), Uncertain(unknown)),
        ("a fault of the service", code(50_000), Uncertain(unknown)),
        ("a fault of the message service", code(51_065), Uncertain(unknown)),
        ("a repetition", code(40_050), Uncertain(unknown)),
        ("a partial success", code(20_001), Uncertain(unknown)),
        ("a code of a later time", code(77_777), Uncertain(unknown)),
        ("accepted without an id", fault("accept-without-id"), Settled(unknown)),
        ("accepted, and the answer lost", fault("drop-after-accept"), Settled(unknown)),
    ]
}

#[tokio::test]
async fn each_answer_to_a_send_has_its_outcome() -> Result<()> {
    let shop = Shop::open().await?;
    let mut messages = Vec::new();
    for (name, fault, outcome) in table() {
        let conversation = shop.asked_by(name).await?;
        if let Some(mut fault) = fault {
            if fault["kind"] == "drop-after-accept" {
                fault["echo"] = true.into();
            }
            shop.next_send(fault).await?;
        }
        let message = shop.send(&conversation, name).await?;
        // The next fault is for the next message, and not for another try of this one.
        let came_back = match outcome {
            Sent | Retried(_) => shop.reaches(&message, "delivered").await.map(drop),
            Failed(_) | Uncertain(_) | Settled(_) => shop.tried(&message).await,
        };
        came_back.map_err(|error| error.context(name))?;
        messages.push((name, outcome, conversation, message));
    }
    for (name, outcome, conversation, message) in &messages {
        let last = outcome.statuses().last().copied().unwrap_or_default();
        let found = shop.reaches(message, last).await.map_err(|error| error.context(*name))?;
        assert_eq!(statuses(&found), outcome.statuses(), "{name}");
        assert_eq!(found["history"][2]["reason"]["code"], outcome.code(), "{name}");
        let held = &shop.conversation(conversation).await?["held_by"];
        let holds = matches!(outcome, Failed(_));
        assert_eq!(held, &if holds { json!(message) } else { Value::Null }, "{name}");
    }
    shop.others_go_on("somebody else").await?;
    for (name, outcome, _, message) in &messages {
        assert_eq!(shop.accepted(name).await?, outcome.accepted(), "{name}: not as often as it was sent");
        assert_eq!(statuses(&shop.message(message).await?), outcome.statuses(), "{name}");
    }
    assert_eq!(shop.renewals()?, 2, "each refused token is renewed once");
    shop.close().await
}

#[tokio::test]
async fn an_answer_past_its_deadline_is_uncertain_and_holds_the_line() -> Result<()> {
    let limits = "[limits]\ncall_deadline_ms = 2000\n";
    let simulator = end_to_end::SimulatorProcess::start().await?;
    let shop = Shop::open_with(simulator, |options| Ok(options.configure(limits))).await?;
    shop.simulator.control("settings", &json!({"echo": "off"})).await?;
    let conversation = shop.asked_by("ana").await?;
    shop.next_send(json!({"kind": "slow", "millis": 4_000})).await?;
    let late = shop.send(&conversation, "late").await?;
    let behind = shop.send(&conversation, "behind").await?;
    let uncertain = shop.reaches(&late, "uncertain").await?;
    assert_eq!(uncertain["reason"]["code"], "connector.late");
    assert_eq!(shop.message(&behind).await?["status"], "queued");
    shop.close().await
}
