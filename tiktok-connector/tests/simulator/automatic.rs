//! Welcome message, suggested questions and chat prompts, from the first to the last call.

use connector_api::{
    AutomaticAction, AutomaticMessages, AutomaticMessagesRequest, AutomaticText, ChannelConnector,
    ConnectorError, ErrorClass, EventKind, Review,
};
use tiktok_simulator::AuditStatus;

use crate::shop::Shop;

async fn act(shop: &Shop, kind: &str, action: AutomaticAction) -> Result<AutomaticMessages, ConnectorError> {
    shop.tiktok.automatic_messages(AutomaticMessagesRequest::new(shop.account.clone(), kind, action)).await
}

async fn made(shop: &Shop, kind: &str, text: &AutomaticText) -> String {
    let made = act(shop, kind, AutomaticAction::Create { text: text.clone() }).await.expect("made");
    made.changed.expect("an id")
}

fn text(title: &str, text: &str) -> AutomaticText {
    AutomaticText::new((!title.is_empty()).then(|| title.to_owned()), text)
}

#[tokio::test]
async fn each_kind_is_made_reviewed_changed_listed_and_switched() {
    let table = [
        ("welcome_message", text("", "Welcome!"), text("", "Welcome back!")),
        ("suggested_question", text("Do you ship?", "Yes."), text("Do you ship?", "Everywhere.")),
        ("chat_prompt", text("Hours", "When are you open?"), text("Hours", "Are you open?")),
    ];
    for (kind, first, second) in table {
        let shop = Shop::open().await;
        let id = made(&shop, kind, &first).await;
        let listed = || async {
            let listed = act(&shop, kind, AutomaticAction::List).await.expect("listed");
            let messages: Vec<_> = listed.messages.into_iter().map(|one| (one.text, one.review)).collect();
            (listed.enabled, messages)
        };
        assert_eq!(listed().await, (Some(true), vec![(first, Review::Reviewing)]));
        shop.sim.business().reviews(&id, AuditStatus::Rejected).await.expect("reviewed");
        assert_eq!(listed().await.1[0].1, Review::Rejected);
        let update = AutomaticAction::Update { id: id.clone(), text: second.clone() };
        assert_eq!(act(&shop, kind, update).await.expect("changed").changed, Some(id.clone()));
        shop.sim.business().reviews(&id, AuditStatus::Approved).await.expect("reviewed");
        let off = act(&shop, kind, AutomaticAction::Switch { enabled: false }).await.expect("switched");
        assert_eq!(off.enabled, Some(false));
        assert_eq!(listed().await, (Some(false), vec![(second, Review::Approved)]));
        let changes: Vec<String> = shop
            .arrived()
            .into_iter()
            .filter_map(|event| match event.kind {
                EventKind::AutomaticMessageChanged { kind: told, change, .. } if told == kind => Some(change),
                _ => None,
            })
            .collect();
        let updated: &[&str] = if kind == "welcome_message" { &["deleted", "created"] } else { &["updated"] };
        assert_eq!(changes, [&["created", "rejected"], updated, &["approved", "disabled"]].concat());
        shop.close();
    }
}

#[tokio::test]
async fn questions_and_prompts_are_removed_and_prompts_are_sorted() {
    let shop = Shop::open().await;
    let question = made(&shop, "suggested_question", &text("Do you ship?", "Yes.")).await;
    let one = made(&shop, "chat_prompt", &text("One", "1")).await;
    let two = made(&shop, "chat_prompt", &text("Two", "2")).await;
    act(&shop, "suggested_question", AutomaticAction::Delete { id: question }).await.expect("removed");
    act(&shop, "chat_prompt", AutomaticAction::Sort { ids: vec![two.clone(), one.clone()] })
        .await
        .expect("sorted");
    let listed = act(&shop, "chat_prompt", AutomaticAction::List).await.expect("listed");
    assert_eq!(listed.messages.into_iter().map(|message| message.id).collect::<Vec<_>>(), [two, one]);
    let listed = act(&shop, "suggested_question", AutomaticAction::List).await.expect("listed");
    assert_eq!(listed.messages, []);
    shop.close();
}

#[tokio::test]
async fn what_tiktok_has_no_call_for_is_unsupported_and_not_asked() {
    let shop = Shop::open().await;
    let id = String::from("1");
    let table = [
        ("welcome_message", AutomaticAction::Delete { id }),
        ("welcome_message", AutomaticAction::Sort { ids: Vec::new() }),
        ("suggested_question", AutomaticAction::Sort { ids: Vec::new() }),
        ("chat_prompt", AutomaticAction::Unknown),
        ("auto_reply", AutomaticAction::List),
    ];
    for (kind, action) in table {
        let error = act(&shop, kind, action.clone()).await.expect_err("unsupported");
        assert_eq!(error.class, ErrorClass::Unsupported, "{kind} {action:?}");
    }
    for (kind, text) in [("welcome_message", text("a title", "a")), ("chat_prompt", text("", "a"))] {
        let error = act(&shop, kind, AutomaticAction::Create { text }).await.expect_err("invalid");
        assert_eq!(error.class, ErrorClass::Invalid, "{kind}");
    }
    shop.close();
}
