//! What stands before a connector in a host: the same check and the same reservation.

use std::sync::atomic::{AtomicU32, Ordering};

use connector_api::{
    CapabilityDocument, ChannelConnector, ConnectorError, Content, Receipt, SendRequest, Timestamp,
    capabilities::{
        AccountLayer, Action, Context, Draft, Policy, Reason, Verdict, WindowLedger, check, reserve,
    },
};
use connector_loader::Instance;

use crate::Samples;

/// Counts how often the connector behind it is called.
pub(crate) struct Gate<'a> {
    document: &'a CapabilityDocument,
    samples: &'a Samples,
    calls: AtomicU32,
}

/// Why a message did not go out.
#[derive(Debug)]
pub(crate) enum Refused {
    /// Before the connector was called.
    ByTheGate(Vec<Reason>),
    /// By the connector.
    ByTheConnector(ConnectorError),
}

impl<'a> Gate<'a> {
    pub(crate) fn new(document: &'a CapabilityDocument, samples: &'a Samples) -> Self {
        Self { document, samples, calls: AtomicU32::new(0) }
    }

    /// How often the connector was called.
    pub(crate) fn calls(&self) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Sends, if it may.
    pub(crate) async fn send(
        &self,
        instance: &Instance,
        draft: &Draft,
        content: Content,
    ) -> Result<Receipt, Refused> {
        let context = everything_on(self.document);
        let verdict = check(self.document, &context, Action::Send(draft), &Policy::EXACT);
        if !matches!(verdict, Verdict::Allowed(_)) {
            return Err(Refused::ByTheGate(verdict.reasons().to_vec()));
        }
        reserve(self.document, &context, &verdict).map_err(Refused::ByTheGate)?;
        self.calls.fetch_add(1, Ordering::Relaxed);
        let request = SendRequest::new(
            self.samples.account(),
            &self.samples.outbound.conversation,
            content,
            "message-1",
        );
        instance.send(request).await.map_err(Refused::ByTheConnector)
    }
}

/// A conversation whose customer has just written, of an account that has turned everything on.
pub(crate) fn everything_on(document: &CapabilityDocument) -> Context {
    let now = Timestamp::from_seconds(1_767_225_600);
    let account =
        AccountLayer { opt_ins: document.opt_ins().into_iter().collect(), ..AccountLayer::default() };
    Context::new(now, WindowLedger::default().inbound(now)).with_account(account)
}
