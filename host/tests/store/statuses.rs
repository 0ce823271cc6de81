//! Whatever comes in whatever order, a message only goes forward.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicU32, Ordering},
};

use connector_api::EchoOrigin;
use jackfield::{
    model::{ConversationId, MessageId, Status, StatusChange},
    store::{Decision, Outcome, Store},
};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

use super::fixture::*;

/// Something that may happen at any time. Numbers choose a message, counted from the first one claimed.
#[derive(Debug, Clone)]
enum Step {
    Say(bool),
    Claim,
    Sent,
    Retry,
    Failed,
    Uncertain,
    Echo(usize, bool, EchoOrigin),
    Read(i64),
    Inbound,
    Recover,
    Decide(usize, Decision),
    Resume,
}

fn step() -> impl Strategy<Value = Step> {
    let origin = prop_oneof![Just(EchoOrigin::Api), Just(EchoOrigin::App), Just(EchoOrigin::Unknown)];
    let decision = prop_oneof![Just(Decision::WasSent), Just(Decision::WasNotSent)];
    prop_oneof![
        2 => any::<bool>().prop_map(Step::Say),
        4 => Just(Step::Claim),
        2 => Just(Step::Sent),
        1 => Just(Step::Retry),
        1 => Just(Step::Failed),
        2 => Just(Step::Uncertain),
        4 => (0_usize..4, any::<bool>(), origin).prop_map(|(n, text, origin)| Step::Echo(n, text, origin)),
        2 => (0_i64..40).prop_map(Step::Read),
        1 => Just(Step::Inbound),
        1 => Just(Step::Recover),
        2 => (0_usize..3, decision).prop_map(|(n, decision)| Step::Decide(n, decision)),
        1 => Just(Step::Resume),
    ]
}

/// One conversation, and what is known of it from outside.
struct Case<'a> {
    store: &'a dyn Store,
    name: String,
    conversation: ConversationId,
    claimed: Vec<MessageId>,
    seen: BTreeMap<MessageId, Vec<StatusChange>>,
}

fn words(one: bool) -> &'static str {
    if one { "one" } else { "other" }
}

impl Case<'_> {
    async fn take(&mut self, step: &Step, seconds: i64) {
        let (store, name) = (self.store, self.name.as_str());
        match step {
            Step::Say(text) => {
                say(store, self.conversation, words(*text), seconds).await;
            }
            Step::Claim => {
                let mine =
                    claims(store, seconds).await.into_iter().filter(|c| c.conversation == self.conversation);
                self.claimed.extend(
                    mine.map(|c| c.message).filter(|id| !self.claimed.contains(id)).collect::<Vec<_>>(),
                );
            }
            Step::Sent => {
                let outcome = sent(&format!("p{}", self.claimed.len().saturating_sub(1)));
                self.record(outcome, seconds).await;
            }
            Step::Retry => self.record(retry(seconds), seconds).await,
            Step::Failed => self.record(failed(), seconds).await,
            Step::Uncertain => self.record(uncertain(), seconds).await,
            Step::Echo(n, text, origin) => {
                deliver(store, seconds, echoed_in(name, &format!("p{n}"), words(*text), seconds, *origin))
                    .await;
            }
            Step::Read(up_to) => {
                deliver(store, seconds, read_in(name, *up_to)).await;
            }
            Step::Inbound => {
                deliver(store, seconds, received(name, &format!("in{seconds}"), seconds)).await;
            }
            Step::Recover => {
                store.recover(at(seconds)).await.unwrap();
            }
            Step::Decide(n, decision) => {
                if let Some(id) = self.claimed.get(*n) {
                    store.decide(*id, *decision, at(seconds)).await.unwrap();
                }
            }
            Step::Resume => {
                store.resume(self.conversation).await.unwrap();
            }
        }
    }

    /// Records for the message in flight; with none in flight it must be an error.
    async fn record(&self, outcome: Outcome, seconds: i64) {
        if let Some(id) = self.claimed.last() {
            let in_flight = status(self.store, *id).await == Status::Sending;
            assert_eq!(self.store.record(*id, outcome, at(seconds)).await.is_ok(), in_flight);
        }
    }

    async fn check(&mut self) {
        let messages = thread(self.store, self.conversation).await;
        let mut platform_ids = BTreeSet::new();
        for message in &messages {
            let steps = history(message);
            assert_eq!(steps.last(), Some(&message.status));
            for pair in steps.windows(2) {
                let back = pair == [Status::Sending, Status::Queued];
                assert!(back || pair[0] < pair[1] && pair[0].may_become(pair[1]), "{steps:?}");
            }
            let known = self.seen.insert(message.id, message.history.clone()).unwrap_or_default();
            assert!(message.history.starts_with(&known), "history was rewritten: {known:?} {steps:?}");
            if let Some(id) = &message.platform_id {
                assert!(platform_ids.insert(id.clone()), "two messages are {id}");
            }
        }
        assert_eq!(self.seen.len(), messages.len(), "a message is gone");
        let in_status = |wanted: &[Status]| messages.iter().filter(|m| wanted.contains(&m.status)).count();
        assert!(in_status(&[Status::Sending, Status::Uncertain]) <= 1, "two in flight");
        let unsettled = in_status(&[Status::Queued, Status::Sending, Status::Uncertain]);
        let used = used(self.store, self.conversation).await as usize;
        assert!(used >= unsettled, "{used} places for {unsettled} messages");
    }
}

pub(crate) async fn no_order_of_signals_leads_backwards(store: &dyn Store) {
    connect(store).await;
    let cases = AtomicU32::new(0);
    let run = |steps: &[Step]| {
        let name = format!("case {}", cases.fetch_add(1, Ordering::Relaxed));
        tokio::runtime::Handle::current().block_on(async {
            let conversation = open(store, &name).await;
            let mut case = Case { store, name, conversation, claimed: Vec::new(), seen: BTreeMap::new() };
            for (seconds, step) in (1..).zip(steps) {
                case.take(step, seconds).await;
                case.check().await;
            }
        });
    };
    let config = Config { cases: 96, failure_persistence: None, ..Config::default() };
    let all_steps = prop::collection::vec(step(), 1..24);
    let result = tokio::task::block_in_place(|| {
        TestRunner::new(config).run(&all_steps, |steps| {
            run(&steps);
            Ok(())
        })
    });
    result.unwrap();
}
