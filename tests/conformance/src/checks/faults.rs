//! Whether conversations stay straight while the platform fails.

use connector_api::{
    CapabilityDocument, ChannelConnector, ConnectorError, Content, ErrorClass, EventKind, Receipt,
    RefreshAuthorizationRequest, SendRequest,
    capabilities::document::{Authorization, Signal as StatusSignal},
    operation::{Operation, Send},
};
use serde_json::json;

use super::platform::{none, outcome, platform};
use crate::{
    Finding, Outcome,
    platform::{FakePlatform, conversation_of, told},
    report::word as word_of,
    subject::Subject,
    suite::{Check, Running, table},
};

pub(crate) static CHECKS: &[Check] = table![
    "conversation.echoes", 5, "what was sent is echoed under the id that the send had",
        "the host recognises its own messages by it", "answer the id that the echo will have", echoes;
    "conversation.reads", 5, "what the customer has read is told", "people see it",
        "compare receive with what the platform posts", reads;
    "conversation.duplicates", 5, "an event that is delivered twice has one key",
        "platforms deliver again", "make the key of the platform's id", duplicates;
    "conversation.faults", 5, "each failure of the platform is told as what it is",
        "an uncertain send that is told as refused is sent twice",
        "say Uncertain where nobody knows, and nothing else where somebody does", faults;
    "conversation.expiry", 5, "an access token that has ended is told as that, and a renewed one works",
        "the host renews and tries again", "answer CredentialsExpired", expiry;
    "conversation.disconnection", 5, "once the owner takes the consent back, that is told, and a send fails as CredentialsRevoked or CredentialsExpired",
        "a person has to connect the account again", "answer CredentialsRevoked", disconnection;
    "conversation.operation-faults", 5, "each failure of the platform is told as what it is by operations beside sending, and nothing is done twice",
        "an answer to a comment that is told as refused is written again",
        "say Uncertain where nobody knows, and nothing else where somebody does", super::operation_faults::faults;
    "conversation.revocation", 5, "the right to act for an account is given back, and then nothing is sent for it",
        "an operator takes an account out", "call the platform's own revocation", super::platform::rights::revokes;
    "conversation.no-rule-broken", 5, "none of all requests broke a rule of the platform",
        "platforms block applications that do", "the judge names the request and the rule", super::platform::no_rule_broken;
];

type Found = Result<Option<Outcome>, String>;

super::platform::with_platform! {
    echoes => told_later::echoes;
    reads => told_later::reads;
    duplicates => told_later::duplicates;
    expiry => consent::expiry;
    disconnection => consent::disconnection;
}

type Sent = Result<Receipt, ConnectorError>;

async fn send(platform: &FakePlatform, customer: &str) -> Result<(String, Sent), String> {
    let event = platform.says(customer, "hello").await?;
    let conversation = conversation_of(&event);
    platform.paced().await;
    let account = platform.account().await;
    let request = SendRequest::new(account, &conversation, Content::text("conformance"), "message-1");
    Ok((conversation, platform.instance.send(request).await))
}

/// What became of a send, in one word.
fn word(sent: &Sent) -> String {
    match sent {
        Ok(receipt) if receipt.message_id.is_some() => "sent".to_owned(),
        Ok(_) => "sent_without_id".to_owned(),
        Err(error) => word_of(&error.class),
    }
}

fn faults(subject: &Subject) -> Running<'_> {
    Box::pin(async move {
        let platform = match platform(subject).await {
            Ok(platform) => platform,
            Err(outcome) => return outcome,
        };
        let scripted = subject.samples.platform.iter().flat_map(|script| &script.faults);
        let of_sends: Vec<_> = scripted.filter(|fault| fault.operation == Send::NAME).collect();
        if of_sends.is_empty() {
            return Outcome::Skipped("conformance.json names no faults".to_owned());
        }
        let mut found = Vec::new();
        for (number, fault) in of_sends.into_iter().enumerate() {
            let customer = format!("fault-{number}");
            // They write before it breaks.
            let tried = async {
                platform.says(&customer, "before").await?;
                platform.control("faults", &fault.fault).await?;
                let sent = send(platform, &customer).await;
                platform.mend().await?;
                sent
            };
            let text = match tried.await {
                Ok((_, sent)) if fault.send_is.contains(&word(&sent)) => continue,
                Ok((_, sent)) => {
                    let (word, wanted) = (word(&sent), fault.send_is.join(" or "));
                    let detail = sent.err().map(|error| format!(" ({error})")).unwrap_or_default();
                    format!("{}: a send is told as {word}{detail}, and not as {wanted}", fault.name)
                }
                Err(why) => format!("{}: {why}", fault.name),
            };
            found.push(Finding::new(text));
        }
        Outcome::of(found)
    })
}

