//! The frozen binary boundary between the Jackfield host and a connector library.
//!
//! This crate is 1.0.0 for ever. Everything that may need to change travels as JSON bytes *through* the
//! boundary; the boundary itself only knows byte vectors. Authors never use it directly: they implement
//! `connector_api::ChannelConnector` and write one `connector_api::export_connector!` line.
//!
//! | what | where |
//! |---|---|
//! | the exported root module and the connector object | [`ConnectorMod`], [`Connector`] |
//! | what the host lends to a connector | [`HostApi`], [`LogRecord`] |
//! | what can be read without running the library | [`embedded`] |
//!
//! # Rules that keep old and new files together
//!
//! * By-value structs ([`Reply`], [`AbiError`], [`LogRecord`]) never change.
//! * Methods and fields are only appended after the `last_prefix_field` mark, methods with a default body.
//! * A new operation is a new *name* for [`Connector::call`], not a new method.

#![allow(
    non_camel_case_types,
    non_local_definitions,
    reason = "abi_stable's derive macros name and place their own items"
)]
#![allow(missing_debug_implementations, reason = "prefix types are tables of functions")]
#![allow(
    unsafe_code,
    clippy::undocumented_unsafe_blocks,
    reason = "only abi_stable's derive macros write unsafe code here"
)]

pub use abi_stable;
pub use async_ffi;

pub mod embedded;
mod export;
mod host_api;

use abi_stable::{
    StableAbi,
    library::RootModule,
    package_version_strings, sabi_trait,
    sabi_types::VersionStrings,
    std_types::{RBox, RResult, RString, RVec},
};
use async_ffi::FfiFuture;

pub use host_api::{HostApi, HostApi_Ref, LogRecord, level};

/// Version of this crate, as it stands in the manifest of every connector library.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A future that crosses the boundary and yields a [`Reply`] or an [`AbiError`].
pub type ReplyFuture = FfiFuture<RResult<Reply, AbiError>>;

/// The boxed connector object that [`ConnectorMod::new`] returns.
pub type ConnectorBox = Connector_TO<'static, RBox<()>>;

/// An answer: JSON, and media bytes that travel beside it untouched.
#[repr(C)]
#[derive(StableAbi, Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The serialised reply type of the operation.
    pub json: RVec<u8>,
    /// Media bytes; empty for operations that carry none.
    pub attachment: RVec<u8>,
}

/// Why a call over the boundary has no [`Reply`].
#[repr(C)]
#[derive(StableAbi, Debug, Clone, PartialEq, Eq)]
pub struct AbiError {
    /// One of [`error_code`].
    pub code: u32,
    /// For people; holds no secret and no message body.
    pub message: RString,
    /// For [`error_code::CONNECTOR`] the connector's own error as JSON, else empty.
    pub details_json: RVec<u8>,
}

/// Values of [`AbiError::code`]. An unknown value is treated as [`PANICKED`](error_code::PANICKED): outcome unknown.
pub mod error_code {
    /// The connector answered with an error of its own; see `details_json`.
    pub const CONNECTOR: u32 = 1;
    /// The connector's code panicked; what it had done until then is unknown.
    pub const PANICKED: u32 = 2;
    /// The call was cancelled or the connector is shut down; what it had done until then is unknown.
    pub const CANCELLED: u32 = 3;
    /// The request could not be read; the connector's code was not called.
    pub const BAD_REQUEST: u32 = 4;
    /// This library does not know the operation's name; nothing was done.
    pub const UNKNOWN_OPERATION: u32 = 5;
}

/// The one exported root module of a connector library.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = ConnectorMod_Ref)))]
pub struct ConnectorMod {
    /// The capability document, byte for byte the one in the library's embedded section.
    pub describe: extern "C" fn() -> RVec<u8>,
    /// Creates one instance from a start request (JSON).
    #[sabi(last_prefix_field)]
    pub new: extern "C" fn(start_request: RVec<u8>, host: HostApi_Ref) -> RResult<ConnectorBox, AbiError>,
}

impl RootModule for ConnectorMod_Ref {
    abi_stable::declare_root_module_statics! {ConnectorMod_Ref}

    const BASE_NAME: &'static str = "jackfield_connector";
    const NAME: &'static str = "jackfield_connector";
    const VERSION_STRINGS: VersionStrings = package_version_strings!();
}

/// One configured connector instance, seen from the host.
#[sabi_trait]
pub trait Connector: Send + Sync {
    /// Verifies and normalises one webhook request. Synchronous, without I/O; may be called from several threads.
    ///
    /// `request` is JSON without the body, `body` the raw bytes as they arrived.
    fn receive(&self, request: RVec<u8>, body: RVec<u8>) -> RResult<Reply, AbiError>;

    /// Starts the operation of that name. Dropping the future cancels the connector's work.
    fn call(&self, operation: RString, request: RVec<u8>, attachment: RVec<u8>) -> ReplyFuture;

    /// Cancels what is running and releases what the instance holds. Calls made afterwards answer
    /// [`error_code::CANCELLED`].
    #[sabi(last_prefix_field)]
    fn shutdown(&self) -> FfiFuture<()>;
}
