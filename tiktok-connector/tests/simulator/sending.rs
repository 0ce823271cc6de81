//! Everything that can be sent.

use connector_api::{
    AnswerCommentRequest, CardButton, ChannelConnector, CommentAnswersRequest, Content, ErrorClass,
    EventKind, Medium, QuestionCard, SharedPost, Signal, SignalRequest, UploadMediaRequest,
};
use tiktok_simulator::{AccountConfig, SimulatorConfig};

use crate::{media::PNG, shop::Shop};

pub(crate) fn card(layout: &str) -> Content {
    let id = |id: &str| Some(id.to_owned());
    let buttons = vec![CardButton::new("Track parcel", id("track")), CardButton::new("Human", None)];
    Content::QuestionCard(QuestionCard::new(layout, "What do you need?", buttons))
}

#[tokio::test]
async fn every_kind_that_tiktok_takes_is_sent() {
    let shop = Shop::open().await;
    let conversation = shop.asked_by("ana").await;
    let request = UploadMediaRequest::new(shop.account.clone(), "image/png", PNG.to_vec());
    let picture = shop.tiktok.upload_media(request).await.expect("uploaded");
    assert_eq!(picture.valid_seconds, Some(2_592_000));
    let contents = [
        Content::text("Your order left — \"the\" warehouse 👋"),
        Content::Media(Medium::by_id("image", picture.media_id)),
        Content::Post(SharedPost::new(Some("7400000000000000001".to_owned()), None)),
        card("buttons"),
        card("links"),
    ];
    for content in contents {
        let receipt = shop.tiktok.send(shop.message(&conversation, content)).await.expect("sent");
        let sent = shop.sim.sends().pop().expect("a send");
        assert_eq!((receipt.message_id, receipt.request_id.is_some()), (Some(sent.message_id), true));
    }
    let kinds: Vec<String> = shop.sim.sends().into_iter().map(|send| send.message_type).collect();
    assert_eq!(kinds, ["TEXT", "IMAGE", "SHARE_POST", "TEMPLATE", "TEMPLATE"]);
    shop.close();
}

#[tokio::test]
async fn a_text_quotes_and_nothing_else_does() {
    let shop = Shop::open().await;
    let conversation = shop.asked_by("ana").await;
    let quoted = shop.sim.customer("ana").says("this").await.expect("said").message_id;
    let text = shop.message(&conversation, Content::text("that")).quoting(Some(quoted.clone()));
    shop.tiktok.send(text).await.expect("sent");
    assert_eq!(shop.sim.sends()[0].referenced_message_id.as_ref(), Some(&quoted));
    let card = shop.message(&conversation, card("buttons")).quoting(Some(quoted));
    let refused = shop.tiktok.send(card).await.expect_err("refused");
    assert_eq!((refused.class, shop.sim.sends().len()), (ErrorClass::Unsupported, 1));
    shop.close();
}

#[tokio::test]
async fn typing_and_reading_are_shown() {
    let shop = Shop::open().await;
    let conversation = shop.asked_by("ana").await;
    for signal in [Signal::Typing, Signal::MarkRead] {
        let request = SignalRequest::new(shop.account.clone(), &*conversation, signal);
        shop.tiktok.signal(request).await.expect("shown");
    }
    let shown: Vec<String> = shop.sim.sender_actions().into_iter().map(|action| action.action).collect();
    assert_eq!(shown, ["TYPING", "MARK_READ"]);
    assert_eq!(shop.sim.sends().len(), 0);
    let later = SignalRequest::new(shop.account.clone(), conversation, Signal::Unknown);
    assert_eq!(shop.tiktok.signal(later).await.expect_err("unsupported").class, ErrorClass::Unsupported);
    shop.close();
}

#[tokio::test]
async fn a_comment_is_answered_once_where_the_country_allows_it() {
    let vietnam = AccountConfig { country: "VN".to_owned(), ..AccountConfig::default() };
    let shop = Shop::open_as(SimulatorConfig { accounts: vec![vietnam], ..SimulatorConfig::default() }).await;
    let switch = |enable| {
        let request = CommentAnswersRequest::new(shop.account.clone(), enable);
        async { shop.tiktok.comment_answers(request).await.expect("switched").enabled }
    };
    assert_eq!(switch(None).await, Some(false));
    assert_eq!(switch(Some(true)).await, Some(true));
    assert_eq!(switch(None).await, Some(true));
    shop.sim.customer("ana").comments("how much?").await.expect("commented");
    let comment = shop.arrived().into_iter().find_map(|event| match event.kind {
        EventKind::Commented { comment, .. } => Some(comment),
        _ => None,
    });
    let comment = comment.expect("the comment");
    assert!(comment.answerable);
    let answer = || {
        let content = Content::text("Nine reais.");
        AnswerCommentRequest::new(shop.account.clone(), &*comment.id, content, "m-1")
    };
    let answered = shop.tiktok.answer_comment(answer()).await.expect("answered");
    assert_eq!(answered.receipt.message_id, Some(shop.sim.sends()[0].message_id.clone()));
    let again = shop.tiktok.answer_comment(answer()).await.expect_err("refused");
    assert_eq!((again.class, again.reason.as_str()), (ErrorClass::Refused, "window.refused"));
    assert_eq!(switch(Some(false)).await, Some(false));
    shop.close();
}