mod told_later {
    use super::*;

    pub(super) async fn echoes(platform: &FakePlatform, document: &CapabilityDocument) -> Found {
        let is_echoed =
            document.statuses.iter().any(|rule| rule.available && rule.signal == StatusSignal::Echo);
        if !is_echoed {
            return none("no status comes from an echo");
        }
        let (conversation, sent) = send(platform, "echoes").await?;
        let id = sent.map_err(|error| error.to_string())?.message_id.unwrap_or_default();
        let is_echo = |event: &connector_api::Event| match &event.kind {
            EventKind::MessageEchoed { message, conversation: place, .. } => {
                message.id == id && *place == conversation
            }
            _ => false,
        };
        platform.arrives("the echo of a message", is_echo).await?;
        Ok(None)
    }

    pub(super) async fn reads(platform: &FakePlatform, document: &CapabilityDocument) -> Found {
        let is_read =
            document.statuses.iter().any(|rule| rule.available && rule.signal == StatusSignal::ReadReceipt);
        if !is_read {
            return none("no status comes from a read receipt");
        }
        let (wanted, sent) = send(platform, "reads").await?;
        sent.map_err(|error| error.to_string())?;
        platform.control("customer/reads", &json!({"customer": "reads"})).await?;
        let is_mark = |event: &connector_api::Event| match &event.kind {
            EventKind::ConversationRead { conversation, .. } => *conversation == wanted,
            _ => false,
        };
        platform.arrives("a read receipt", is_mark).await?;
        Ok(None)
    }

    pub(super) async fn duplicates(platform: &FakePlatform, _: &CapabilityDocument) -> Found {
        let said =
            platform.control("customer/says", &json!({"customer": "duplicates", "text": "once"})).await?;
        let id = said["message_id"].clone();
        let first = platform.arrives("a message", |event| told(event)["message"]["id"] == id).await?;
        let before = platform.arrived();
        platform.control("webhook/redeliver", &json!({"event_id": said["event_id"]})).await?;
        let is_same = |event: &connector_api::Event| told(event)["message"]["id"] == id;
        let again = platform.arrives_after(before, "the same event once more", is_same).await?;
        if again.dedup_key == first.dedup_key {
            Ok(None)
        } else {
            Err("the same message has two keys".to_owned())
        }
    }
}

mod consent {
    use super::*;

    pub(super) async fn expiry(platform: &FakePlatform, document: &CapabilityDocument) -> Found {
        if document.authorization != Authorization::Consent {
            return none("the channel needs no consent");
        }
        platform.control("tokens/expire", &json!({})).await?;
        let (_, sent) = send(platform, "expiry").await?;
        if word(&sent) != "credentials_expired" {
            return Err(format!("a send is told as {}", word(&sent)));
        }
        platform.paced().await;
        let request = RefreshAuthorizationRequest::new(platform.account().await, platform.now());
        let renewed =
            platform.instance.refresh_authorization(request).await.map_err(|error| error.to_string())?;
        *platform.account.lock().await = renewed.account;
        let (_, sent) = send(platform, "expiry").await?;
        sent.map(|_| None).map_err(|error| format!("after the renewal: {error}"))
    }

    pub(super) async fn disconnection(platform: &FakePlatform, document: &CapabilityDocument) -> Found {
        if document.authorization != Authorization::Consent {
            return none("the channel needs no consent");
        }
        let event = platform.says("disconnection", "hello").await?;
        platform.control("tokens/disconnect", &json!({"reason": 1})).await?;
        let is_end =
            |event: &connector_api::Event| matches!(event.kind, EventKind::AccountDisconnected { .. });
        platform.arrives("the end of the consent", is_end).await?;
        platform.paced().await;
        let conversation = conversation_of(&event);
        let request = SendRequest::new(
            platform.account().await,
            conversation,
            Content::text("conformance"),
            "message-1",
        );
        match platform.instance.send(request).await {
            Err(error)
                if matches!(error.class, ErrorClass::CredentialsRevoked | ErrorClass::CredentialsExpired) => {
            }
            other => return Err(format!("a send afterwards is told as {}", word(&other))),
        }
        let account = platform.consent().await?;
        *platform.account.lock().await = account;
        let (_, sent) = send(platform, "disconnection").await?;
        sent.map(|_| None).map_err(|error| format!("connected again: {error}"))
    }
}
