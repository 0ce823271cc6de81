//! Panics become errors.

use std::{
    any::Any,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::Poll,
};

use connector_abi::{AbiError, abi_stable::std_types::RResult, error_code};

use super::abi_error;

/// Runs `f`; a panic becomes [`error_code::PANICKED`].
pub(super) fn guard<T>(f: impl FnOnce() -> Result<T, AbiError>) -> RResult<T, AbiError> {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|payload| Err(panicked(payload))).into()
}

/// Drives `future`; a panic while it is polled becomes [`error_code::PANICKED`].
pub(super) async fn guarded<T>(future: impl Future<Output = Result<T, AbiError>>) -> Result<T, AbiError> {
    let mut future = pin!(future);
    std::future::poll_fn(|cx| {
        catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx)))
            .unwrap_or_else(|payload| Poll::Ready(Err(panicked(payload))))
    })
    .await
}

/// The error for a caught panic. Dropping a payload runs the author's code once more, so that is guarded too.
pub(super) fn panicked(payload: Box<dyn Any + Send>) -> AbiError {
    let text = payload
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no text".to_owned());
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(again);
    }
    abi_error(error_code::PANICKED, format!("the connector panicked: {text}"))
}
