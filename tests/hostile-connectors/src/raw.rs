//! The wild half: answers that no `connector-api` would give, past all its guards.

use connector_abi::{
    AbiError, Connector, ConnectorBox, Reply, ReplyFuture,
    abi_stable::std_types::{
        RResult::{self, RErr, ROk},
        RString, RVec,
    },
    async_ffi::{FfiFuture, FutureExt},
    error_code,
};
use serde_json::Value;
use tokio::sync::watch;

const HUGE_BYTES: usize = 64 << 20;
const ATTACHMENT_BYTES: usize = 1 << 20;

/// The tame connector, and what stands between it and the host.
pub(crate) struct Raw {
    tame: ConnectorBox,
    never_stops: bool,
    stopped: watch::Sender<bool>,
}

impl Raw {
    pub(crate) fn new(tame: ConnectorBox, start_request: &[u8]) -> Self {
        let request: Value = serde_json::from_slice(start_request).unwrap_or_default();
        let never_stops = request["settings"]["shutdown"] == "hang";
        Self { tame, never_stops, stopped: watch::Sender::new(false) }
    }
}

impl Connector for Raw {
    fn receive(&self, request: RVec<u8>, body: RVec<u8>) -> RResult<Reply, AbiError> {
        let posted: Value = serde_json::from_slice(&body).unwrap_or_default();
        let how = posted["text"].as_str().unwrap_or_default();
        match answer(how, r#"{"status": "two hundred", "authentic": 1, "events": {}}"#) {
            Some(answer) => answer,
            None => with_attachment(how, self.tame.receive(request, body)),
        }
    }

    fn call(&self, operation: RString, request: RVec<u8>, attachment: RVec<u8>) -> ReplyFuture {
        let asked: Value = serde_json::from_slice(&request).unwrap_or_default();
        let how = asked["request"]["content"]["text"].as_str().unwrap_or_default().to_owned();
        if let Some(answer) = answer(&how, r#"{"message_id": {"is": "no text"}}"#) {
            return async move { answer }.into_ffi();
        }
        let answer = self.tame.call(operation, request, attachment);
        let mut stopped = self.stopped.subscribe();
        async move {
            match how.as_str() {
                "raw-panic" => panic!("hostile on purpose, past every guard"),
                "late" => {
                    // Not an error where nobody will ever shut it down: it is late for ever then.
                    let _stopped = stopped.wait_for(|stopped| *stopped).await.is_ok();
                    reply(br#"{"message_id": "late"}"#.to_vec())
                }
                how => with_attachment(how, answer.await),
            }
        }
        .into_ffi()
    }

    fn shutdown(&self) -> FfiFuture<()> {
        if self.never_stops {
            return std::future::pending().into_ffi();
        }
        self.stopped.send_replace(true);
        self.tame.shutdown()
    }
}

/// An answer that is none; `wrong_types` is well-formed JSON of another shape.
fn answer(how: &str, wrong_types: &str) -> Option<RResult<Reply, AbiError>> {
    let error = |code, details: &[u8]| AbiError { code, message: how.into(), details_json: details.into() };
    Some(match how {
        "garbage" => reply(b"\xff{\"no\": json".to_vec()),
        "nothing" => reply(Vec::new()),
        "wrong-types" => reply(wrong_types.as_bytes().to_vec()),
        "huge" => reply(vec![b' '; HUGE_BYTES]),
        "unknown-error" => RErr(error(4_000_000, b"")),
        "cancelled" => RErr(error(error_code::CANCELLED, b"")),
        "garbage-error" => RErr(error(error_code::CONNECTOR, b"\xff{")),
        _ => return None,
    })
}

fn reply(json: Vec<u8>) -> RResult<Reply, AbiError> {
    ROk(Reply { json: json.into(), attachment: RVec::new() })
}

/// Bytes beside an answer that has none.
fn with_attachment(how: &str, answer: RResult<Reply, AbiError>) -> RResult<Reply, AbiError> {
    match answer {
        ROk(reply) if how == "attachment" => {
            ROk(Reply { attachment: vec![0xff; ATTACHMENT_BYTES].into(), ..reply })
        }
        answer => answer,
    }
}
