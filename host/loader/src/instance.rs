//! A running instance: the author's trait again, on the host's side of the boundary.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use connector_abi::Reply;
use connector_api::{
    operation::{self as op, Call, Operation, Payload},
    *,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    backend::{Backend, Trouble},
    faults::{fault_of, unreadable},
    worker::WorkerState,
};

/// The largest JSON answer that is read.
const MAX_REPLY_BYTES: usize = 16 << 20;
/// How long a connector may take to refuse an operation that does not exist.
const PING_WITHIN: Duration = Duration::from_secs(5);

tokio::task_local! {
    static TRACE_ID: String;
}

/// Runs `work`; calls to connectors made inside carry `trace_id` into their logs.
pub async fn traced<F: Future>(trace_id: String, work: F) -> F::Output {
    TRACE_ID.scope(trace_id, work).await
}

/// A running instance, wherever its code runs. Every call has a deadline; panics and crashes are errors.
pub struct Instance {
    backend: Arc<dyn Backend>,
    document: Arc<CapabilityDocument>,
    deadline: Duration,
    /// Whether it is being found out if it hangs; one for all that would hang together.
    suspected: Arc<AtomicBool>,
}

impl Instance {
    pub(crate) fn new(
        backend: impl Backend + 'static,
        document: Arc<CapabilityDocument>,
        deadline: Duration,
        suspected: Arc<AtomicBool>,
    ) -> Self {
        Self { backend: Arc::new(backend), document, deadline, suspected }
    }

    /// Verifies and normalises one webhook request. Blocks, in this process for as long as the connector's code takes:
    /// call it where a hang costs one thread and nothing else.
    ///
    /// # Errors
    /// Where the connector failed or was not reached; nothing was verified then.
    pub fn try_receive(&self, request: &WebhookRequest) -> Result<WebhookOutcome, ConnectorError> {
        from_json(&self.backend.receive(to_json(request)?, request.body.clone(), self.deadline)?)
    }

    /// Returns once it has failed in a way that only a new instance mends; never where it mends itself.
    pub async fn in_trouble(&self) -> Trouble {
        self.backend.in_trouble().await
    }

    /// The process that its code runs in; `None` where that is this one.
    #[must_use]
    pub fn worker(&self) -> Option<WorkerState> {
        self.backend.worker()
    }

    /// Gives up what hangs in it: its worker is ended, or it is in [trouble](Self::in_trouble).
    pub fn give_up(&self) {
        self.backend.hangs();
    }

    /// Whether it is being found out if it hangs: whoever can wait should.
    #[must_use]
    pub fn is_suspected(&self) -> bool {
        self.suspected.load(Ordering::Relaxed)
    }

    /// A call is overdue. Its platform may be slow; but where the connector does not even answer a ping, it hangs.
    pub fn suspect(&self) {
        if self.suspected.swap(true, Ordering::Relaxed) {
            return;
        }
        let (backend, suspected) = (Arc::clone(&self.backend), Arc::clone(&self.suspected));
        let deadline = self.deadline.min(PING_WITHIN);
        tokio::spawn(async move {
            // Whatever the answer is, it is one.
            let ping = backend.call(op::PING, b"{}".to_vec(), Vec::new());
            let answered = tokio::time::timeout(deadline, ping).await.is_ok();
            suspected.store(false, Ordering::Relaxed);
            if !answered {
                tracing::error!("Connector hangs: it does not answer a ping");
                backend.hangs();
            }
        });
    }

    /// Cancels what runs and releases what the instance holds, within the deadline.
    pub async fn shutdown(&self) {
        if tokio::time::timeout(self.deadline, self.backend.shutdown()).await.is_err() {
            tracing::warn!(deadline = ?self.deadline, "Connector did not shut down in time");
        }
    }

    /// Calls the operation of that name, for tools that know operations by their names only; beside request and reply
    /// are the bytes of media.
    ///
    /// # Errors
    /// As of every operation.
    pub async fn call_by_name(
        &self,
        operation: &'static str,
        request: Value,
        attachment: Vec<u8>,
    ) -> Result<(Value, Vec<u8>), ConnectorError> {
        let reply = self.ask(operation, request, attachment).await?;
        Ok((from_json(&reply)?, reply.attachment.into()))
    }

    async fn call<O: Operation>(&self, mut request: O::Request) -> Result<O::Reply, ConnectorError> {
        let attachment = request.take_attachment();
        let reply = self.ask(O::NAME, request, attachment).await?;
        let mut value: O::Reply = from_json(&reply)?;
        value.put_attachment(reply.attachment.into());
        Ok(value)
    }

    async fn ask<T: serde::Serialize>(
        &self,
        operation: &'static str,
        request: T,
        attachment: Vec<u8>,
    ) -> Result<Reply, ConnectorError> {
        let trace_id = TRACE_ID.try_with(Clone::clone).unwrap_or_default();
        let deadline_ms = u64::try_from(self.deadline.as_millis()).ok();
        let json = to_json(&Call { trace_id, deadline_ms, request })?;
        let answer = self.backend.call(operation, json, attachment);
        let Ok(reply) = tokio::time::timeout(self.deadline, answer).await else {
            self.suspect();
            let message = format!("The connector did not answer {operation} within {:?}.", self.deadline);
            return Err(ConnectorError::new(ErrorClass::Uncertain, ReasonCode::CONNECTOR_LATE, message));
        };
        reply
    }
}

