//! The platform reports back what the business sent: one message each, whatever comes first.

use connector_api::{ChannelMessage, Contact, Content, EchoOrigin, Event, EventKind, Medium};
use jackfield::{
    model::{ConversationId, Message, MessageId, Origin, Signal, Status},
    store::{Decision, Store},
};

use super::{
    fixture::*,
    media::{keep, picture},
};

const CONFIRMED: [Status; 4] = [Status::Queued, Status::Sending, Status::Sent, Status::Delivered];

fn origins(messages: &[Message]) -> Vec<Origin> {
    messages.iter().map(|message| message.origin).collect()
}

pub(crate) async fn an_echo_before_the_response_waits_for_it(store: &dyn Store) {
    let c = begin(store).await;
    let id = begin_send(store, c, "answer", 1).await;
    deliver(store, 2, echoed("p", "answer", 1, EchoOrigin::Api)).await;
    assert_eq!(outbound(store, c).await.len(), 1);
    assert_eq!(status(store, id).await, Status::Sending);
    record(store, id, 3, sent("p")).await;
    let messages = outbound(store, c).await;
    assert_eq!(messages.len(), 1);
    assert_eq!((messages[0].id, messages[0].origin), (id, Origin::Host));
    assert_eq!(history(&messages[0]), CONFIRMED);
    let signals: Vec<_> = messages[0].history.iter().map(|change| change.signal).collect();
    assert_eq!(signals, [Signal::Host, Signal::Host, Signal::Response, Signal::Echo]);
    assert_eq!(used(store, c).await, 1);
}

pub(crate) async fn an_echo_after_the_response_is_the_same_message(store: &dyn Store) {
    let c = begin(store).await;
    for origin in [EchoOrigin::Api, EchoOrigin::Unknown, EchoOrigin::App, EchoOrigin::Automatic] {
        let platform_id = format!("{origin:?}");
        let id = send(store, c, &platform_id, 1).await;
        deliver(store, 2, echoed(&platform_id, "as the platform shows it", 1, origin)).await;
        let stored = message(store, id).await;
        assert_eq!(history(&stored), CONFIRMED, "{origin:?}");
        assert_eq!(stored.origin, Origin::Host);
    }
    assert_eq!((outbound(store, c).await.len(), used(store, c).await), (4, 4));
}

pub(crate) async fn an_echo_of_another_program_during_a_send_is_another_message(store: &dyn Store) {
    let c = begin(store).await;
    let id = begin_send(store, c, "answer", 1).await;
    // Even with the same text.
    deliver(store, 2, echoed("theirs", "answer", 1, EchoOrigin::Api)).await;
    record(store, id, 3, sent("ours")).await;
    let messages = outbound(store, c).await;
    assert_eq!(messages.len(), 2);
    let theirs = messages.iter().find(|m| m.id != id).unwrap();
    assert_eq!((theirs.origin, theirs.status), (Origin::Other, Status::Delivered));
    assert_eq!(theirs.platform_id.as_deref(), Some("theirs"));
    assert_eq!(status(store, id).await, Status::Sent);
    deliver(store, 4, echoed("ours", "answer", 1, EchoOrigin::Api)).await;
    assert_eq!(status(store, id).await, Status::Delivered);
    assert_eq!((outbound(store, c).await.len(), used(store, c).await), (2, 2));
}

pub(crate) async fn echoes_of_both_during_a_send_are_told_apart(store: &dyn Store) {
    connect(store).await;
    for (name, order) in [("a", ["ours", "theirs"]), ("b", ["theirs", "ours"])] {
        let c = open(store, name).await;
        let id = begin_send(store, c, "answer", 1).await;
        for platform_id in order {
            deliver(store, 2, echoed_in(name, platform_id, "answer", 2, EchoOrigin::Unknown)).await;
        }
        record(store, id, 3, sent("ours")).await;
        let messages = outbound(store, c).await;
        assert_eq!(messages.len(), 2);
        assert!(messages.iter().all(|m| m.status == Status::Delivered), "{messages:?}");
        assert_eq!(message(store, id).await.platform_id.as_deref(), Some("ours"));
    }
}

pub(crate) async fn an_echo_of_the_app_does_not_wait_for_a_send(store: &dyn Store) {
    let c = begin(store).await;
    let id = begin_send(store, c, "answer", 5).await;
    deliver(store, 6, echoed("p1", "answer", 1, EchoOrigin::App)).await;
    assert_eq!(origins(&outbound(store, c).await), [Origin::App, Origin::Host]);
    record(store, id, 7, sent("p2")).await;
    assert_eq!(origins(&outbound(store, c).await), [Origin::App, Origin::Host]);
    assert_eq!(status(store, id).await, Status::Sent);
}

