//! What a verdict costs, beside reading the draft that it is about from JSON, which nobody who asks over HTTP gets around.

#![allow(clippy::expect_used, reason = "a benchmark that cannot be set up has nothing to measure")]

use std::hint::black_box;

use connector_api::{
    CapabilityDocument, Timestamp,
    capabilities::{Action, Context, Draft, Part, Policy, Verdict, WindowLedger, check},
};
use criterion::{Criterion, criterion_group, criterion_main};

fn draft() -> Draft {
    Draft::of(Part::text("Temos, sim! Qual é o seu CEP?"))
        .and(Part::medium("image", "image/jpeg", 200_000))
        .and(Part::choices("buttons", "Azul ou verde?", ["Azul", "Verde", "Outra cor"]))
}

fn verdicts(criterion: &mut Criterion) {
    let document: CapabilityDocument =
        serde_json::from_str(include_str!("../../../tiktok-connector/capabilities.json"))
            .expect("the document");
    let wrote = Timestamp::from_seconds(1_767_225_600);
    let open = Context::new(wrote.plus_seconds(60), WindowLedger::default().inbound(wrote));
    let closed = Context::new(wrote.plus_seconds(5 * 86_400), open.ledger);
    let draft = draft();
    let json = serde_json::to_string(&draft).expect("JSON");
    let mut group = criterion.benchmark_group("verdict");
    group.bench_function("read_the_draft", |b| b.iter(|| serde_json::from_str::<Draft>(black_box(&json))));
    let cases = [
        ("text", &open, Action::SendText("Temos, sim!"), true),
        ("three_parts", &open, Action::Send(&draft), true),
        ("denied", &closed, Action::SendText("Temos, sim!"), false),
        ("broadcast", &open, Action::Broadcast, false),
    ];
    for (name, context, action, is_possible) in cases {
        let verdict = || check(black_box(&document), black_box(context), action, &Policy::LENIENT);
        assert_eq!(!matches!(verdict(), Verdict::Denied { .. }), is_possible, "{name}: {:?}", verdict());
        group.bench_function(name, |b| b.iter(verdict));
    }
    group.finish();
}

criterion_group!(benches, verdicts);
criterion_main!(benches);
