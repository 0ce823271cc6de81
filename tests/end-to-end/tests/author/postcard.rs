//! The sibling with opposite capabilities, through the loader, in both isolations.

use anyhow::{Context, Result, bail};
use connector_api::{
    Account, ChannelConnector, ConnectorError, Content, Credentials, DeleteRequest, EditRequest, ErrorClass,
    EventPage, Medium, PollRequest, Secret, SendRequest, StartConversationRequest, Timestamp,
    UploadMediaRequest, WebhookRequest,
    capabilities::{
        Action, Context as Facts, Policy, Verdict, WindowLedger, check,
        document::{DeliveryWay, Support},
    },
};
use connector_loader::{ConnectorLibrary, Instance, Isolation, LoadPolicy, StartOptions};
use end_to_end::artifact;
use serde_json::json;

const NOW: Timestamp = Timestamp::from_seconds(1_767_225_600);

async fn library(isolation: Isolation) -> Result<ConnectorLibrary> {
    let mut policy = LoadPolicy::new(artifact("connector-worker")?);
    policy.isolation = Some(isolation);
    Ok(ConnectorLibrary::load(&artifact("libpostcard_connector.so")?, &policy).await?)
}

async fn start(isolation: Isolation) -> Result<Instance> {
    let settings = json!({"return_address": "1 Harbour Road"});
    Ok(library(isolation).await?.start(StartOptions::new("post", settings)).await?)
}

fn account() -> Account {
    Account::new("1 Harbour Road", Credentials::permanent(Secret::new("unused")))
}

fn sending(content: Content) -> SendRequest {
    SendRequest::new(account(), "Ana", content, "host-1")
}

async fn poll(post: &Instance, cursor: Option<String>) -> Result<EventPage, ConnectorError> {
    post.poll(PollRequest::new(NOW).with_cursor(cursor)).await
}

fn keys(page: &EventPage) -> Vec<&str> {
    page.events.iter().map(|event| event.dedup_key.as_str()).collect()
}

#[tokio::test]
async fn what_others_may_not_is_allowed_at_any_time() -> Result<()> {
    let library = library(Isolation::Process).await?;
    let document = library.document();
    let facts = Facts::new(NOW, WindowLedger::default());
    let fits = "ä".repeat(100);
    let allowed = [
        Action::StartConversation,
        Action::Broadcast,
        Action::SendKind("video"),
        Action::SendKind("voice"),
        Action::SendText(&fits),
    ];
    for action in allowed {
        let verdict = check(document, &facts, action, &Policy::EXACT);
        let permission = verdict.permission().with_context(|| format!("{action:?}: {verdict:?}"))?;
        assert_eq!((permission.costs, permission.left_after, permission.expires_at), (0, None, None));
    }
    let long = "ä".repeat(101);
    for (action, code) in [
        (Action::SendText(&long), "content.text_too_long"),
        (Action::SendKind("image"), "content.kind_unsupported"),
    ] {
        let Verdict::Denied { reasons } = check(document, &facts, action, &Policy::EXACT) else {
            bail!("{action:?} is allowed")
        };
        assert_eq!(reasons.iter().map(|r| r.code.as_str()).collect::<Vec<_>>(), [code]);
    }
    assert_eq!(
        (document.operations.edit.support, document.operations.delete.support),
        (Support::Native, Support::Native)
    );
    assert_eq!(document.delivery.by, DeliveryWay::Poll);
    assert!(document.windows.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_it_declares_works_through_the_boundary() -> Result<()> {
    for isolation in [Isolation::InProcess, Isolation::Process] {
        let post = start(isolation).await?;
        let hello = Content::text("hello");
        let begun =
            post.start_conversation(StartConversationRequest::new(account(), "Ana", hello, "host-1")).await?;
        assert_eq!(begun.conversation, "Ana");
        let first = begun.receipt.message_id.context("no id")?;

        let page = poll(&post, None).await?;
        assert_eq!(keys(&page), ["letter-1"], "{isolation:?}");
        assert_eq!(page.events[0].account, "1 Harbour Road", "no account was named");
        let seen = page.cursor.clone();
        assert_eq!(poll(&post, seen.clone()).await?.events, [], "nothing new");

        let video = UploadMediaRequest::new(account(), "video/mp4", vec![7; 100_000]);
        let medium = Medium::by_id("video", post.upload_media(video).await?.media_id);
        let second = post.send(sending(Content::Media(medium))).await?.message_id.context("no id")?;
        post.edit(EditRequest::new(account(), "Ana", &first, Content::text("bye"))).await?;
        post.delete(DeleteRequest::new(account(), "Ana", &second)).await?;
        assert_eq!(keys(&poll(&post, seen).await?), [""; 0], "what was taken back is not answered");
        let all = format!("{:?}", poll(&post, None).await?.events);
        assert!(all.contains("“bye”") && !all.contains("hello"), "{all}");

        let again = post
            .delete(DeleteRequest::new(account(), "Ana", &second))
            .await
            .err()
            .context("deleted twice")?;
        assert_eq!(again.class, ErrorClass::Refused);
        let image = sending(Content::Media(Medium::by_id("image", "medium-1")));
        assert_eq!(post.send(image).await.err().context("an image was sent")?.class, ErrorClass::Unsupported);
        let request = WebhookRequest::post(Vec::new(), Vec::new(), NOW);
        let webhook = tokio::task::block_in_place(|| post.try_receive(&request))?;
        assert_eq!((webhook.status, webhook.authentic), (404, false));
        post.shutdown().await;
    }
    Ok(())
}