pub(crate) async fn an_uncertain_message_is_settled_by_an_equal_echo(store: &dyn Store) {
    let c = begin(store).await;
    let id = begin_send(store, c, "answer", 1).await;
    record(store, id, 2, uncertain()).await;
    let next = say(store, c, "next", 2).await;
    deliver(store, 3, echoed("p", "answer", 1, EchoOrigin::Api)).await;
    let stored = message(store, id).await;
    let steps = [Status::Queued, Status::Sending, Status::Uncertain, Status::Sent, Status::Delivered];
    assert_eq!(history(&stored), steps);
    assert_eq!((stored.platform_id.as_deref(), stored.reason), (Some("p"), None));
    assert_eq!(outbound(store, c).await.len(), 2);
    assert_eq!(used(store, c).await, 2);
    assert_eq!(claim(store, 4).await, [next], "the line goes on");
    assert_eq!(store.decide(id, Decision::WasNotSent, at(5)).await.unwrap(), None);
}

pub(crate) async fn an_uncertain_message_is_not_settled_by_another_text(store: &dyn Store) {
    let c = begin(store).await;
    let d = open(store, "d").await;
    let id = begin_send(store, c, "answer", 1).await;
    record(store, id, 2, uncertain()).await;
    deliver(store, 3, echoed("p1", "answer ", 1, EchoOrigin::Api)).await;
    deliver(store, 3, echoed("p2", "answer", 1, EchoOrigin::App)).await;
    deliver(store, 3, echoed_in("d", "p3", "answer", 1, EchoOrigin::Api)).await;
    assert_eq!(status(store, id).await, Status::Uncertain);
    assert_eq!((outbound(store, c).await.len(), outbound(store, d).await.len()), (3, 1));
}

pub(crate) async fn a_parked_echo_settles_a_send_that_turns_out_uncertain(store: &dyn Store) {
    let c = begin(store).await;
    let id = begin_send(store, c, "answer", 1).await;
    deliver(store, 2, echoed("p", "answer", 1, EchoOrigin::Api)).await;
    record(store, id, 3, uncertain()).await;
    let messages = outbound(store, c).await;
    assert_eq!(messages.len(), 1);
    assert_eq!((messages[0].status, messages[0].platform_id.as_deref()), (Status::Delivered, Some("p")));
}

pub(crate) async fn a_parked_echo_settles_a_send_that_a_restart_cut_off(store: &dyn Store) {
    let c = begin(store).await;
    let id = begin_send(store, c, "answer", 1).await;
    deliver(store, 2, echoed("other", "of another program", 1, EchoOrigin::Api)).await;
    deliver(store, 2, echoed("p", "answer", 1, EchoOrigin::Api)).await;
    assert_eq!(store.recover(at(3)).await.unwrap(), 1);
    assert_eq!(outbound(store, c).await.len(), 2);
    let stored = message(store, id).await;
    assert_eq!((stored.status, stored.platform_id.as_deref()), (Status::Delivered, Some("p")));
}

pub(crate) async fn one_of_two_equal_parked_echoes_is_ours(store: &dyn Store) {
    let c = begin(store).await;
    let id = begin_send(store, c, "answer", 1).await;
    for platform_id in ["p1", "p2"] {
        deliver(store, 2, echoed(platform_id, "answer", 1, EchoOrigin::Api)).await;
    }
    record(store, id, 3, uncertain()).await;
    let messages = outbound(store, c).await;
    assert_eq!(messages.len(), 2);
    assert_eq!(messages.iter().filter(|m| m.origin == Origin::Host).count(), 1);
    assert_eq!(status(store, id).await, Status::Delivered);
}

pub(crate) async fn a_late_echo_of_what_a_person_said_was_sent_is_the_same_message(store: &dyn Store) {
    let c = begin(store).await;
    let id = begin_send(store, c, "answer", 1).await;
    record(store, id, 2, uncertain()).await;
    store.decide(id, Decision::WasSent, at(3)).await.unwrap();
    deliver(store, 4, echoed("other", "another text", 1, EchoOrigin::Api)).await;
    deliver(store, 4, echoed("p", "answer", 1, EchoOrigin::Api)).await;
    let stored = message(store, id).await;
    assert_eq!((stored.status, stored.platform_id.as_deref()), (Status::Delivered, Some("p")));
    assert_eq!((outbound(store, c).await.len(), used(store, c).await), (2, 2));
    deliver(store, 5, echoed("p2", "answer", 5, EchoOrigin::Api)).await;
    assert_eq!(outbound(store, c).await.len(), 3, "the same words once more are another message");
}

pub(crate) async fn the_origin_of_an_echo_is_kept(store: &dyn Store) {
    let c = begin(store).await;
    let cases = [
        (EchoOrigin::App, Origin::App),
        (EchoOrigin::Automatic, Origin::Automatic),
        (EchoOrigin::Api, Origin::Other),
        (EchoOrigin::Unknown, Origin::Other),
    ];
    for (seconds, (told, origin)) in (1..).zip(cases) {
        deliver(store, 10, echoed(&format!("p{seconds}"), "text", seconds, told)).await;
        let messages = outbound(store, c).await;
        let newest = messages.last().unwrap();
        assert_eq!((newest.origin, newest.sent_at, newest.created_at), (origin, at(seconds), at(10)));
        assert_eq!(history(newest), [Status::Delivered]);
        assert_eq!(newest.history[0].signal, Signal::Echo);
    }
}

