//! From an operation's name and bytes to the author's method and back.

use std::{future::Future, sync::Arc};

use connector_abi::{AbiError, Reply, error_code};
use tracing::{Instrument, debug_span};

use super::{abi_error, bad_request, connector as connector_error, reply};
use crate::{
    ChannelConnector, ConnectorError,
    operation::{self as op, Call, Operation, Payload},
};

/// Calls the method that `operation` names.
pub(super) async fn dispatch<C: ChannelConnector>(
    connector: Arc<C>,
    operation: String,
    request: Vec<u8>,
    attachment: Vec<u8>,
) -> Result<Reply, AbiError> {
    let c = &*connector;
    let bytes = (request, attachment);
    match operation.as_str() {
        op::Send::NAME => run::<op::Send, _>(bytes, |r| c.send(r)).await,
        op::StartConversation::NAME => {
            run::<op::StartConversation, _>(bytes, |r| c.start_conversation(r)).await
        }
        op::AnswerComment::NAME => run::<op::AnswerComment, _>(bytes, |r| c.answer_comment(r)).await,
        op::CommentAnswers::NAME => run::<op::CommentAnswers, _>(bytes, |r| c.comment_answers(r)).await,
        op::AutomaticMessages::NAME => {
            run::<op::AutomaticMessages, _>(bytes, |r| c.automatic_messages(r)).await
        }
        op::Edit::NAME => run::<op::Edit, _>(bytes, |r| c.edit(r)).await,
        op::Delete::NAME => run::<op::Delete, _>(bytes, |r| c.delete(r)).await,
        op::UploadMedia::NAME => run::<op::UploadMedia, _>(bytes, |r| c.upload_media(r)).await,
        op::FetchMedia::NAME => run::<op::FetchMedia, _>(bytes, |r| c.fetch_media(r)).await,
        op::Signal::NAME => run::<op::Signal, _>(bytes, |r| c.signal(r)).await,
        op::BeginAuthorization::NAME => {
            run::<op::BeginAuthorization, _>(bytes, |r| c.begin_authorization(r)).await
        }
        op::CompleteAuthorization::NAME => {
            run::<op::CompleteAuthorization, _>(bytes, |r| c.complete_authorization(r)).await
        }
        op::RefreshAuthorization::NAME => {
            run::<op::RefreshAuthorization, _>(bytes, |r| c.refresh_authorization(r)).await
        }
        op::RevokeAuthorization::NAME => {
            run::<op::RevokeAuthorization, _>(bytes, |r| c.revoke_authorization(r)).await
        }
        op::InspectAuthorization::NAME => {
            run::<op::InspectAuthorization, _>(bytes, |r| c.inspect_authorization(r)).await
        }
        op::AccountProfile::NAME => run::<op::AccountProfile, _>(bytes, |r| c.account_profile(r)).await,
        op::ContactProfile::NAME => run::<op::ContactProfile, _>(bytes, |r| c.contact_profile(r)).await,
        op::Probe::NAME => run::<op::Probe, _>(bytes, |r| c.probe(r)).await,
        op::History::NAME => run::<op::History, _>(bytes, |r| c.history(r)).await,
        op::Poll::NAME => run::<op::Poll, _>(bytes, |r| c.poll(r)).await,
        op::ConfigureWebhooks::NAME => {
            run::<op::ConfigureWebhooks, _>(bytes, |r| c.configure_webhooks(r)).await
        }
        op::EntryPoints::NAME => run::<op::EntryPoints, _>(bytes, |r| c.entry_points(r)).await,
        _ => Err(abi_error(error_code::UNKNOWN_OPERATION, format!("no operation is named {operation}"))),
    }
}

async fn run<O: Operation, F>(
    (request, attachment): (Vec<u8>, Vec<u8>),
    method: impl FnOnce(O::Request) -> F,
) -> Result<Reply, AbiError>
where
    F: Future<Output = Result<O::Reply, ConnectorError>>,
{
    let mut call: Call<O::Request> = serde_json::from_slice(&request).map_err(bad_request)?;
    call.request.put_attachment(attachment);
    let span = debug_span!("call", operation = O::NAME, trace = %call.trace_id);
    let mut answer = method(call.request).instrument(span).await.map_err(|e| connector_error(&e))?;
    let attachment = answer.take_attachment();
    reply(&answer, attachment)
}
