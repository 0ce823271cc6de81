//! What the host lends to a connector library.

use abi_stable::{
    StableAbi,
    std_types::{RSlice, RStr, Tuple2},
};

/// Functions of the host that a connector library may call from any thread, at any time.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = HostApi_Ref)))]
pub struct HostApi {
    /// Whether the host would write a record of this [`level`] and target.
    pub log_enabled: extern "C" fn(level: u8, target: RStr<'_>) -> bool,
    /// Writes one record to the host's log.
    #[sabi(last_prefix_field)]
    pub log: for<'a> extern "C" fn(record: &LogRecord<'a>),
}

/// One log record. Holds no secret and no message body.
#[repr(C)]
#[derive(StableAbi, Debug, Clone, Copy)]
pub struct LogRecord<'a> {
    /// One of [`level`].
    pub level: u8,
    /// Line in [`file`](Self::file); 0 when unknown.
    pub line: u32,
    /// Module path that wrote the record.
    pub target: RStr<'a>,
    /// Source file; empty when unknown.
    pub file: RStr<'a>,
    /// The text.
    pub message: RStr<'a>,
    /// Further fields, in order.
    pub fields: RSlice<'a, Tuple2<RStr<'a>, RStr<'a>>>,
    /// Enclosing spans from the outermost in, as `name{key=value}`, joined by `:`.
    pub span_path: RStr<'a>,
}

/// Values of [`LogRecord::level`].
pub mod level {
    /// Something failed that a person should look at.
    pub const ERROR: u8 = 1;
    /// Something unexpected that was dealt with.
    pub const WARN: u8 = 2;
    /// What an operator wants to see.
    pub const INFO: u8 = 3;
    /// What an author wants to see.
    pub const DEBUG: u8 = 4;
    /// Everything else.
    pub const TRACE: u8 = 5;
}