pub(crate) async fn an_echo_brings_the_platforms_time(store: &dyn Store) {
    let c = begin(store).await;
    let id = send(store, c, "p", 10).await;
    deliver(store, 30, received("c", "in between", 11)).await;
    deliver(store, 31, echoed("p", "answer", 12, EchoOrigin::Api)).await;
    assert_eq!(message(store, id).await.sent_at, at(12));
    assert_eq!(thread(store, c).await.last().unwrap().id, id);
}

/// A picture of that file was sent, and nobody knows what became of it.
async fn picture_in_doubt(
    store: &dyn Store,
    conversation: ConversationId,
    file: &str,
    uploaded: bool,
) -> MessageId {
    let medium = keep(store, file, 1).await;
    if uploaded {
        store.keep_upload(medium.id, format!("upload of {file}"), at(9_999)).await.unwrap();
    }
    let id = queued(store, picture(conversation, medium.id, 2)).await;
    assert_eq!(claim(store, 3).await, [id]);
    store.hand_over(id).await.unwrap();
    record(store, id, 4, uncertain()).await;
    id
}

fn echoed_content(id: &str, content: Content, seconds: i64) -> Event {
    let kind = EventKind::MessageEchoed {
        conversation: "c".to_owned(),
        contact: Contact::new("contact of c"),
        message: ChannelMessage::new(id, at(seconds), content),
        origin: EchoOrigin::Api,
    };
    Event::new(ACCOUNT, format!("echoed c {id}"), at(seconds), kind)
}

pub(crate) async fn an_uncertain_medium_is_settled_by_what_the_platform_calls_it(store: &dyn Store) {
    let c = begin(store).await;
    let first = picture_in_doubt(store, c, "a", true).await;
    store.decide(first, Decision::WasSent, at(5)).await.unwrap();
    let second = picture_in_doubt(store, c, "b", true).await;
    let echo = |id: &str, name: &str| {
        echoed_content(id, Content::Media(Medium::by_id("image", format!("upload of {name}"))), 6)
    };
    deliver(store, 6, echo("p1", "another file")).await;
    assert_eq!((status(store, first).await, status(store, second).await), (Status::Sent, Status::Uncertain));
    deliver(store, 6, echo("p2", "b")).await;
    deliver(store, 6, echo("p3", "a")).await;
    for (id, platform_id) in [(first, "p3"), (second, "p2")] {
        let stored = message(store, id).await;
        assert_eq!((stored.status, stored.platform_id.as_deref()), (Status::Delivered, Some(platform_id)));
    }
    assert_eq!(outbound(store, c).await.len(), 3);
}

pub(crate) async fn without_a_name_only_the_one_medium_of_its_kind_is_settled(store: &dyn Store) {
    let c = begin(store).await;
    let unnamed = |kind: &str| Content::Media(Medium::by_url(kind, "https://x.example/a"));
    let fallback = |kind: &str| Content::Fallback {
        original_kind: kind.to_owned(),
        text: "a picture".to_owned(),
        url: None,
        medium: None,
    };
    let first = picture_in_doubt(store, c, "a", true).await;
    deliver(store, 5, echoed_content("p1", unnamed("video"), 5)).await;
    deliver(store, 5, echoed_content("p2", unnamed("image"), -100)).await;
    deliver(store, 5, echoed_content("p3", Content::text("image"), 5)).await;
    assert_eq!(status(store, first).await, Status::Uncertain, "another kind, or too old");
    deliver(store, 5, echoed_content("p4", fallback("image"), 5)).await;
    assert_eq!(message(store, first).await.platform_id.as_deref(), Some("p4"));

    let second = picture_in_doubt(store, c, "b", false).await;
    store.decide(second, Decision::WasSent, at(6)).await.unwrap();
    let third = picture_in_doubt(store, c, "c", false).await;
    deliver(store, 7, echoed_content("p5", unnamed("image"), 7)).await;
    assert_eq!(status(store, third).await, Status::Uncertain, "it may be either");
    assert_eq!(message(store, second).await.platform_id, None);
    assert_eq!(outbound(store, c).await.len(), 7);
}

pub(crate) async fn a_parked_echo_settles_a_medium_that_turns_out_uncertain(store: &dyn Store) {
    let c = begin(store).await;
    let medium = keep(store, "a", 1).await;
    let id = queued(store, picture(c, medium.id, 2)).await;
    assert_eq!(claim(store, 3).await, [id]);
    store.hand_over(id).await.unwrap();
    deliver(store, 4, echoed_content("p", Content::Media(Medium::by_id("image", "x")), 4)).await;
    record(store, id, 5, uncertain()).await;
    let stored = message(store, id).await;
    assert_eq!((stored.status, stored.platform_id.as_deref()), (Status::Delivered, Some("p")));
    assert_eq!(outbound(store, c).await.len(), 1);
}
