//! What is counted, for Prometheus. Each host has its own registry, so that several fit into one program.

use std::fmt;

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

use crate::store::Intake;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Instance {
    instance: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    instance: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Delivered {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct What {
    what: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Part {
    part: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refusal {
    instance: String,
    code: String,
    by: &'static str,
}

/// What is counted.
pub(crate) struct Metrics {
    registry: Registry,
    webhooks: Family<Outcome, Counter>,
    sends: Family<Outcome, Counter>,
    refusals: Family<Refusal, Counter>,
    faults: Family<Instance, Counter>,
    starts: Family<Instance, Counter>,
    circuit_open: Family<Instance, Gauge>,
    deliveries: Family<Delivered, Counter>,
    arrivals: Family<Outcome, Gauge>,
    arrivals_disagreement: Family<Instance, Gauge>,
    unprocessed: Family<What, Gauge>,
    unprocessed_oldest: Family<What, Gauge>,
    panics: Family<Part, Counter>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("jackfield");
        let webhooks = Family::default();
        let sends = Family::default();
        let refusals = Family::default();
        let faults = Family::default();
        let starts = Family::default();
        let circuit_open = Family::default();
        registry.register("webhooks", "Webhook requests by what became of them", webhooks.clone());
        registry.register("sends", "Sends that came back, by the status that the message got", sends.clone());
        registry.register(
            "refusals",
            "Messages refused, by the reason and by whom: the verdict before anything was sent, or the platform after the \
             verdict had allowed it",
            refusals.clone(),
        );
        registry.register("connector_faults", "Calls in which a connector failed", faults.clone());
        registry.register(
            "instance_starts",
            "Times that a connector was started in an instance",
            starts.clone(),
        );
        registry.register(
            "instance_circuit_open",
            "1 while an instance is left alone because its connector failed repeatedly",
            circuit_open.clone(),
        );
        let deliveries = Family::default();
        let arrivals = Family::default();
        let arrivals_disagreement = Family::default();
        let unprocessed = Family::default();
        let unprocessed_oldest = Family::default();
        registry.register(
            "webhook_deliveries",
            "Attempts at deliveries to webhook endpoints",
            deliveries.clone(),
        );
        registry.register(
            "arrivals",
            "What arrived since the first start, at the door and in the store",
            arrivals.clone(),
        );
        registry.register(
            "arrivals_disagreement",
            "Arrivals that were taken as kept and are not; anything but 0 is a fault",
            arrivals_disagreement.clone(),
        );
        registry.register("unprocessed", "What has not been processed yet", unprocessed.clone());
        registry.register(
            "unprocessed_oldest_seconds",
            "The age of the oldest of it; 0 where there is none",
            unprocessed_oldest.clone(),
        );
        let panics = Family::default();
        registry.register("panics", "Parts of the host that panicked and began anew", panics.clone());
        Self {
            registry,
            webhooks,
            sends,
            refusals,
            faults,
            starts,
            circuit_open,
            deliveries,
            arrivals,
            arrivals_disagreement,
            unprocessed,
            unprocessed_oldest,
            panics,
        }
    }

    /// A webhook request was `kept`, `refused` or `failed`.
    pub(crate) fn webhook(&self, instance: &str, outcome: &'static str) {
        self.webhooks.get_or_create(&Outcome { instance: instance.to_owned(), outcome }).inc();
    }

    /// A send came back, and the message got that status.
    pub(crate) fn send(&self, instance: &str, outcome: &'static str) {
        self.sends.get_or_create(&Outcome { instance: instance.to_owned(), outcome }).inc();
    }

    /// The verdict refused a message before anything was sent.
    pub(crate) fn refused_by_verdict(&self, instance: &str, code: &str) {
        self.refused(instance, code, "verdict");
    }

    /// The platform refused a message that the verdict had allowed.
    pub(crate) fn refused_by_platform(&self, instance: &str, code: &str) {
        self.refused(instance, code, "platform");
    }

    fn refused(&self, instance: &str, code: &str, by: &'static str) {
        let labels = Refusal { instance: instance.to_owned(), code: code.to_owned(), by };
        self.refusals.get_or_create(&labels).inc();
    }

    /// A connector failed in a call.
    pub(crate) fn fault(&self, instance: &str) {
        self.faults.get_or_create(&Instance { instance: instance.to_owned() }).inc();
    }

    /// A connector was started in an instance.
    pub(crate) fn start(&self, instance: &str) {
        self.starts.get_or_create(&Instance { instance: instance.to_owned() }).inc();
    }

    /// An instance is left alone, or not any more.
    pub(crate) fn circuit(&self, instance: &str, open: bool) {
        self.circuit_open.get_or_create(&Instance { instance: instance.to_owned() }).set(i64::from(open));
    }

    /// A part of the host panicked.
    pub(crate) fn panicked(&self, part: &str) {
        self.panics.get_or_create(&Part { part: part.to_owned() }).inc();
    }

    /// An attempt at a delivery to a webhook endpoint ended.
    pub(crate) fn delivery(&self, is_success: bool) {
        let outcome = if is_success { "delivered" } else { "failed" };
        self.deliveries.get_or_create(&Delivered { outcome }).inc();
    }

    /// What arrived for an instance so far.
    pub(crate) fn intake(&self, intake: &Intake) {
        let counts = [
            ("received", intake.received),
            ("failed", intake.failed),
            ("kept", intake.kept),
            ("processed", intake.processed),
            ("duplicates", intake.duplicates),
            ("unrouted", intake.unrouted),
        ];
        for (outcome, count) in counts {
            let label = Outcome { instance: intake.instance.clone(), outcome };
            self.arrivals.get_or_create(&label).set(count);
        }
        let label = Instance { instance: intake.instance.clone() };
        self.arrivals_disagreement.get_or_create(&label).set(intake.disagreement());
    }

    /// What waits of a kind, and the age of the oldest in seconds.
    pub(crate) fn unprocessed(&self, what: &'static str, count: u32, oldest_seconds: i64) {
        self.unprocessed.get_or_create(&What { what }).set(count.into());
        self.unprocessed_oldest.get_or_create(&What { what }).set(oldest_seconds);
    }

    /// Everything, in the text format of OpenMetrics.
    pub(crate) fn encode(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_encoded_with_its_instance() {
        let metrics = Metrics::new();
        metrics.webhook("shop", "kept");
        metrics.webhook("shop", "kept");
        metrics.circuit("shop", true);
        let text = metrics.encode().unwrap();
        assert!(text.contains("jackfield_webhooks_total{instance=\"shop\",outcome=\"kept\"} 2"), "{text}");
        assert!(text.contains("jackfield_instance_circuit_open{instance=\"shop\"} 1"), "{text}");
    }
}
