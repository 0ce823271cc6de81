//! What the boundary costs: the same webhook read by a function call, through the library in this process, and through the
//! library in a process of its own.

#![allow(clippy::expect_used, reason = "a benchmark that cannot be set up has nothing to measure")]

mod sample;

use std::hint::black_box;

use connector_api::{
    CapabilityDocument, ChannelConnector, StartConnector, StartContext, Timestamp, WebhookOutcome,
    WebhookRequest,
};
use connector_loader::{ConnectorLibrary, Instance, Isolation, LoadPolicy, StartOptions};
use criterion::{Criterion, criterion_group, criterion_main};
use end_to_end::artifact;
use serde_json::{Value, json};
use tiktok_connector::TikTok;
use tiktok_simulator::signature_header;

const APP: &str = "7000000000000000001";
const SECRET: &str = "sim-app-secret-0001";
const SECONDS: u32 = 1_767_225_600;

fn settings() -> Value {
    json!({ "app_id": APP, "app_secret": SECRET })
}

fn request() -> WebhookRequest {
    let body = sample::body(APP, sample::ACCOUNT, 1, SECONDS.into());
    let headers = vec![("TikTok-Signature".to_owned(), signature_header(SECRET, &body, SECONDS.into()))];
    WebhookRequest::post(headers, body, Timestamp::from_seconds(SECONDS.into()))
}

fn is_read(outcome: &WebhookOutcome) {
    assert_eq!((outcome.status, outcome.events.len()), (200, 1));
}

fn direct() -> TikTok {
    let document: CapabilityDocument =
        serde_json::from_str(include_str!("../../../tiktok-connector/capabilities.json"))
            .expect("the document");
    let settings = serde_json::from_value(settings()).expect("settings");
    TikTok::start(StartContext::new("bench", document), settings).expect("a connector")
}

async fn loaded(isolation: Isolation) -> Instance {
    let mut policy = LoadPolicy::new(artifact("connector-worker").expect("the worker"));
    policy.isolation = Some(isolation);
    let file = artifact("libtiktok_connector.so").expect("the library");
    let library = ConnectorLibrary::load(&file, &policy).await.expect("it loads");
    library.start(StartOptions::new("bench", settings())).await.expect("it starts")
}

fn receive(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let request = request();
    let direct = direct();
    let in_process = runtime.block_on(loaded(Isolation::InProcess));
    let worker = runtime.block_on(loaded(Isolation::Process));
    let mut group = criterion.benchmark_group("receive");
    is_read(&direct.receive(&request));
    group.bench_function("direct", |b| b.iter(|| direct.receive(black_box(&request))));
    for (name, instance) in [("in_process", &in_process), ("worker", &worker)] {
        is_read(&instance.try_receive(&request).expect("an outcome"));
        group.bench_function(name, |b| b.iter(|| instance.try_receive(black_box(&request))));
    }
    group.finish();
    runtime.block_on(async { tokio::join!(in_process.shutdown(), worker.shutdown()) });
}

criterion_group!(benches, receive);
criterion_main!(benches);
