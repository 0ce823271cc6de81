//! What a platform tells of one message at a time.

use connector_api::{
    DeliveryStatus, Event, EventKind,
    capabilities::{Reason, ReasonCode},
};
use jackfield::{
    model::{Signal, Status},
    store::Store,
};

use super::fixture::*;

fn report(message: &str, status: DeliveryStatus, seconds: i64) -> Event {
    let failed = || Reason::permanent(ReasonCode::PLATFORM_REFUSED, "No such number.");
    let kind = EventKind::MessageStatus {
        conversation: "c".to_owned(),
        message: message.to_owned(),
        status,
        reason: (status == DeliveryStatus::Failed).then(failed),
    };
    Event::new(ACCOUNT, format!("report {message} {status:?}"), at(seconds), kind)
}

pub(crate) async fn a_report_about_one_message_moves_that_one_only(store: &dyn Store) {
    let c = begin(store).await;
    let (first, second) = (send(store, c, "p1", 10).await, send(store, c, "p2", 11).await);
    deliver(store, 20, report("p2", DeliveryStatus::Read, 20)).await;
    assert_eq!((status(store, first).await, status(store, second).await), (Status::Sent, Status::Read));
    deliver(store, 21, report("p2", DeliveryStatus::Delivered, 21)).await;
    assert_eq!(status(store, second).await, Status::Read, "never backwards");

    deliver(store, 22, report("p1", DeliveryStatus::Failed, 22)).await;
    let stored = message(store, first).await;
    assert_eq!(history(&stored), [Status::Queued, Status::Sending, Status::Sent, Status::Failed]);
    let last = stored.history.last().unwrap();
    assert_eq!((last.signal, last.at), (Signal::StatusReport, at(22)));
    assert_eq!(stored.reason.map(|reason| reason.code), Some(ReasonCode::PLATFORM_REFUSED));

    assert_eq!(deliver(store, 23, report("unheard of", DeliveryStatus::Read, 23)).await.new, 1);
}

pub(crate) async fn a_report_before_the_response_counts_when_it_comes(store: &dyn Store) {
    let c = begin(store).await;
    let id = begin_send(store, c, "answer", 10).await;
    deliver(store, 11, report("p", DeliveryStatus::Delivered, 11)).await;
    deliver(store, 11, report("p", DeliveryStatus::Read, 11)).await;
    assert_eq!(status(store, id).await, Status::Sending);
    record(store, id, 12, sent("p")).await;
    let steps = [Status::Queued, Status::Sending, Status::Sent, Status::Delivered, Status::Read];
    assert_eq!(history(&message(store, id).await), steps);
}
