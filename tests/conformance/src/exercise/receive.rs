//! Every request, read by the connector.

use std::sync::Arc;

use connector_api::{ConnectorError, WebhookOutcome};
use connector_loader::Instance;

use super::requests::{Case, cases};
use crate::{
    Outcome,
    incident::Incident,
    samples::Webhook,
    subject::{Subject, end, receive},
};

/// After so many incidents no more are needed.
const ENOUGH: usize = 3;
/// Requests that are read at once.
const AT_ONCE: usize = 8;
/// Records of one request that a log bears.
const RECORDS_OF_ONE: usize = 100;

/// What a sample became, or what went wrong.
pub(crate) type Answer = Result<WebhookOutcome, String>;

/// What was seen while requests were read.
#[derive(Default)]
pub(crate) struct Received {
    pub(crate) incidents: Vec<Incident>,
    /// What became of each sample, by its place; fewer than there are where they do too much harm.
    pub(crate) samples: Vec<Answer>,
    /// Cases that were read twice, differently.
    pub(crate) differing: Vec<String>,
    /// Cases that were read differently while others were.
    pub(crate) parallel: Vec<String>,
    /// Cases answered with what is no HTTP status.
    pub(crate) odd: Vec<String>,
    /// Cases that were taken for genuine without a good signature.
    pub(crate) unsigned: Vec<String>,
    /// Cases that wrote more records than a log bears.
    pub(crate) floods: Vec<String>,
    /// Why nothing could be read.
    pub(crate) not_started: Option<String>,
    /// So much harm was done that not everything was read.
    is_cut_short: bool,
}

/// Reads every request once for all checks.
pub(crate) async fn received(subject: &Subject) -> &Received {
    subject.received.get_or_init(|| read_all(subject)).await
}

async fn read_all(subject: &Subject) -> Received {
    let mut seen = Received::default();
    let mut instance = match subject.start().await {
        Ok(instance) => instance,
        Err(error) => {
            return Received { not_started: Some(subject.why_not_started(&error)), ..seen };
        }
    };
    for webhook in &subject.samples.webhooks {
        let answer =
            receive(&instance, subject.samples.request(webhook, subject.samples.body(webhook))).await;
        if let Err(error) = &answer {
            seen.note(error, &instance, &webhook.name);
            match subject.start().await {
                Ok(fresh) => instance = fresh,
                Err(_) => seen.is_cut_short = true,
            }
        }
        seen.samples.push(answer.map_err(|error| error.to_string()));
        if seen.is_cut_short || seen.incidents.len() >= ENOUGH {
            seen.is_cut_short = true;
            return seen;
        }
    }
    for Case { name, request } in cases(&subject.samples, subject.options.seed) {
        let before = subject.records.count();
        let outcome = receive(&instance, request.clone()).await;
        if subject.records.count() - before > RECORDS_OF_ONE {
            seen.floods.push(name.clone());
        }
        match outcome {
            Ok(outcome) => {
                if !(200..=599).contains(&outcome.status) {
                    seen.odd.push(format!("{name}: {}", outcome.status));
                }
                match receive(&instance, request).await {
                    Ok(again) if again == outcome => {}
                    Ok(_) => seen.differing.push(name.clone()),
                    Err(error) => seen.note(&error, &instance, &name),
                }
            }
            Err(error) => {
                seen.note(&error, &instance, &name);
                match subject.start().await {
                    Ok(fresh) => instance = fresh,
                    Err(_) => seen.is_cut_short = true,
                }
            }
        }
        if seen.is_cut_short || seen.incidents.len() >= ENOUGH || seen.floods.len() >= ENOUGH {
            // The rest would show the same, slowly.
            seen.is_cut_short = true;
            return seen;
        }
    }
    unsigned(subject, &instance, &mut seen).await;
    in_parallel(subject, &instance, &mut seen).await;
    end(&instance).await;
    seen
}

/// Each sample without its signature, and with that of another body.
async fn unsigned(subject: &Subject, instance: &Arc<Instance>, seen: &mut Received) {
    let samples = &subject.samples;
    if samples.signing.is_none() {
        return;
    }
    for webhook in samples.webhooks.iter().filter(|webhook| webhook.method == "POST") {
        let body = samples.body(webhook);
        let mut of_another = samples.request(webhook, [&body[..], b" "].concat());
        of_another.body.clone_from(&body);
        let all = [
            ("no signature", samples.unsigned(webhook, body)),
            ("the signature of another body", of_another),
        ];
        // A shared token is the same for every body.
        let covers_body =
            samples.request(webhook, Vec::new()).headers != samples.request(webhook, b"a".to_vec()).headers;
        for (what, request) in all.into_iter().take(if covers_body { 2 } else { 1 }) {
            if receive(instance, request).await.is_ok_and(|outcome| outcome.authentic) {
                seen.unsigned.push(format!("{}, {what}", webhook.name));
            }
        }
    }
}

async fn in_parallel(subject: &Subject, instance: &Arc<Instance>, seen: &mut Received) {
    let read = |webhook: &Webhook| {
        let request = subject.samples.request(webhook, subject.samples.body(webhook));
        let instance = Arc::clone(instance);
        tokio::spawn(async move { receive(&instance, request).await })
    };
    let samples = subject.samples.webhooks.iter().zip(seen.samples.clone());
    let mut running = Vec::new();
    for (webhook, alone) in samples {
        running.push((webhook.name.clone(), alone, (0..AT_ONCE).map(|_| read(webhook)).collect::<Vec<_>>()));
    }
    for (name, alone, answers) in running {
        for answer in answers {
            match answer.await {
                Ok(Ok(outcome)) if Some(&outcome) == alone.as_ref().ok() => {}
                Ok(Err(error)) => seen.note(&error, instance, &name),
                _ => seen.parallel.push(name.clone()),
            }
        }
    }
    seen.parallel.dedup();
}

impl Received {
    /// Why nothing can be said of what was read; incidents can.
    pub(crate) fn unread(&self) -> Option<Outcome> {
        self.not_started.clone().map(Outcome::Skipped)
    }

    /// Why nothing can be said of everything that was to be read.
    pub(crate) fn not_whole(&self) -> Option<Outcome> {
        let cut =
            || Outcome::Skipped("requests do harm, so that not all were read; see receive.*".to_owned());
        self.unread().or_else(|| self.is_cut_short.then(cut))
    }

    fn note(&mut self, error: &ConnectorError, instance: &Instance, case: &str) {
        if self.incidents.len() < ENOUGH {
            self.incidents.extend(Incident::of(error, instance, case));
        }
    }
}
