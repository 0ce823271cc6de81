//! Whether operations do no harm, and what polling brings.

use std::collections::BTreeSet;

use connector_api::{
    CapabilityDocument, ChannelConnector, Content, EventKind, Medium, PollRequest, SendRequest, Timestamp,
    UploadMediaRequest, capabilities::document::Direction,
};

use super::{receive::told, texts};
use crate::{
    Finding, Outcome,
    declared::goes_out,
    exercise::{Called, called},
    incident::Trouble,
    leaf::path_of,
    requests::medium,
    subject::{Subject, end},
    suite::{Check, table},
};

pub(crate) static CHECKS: &[Check] = table![
    "calls.never-panic", 3, "no operation panics",
        "what a send had done until then nobody knows, so that it is never repeated",
        "answer an error instead", never_panic;
    "calls.never-abort", 3, "no operation aborts its process",
        "every call of the process is uncertain then", "bound recursion and allocation", never_abort;
    "calls.never-crash", 3, "no operation ends its process by a signal",
        "every call of the process is uncertain then", "look at code without guards, and at libraries of other languages", never_crash;
    "calls.never-exit", 3, "no operation makes its process exit",
        "every call of the process is uncertain then", "never call exit", never_exit;
    "calls.in-time", 3, "every operation answers in time where the platform refuses connections",
        "a message waits for it, and its conversation with it",
        "give every request of yours a deadline, and never block", in_time;
    "calls.answer-readably", 3, "what comes back is the operation's reply",
        "an answer that cannot be read leaves a message in doubt",
        "export the connector with export_connector! and nothing else", answer_readably;
    "calls.answer-bounded", 3, "what comes back is of bearable size",
        "a host reads 16 MiB of an answer and no more", "answer in pages", answer_bounded;
    "calls.can-be-given-up", 3, "a call that is given up leaves an instance that works",
        "deadlines pass and hosts stop",
        "hold nothing across an await that a dropped future would not let go", can_be_given_up;
    "calls.many-at-once", 3, "many sends at once are answered as one is, each with an id of its own",
        "a host sends into many conversations at once", "share nothing that changes", many_at_once;
    "memory.stays", 3, "its memory does not grow with what it did",
        "a host runs for months", "keep nothing: the host remembers", memory_stays;
];

fn of(seen: &Called, trouble: Trouble) -> Outcome {
    seen.uncalled().unwrap_or_else(|| texts(&told(&seen.incidents, trouble)))
}

/// What is looked at only where the single calls did no harm.
fn after_single_calls(seen: &Called, wrong: Option<&[String]>) -> Outcome {
    if let Some(outcome) = seen.uncalled() {
        return outcome;
    }
    let harmless = seen.incidents.is_empty() && seen.floods.is_empty();
    match wrong {
        Some(wrong) => texts(wrong),
        None if harmless => Outcome::Skipped("this system does not show it".to_owned()),
        None => Outcome::Skipped("operations do harm already when they are called alone".to_owned()),
    }
}

async fn never_panic(subject: &Subject) -> Outcome {
    of(called(subject).await, Trouble::Panicked)
}

async fn never_abort(subject: &Subject) -> Outcome {
    of(called(subject).await, Trouble::Aborted)
}

async fn never_crash(subject: &Subject) -> Outcome {
    of(called(subject).await, Trouble::Crashed)
}

async fn never_exit(subject: &Subject) -> Outcome {
    of(called(subject).await, Trouble::Exited)
}

async fn in_time(subject: &Subject) -> Outcome {
    of(called(subject).await, Trouble::Late)
}

async fn answer_readably(subject: &Subject) -> Outcome {
    of(called(subject).await, Trouble::Unreadable)
}

async fn answer_bounded(subject: &Subject) -> Outcome {
    of(called(subject).await, Trouble::TooLarge)
}

async fn can_be_given_up(subject: &Subject) -> Outcome {
    let seen = called(subject).await;
    after_single_calls(seen, seen.after_giving_up.as_deref())
}

async fn many_at_once(subject: &Subject) -> Outcome {
    let seen = called(subject).await;
    after_single_calls(seen, seen.crowded.as_deref())
}

async fn memory_stays(subject: &Subject) -> Outcome {
    let seen = called(subject).await;
    after_single_calls(seen, seen.memory.as_deref())
}

/// Kinds that are declared to come in, and that no poll brings, also not in answer to what was sent.
pub(crate) async fn polled_kinds(subject: &Subject, document: &CapabilityDocument) -> Outcome {
    let instance = match subject.start().await {
        Ok(instance) => instance,
        Err(error) => return Outcome::Skipped(subject.why_not_started(&error)),
    };
    let samples = &subject.samples;
    for rule in document.content.iter().filter(|rule| goes_out(rule)) {
        let mime = rule.limits.media.as_ref().and_then(|media| media.mimes.first());
        let content = match mime {
            Some(mime) => {
                let upload = UploadMediaRequest::new(samples.account(), mime, medium(mime));
                let Ok(uploaded) = instance.upload_media(upload).await else { continue };
                Content::Media(Medium::by_id(&rule.kind, uploaded.media_id))
            }
            None => crate::requests::content(&rule.kind, &samples.outbound.text),
        };
        let conversation = &samples.outbound.conversation;
        // What becomes of it others look at.
        let _sent =
            instance.send(SendRequest::new(samples.account(), conversation, content, &rule.kind)).await;
    }
    let now = Timestamp::from_seconds(samples.received_at);
    let mut kinds = BTreeSet::new();
    let mut cursor = None;
    for _page in 0..3 {
        match instance.poll(PollRequest::new(now).with_cursor(cursor.take())).await {
            Ok(page) => {
                cursor = page.cursor;
                kinds.extend(page.events.into_iter().filter_map(|event| match event.kind {
                    EventKind::MessageReceived { message, .. } => Some(message.content.kind().to_owned()),
                    _ => None,
                }));
            }
            Err(error) => return texts(&[format!("a poll fails: {error}")]),
        }
    }
    end(&instance).await;
    let rules = document.content.iter().enumerate();
    let lacking =
        rules.filter(|(_, rule)| rule.direction == Direction::Inbound && !kinds.contains(&rule.kind));
    let findings = lacking.map(|(index, _)| {
        let path = path_of(&subject.json, &format!("/content/{index}"));
        Finding::of_leaf(
            format!("/content/{index}/kind"),
            format!("{path} is declared, and no poll brings it"),
        )
    });
    Outcome::of(findings.collect())
}