#[async_trait]
impl ChannelConnector for Instance {
    fn capabilities(&self) -> &CapabilityDocument {
        &self.document
    }

    fn receive(&self, request: &WebhookRequest) -> WebhookOutcome {
        self.try_receive(request).unwrap_or_else(|error| WebhookOutcome::rejected(503, error.to_string()))
    }

    async fn send(&self, request: SendRequest) -> Result<Receipt, ConnectorError> {
        self.call::<op::Send>(request).await
    }

    async fn start_conversation(
        &self,
        request: StartConversationRequest,
    ) -> Result<StartedConversation, ConnectorError> {
        self.call::<op::StartConversation>(request).await
    }

    async fn answer_comment(&self, request: AnswerCommentRequest) -> Result<AnsweredComment, ConnectorError> {
        self.call::<op::AnswerComment>(request).await
    }

    async fn comment_answers(
        &self,
        request: CommentAnswersRequest,
    ) -> Result<CommentAnswers, ConnectorError> {
        self.call::<op::CommentAnswers>(request).await
    }

    async fn automatic_messages(
        &self,
        request: AutomaticMessagesRequest,
    ) -> Result<AutomaticMessages, ConnectorError> {
        self.call::<op::AutomaticMessages>(request).await
    }

    async fn edit(&self, request: EditRequest) -> Result<Done, ConnectorError> {
        self.call::<op::Edit>(request).await
    }

    async fn delete(&self, request: DeleteRequest) -> Result<Done, ConnectorError> {
        self.call::<op::Delete>(request).await
    }

    async fn upload_media(&self, request: UploadMediaRequest) -> Result<UploadedMedia, ConnectorError> {
        self.call::<op::UploadMedia>(request).await
    }

    async fn fetch_media(&self, request: FetchMediaRequest) -> Result<FetchedMedia, ConnectorError> {
        self.call::<op::FetchMedia>(request).await
    }

    async fn signal(&self, request: SignalRequest) -> Result<Done, ConnectorError> {
        self.call::<op::Signal>(request).await
    }

    async fn begin_authorization(
        &self,
        request: BeginAuthorizationRequest,
    ) -> Result<AuthorizationPage, ConnectorError> {
        self.call::<op::BeginAuthorization>(request).await
    }

    async fn complete_authorization(
        &self,
        request: CompleteAuthorizationRequest,
    ) -> Result<Authorized, ConnectorError> {
        self.call::<op::CompleteAuthorization>(request).await
    }

    async fn refresh_authorization(
        &self,
        request: RefreshAuthorizationRequest,
    ) -> Result<Authorized, ConnectorError> {
        self.call::<op::RefreshAuthorization>(request).await
    }

    async fn revoke_authorization(&self, request: AccountRequest) -> Result<Done, ConnectorError> {
        self.call::<op::RevokeAuthorization>(request).await
    }

    async fn inspect_authorization(
        &self,
        request: AccountRequest,
    ) -> Result<GrantInspection, ConnectorError> {
        self.call::<op::InspectAuthorization>(request).await
    }

    async fn account_profile(&self, request: AccountRequest) -> Result<AccountProfile, ConnectorError> {
        self.call::<op::AccountProfile>(request).await
    }

    async fn contact_profile(
        &self,
        request: ContactProfileRequest,
    ) -> Result<ContactProfile, ConnectorError> {
        self.call::<op::ContactProfile>(request).await
    }

    async fn probe(&self, request: ProbeRequest) -> Result<ProbeAnswer, ConnectorError> {
        self.call::<op::Probe>(request).await
    }

    async fn history(&self, request: HistoryRequest) -> Result<EventPage, ConnectorError> {
        self.call::<op::History>(request).await
    }

    async fn poll(&self, request: PollRequest) -> Result<EventPage, ConnectorError> {
        self.call::<op::Poll>(request).await
    }

    async fn configure_webhooks(
        &self,
        request: ConfigureWebhooksRequest,
    ) -> Result<WebhookConfiguration, ConnectorError> {
        self.call::<op::ConfigureWebhooks>(request).await
    }

    async fn entry_points(&self, request: EntryPointsRequest) -> Result<EntryPoints, ConnectorError> {
        self.call::<op::EntryPoints>(request).await
    }
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance").field("connector", &self.document.connector.id).finish_non_exhaustive()
    }
}

fn to_json<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, ConnectorError> {
    serde_json::to_vec(value).map_err(|error| {
        let message = format!("The request cannot be serialised: {error}.");
        ConnectorError::new(ErrorClass::Invalid, ReasonCode::CONNECTOR_FAULT, message)
    })
}

fn from_json<T: DeserializeOwned>(reply: &Reply) -> Result<T, ConnectorError> {
    if reply.json.len() > MAX_REPLY_BYTES {
        let what = format!("the answer has {} bytes; {MAX_REPLY_BYTES} are read", reply.json.len());
        return Err(fault_of(ReasonCode::CONNECTOR_ANSWER_TOO_LARGE, &what));
    }
    // The text of a JSON error can quote the value that it stumbled over, so only its place is kept.
    serde_json::from_slice(&reply.json).map_err(|error| {
        unreadable(&format!(
            "the answer is not what was expected at line {}, column {}",
            error.line(),
            error.column()
        ))
    })
}
