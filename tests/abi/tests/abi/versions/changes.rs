//! What later versions of the contract change, text by text.

use abi_compatibility::evolve::Change;

const fn change(file: &'static str, text: &'static str, becomes: &'static str) -> Change {
    Change { file, text, becomes }
}

/// One more function in each table of the boundary, appended; one more method with a default body.
pub(super) const BOUNDARY: &[Change] = &[
    change("connector-api/abi/Cargo.toml", "version = \"1.0.0\"", "version = \"1.1.0\""),
    change(
        "connector-api/abi/src/lib.rs",
        "host: HostApi_Ref) -> RResult<ConnectorBox, AbiError>,\n",
        "host: HostApi_Ref) -> RResult<ConnectorBox, AbiError>,\n    \
         /// What the library thinks of itself.\n    pub selftest: extern \"C\" fn() -> RString,\n",
    ),
    change(
        "connector-api/abi/src/export.rs",
        "ConnectorMod { describe: $describe, new: $new }",
        "ConnectorMod { describe: $describe, new: $new, selftest: $crate::selftest }",
    ),
    change(
        "connector-api/abi/src/lib.rs",
        "/// The one exported root module of a connector library.\n",
        "#[doc(hidden)]\npub extern \"C\" fn selftest() -> RString {\n    \"good\".into()\n}\n\n\
         /// The one exported root module of a connector library.\n",
    ),
    change(
        "connector-api/abi/src/lib.rs",
        "    fn shutdown(&self) -> FfiFuture<()>;\n",
        "    fn shutdown(&self) -> FfiFuture<()>;\n\n    /// How it is.\n    \
         fn health(&self) -> RString {\n        \"older than the question\".into()\n    }\n",
    ),
    change(
        "connector-api/abi/src/host_api.rs",
        "pub log: for<'a> extern \"C\" fn(record: &LogRecord<'a>),\n",
        "pub log: for<'a> extern \"C\" fn(record: &LogRecord<'a>),\n    \
         /// Counts something.\n    pub count: extern \"C\" fn(name: RStr<'_>),\n",
    ),
];

/// What travels through the boundary: an operation, a field of the document, kinds of content and of events.
pub(super) const CONTRACT: &[Change] = &[
    change("connector-api/Cargo.toml", "\nversion.workspace = true", "\nversion = \"2.0.0\""),
    change(
        "connector-api/capabilities/src/document/mod.rs",
        "    pub identity: Identity,\n",
        "    pub identity: Identity,\n    /// Whether people can call.\n    #[serde(default)]\n    pub calls: Support,\n",
    ),
    change(
        "connector-api/src/content.rs",
        "    /// Content of a later time; its details",
        "    /// A place.\n    Location {\n        /// Degrees.\n        latitude: String,\n    },\n    \
         /// Content of a later time; its details",
    ),
    change(
        "connector-api/src/content.rs",
        "            Self::Unknown => \"unknown\",\n",
        "            Self::Location { .. } => \"location\",\n            Self::Unknown => \"unknown\",\n",
    ),
    change(
        "connector-api/src/event.rs",
        "    /// A kind of a later time; its details",
        "    /// The customer pinned a message.\n    MessagePinned {\n        /// How.\n        label: String,\n    },\n    \
         /// A kind of a later time; its details",
    ),
    change(
        "connector-api/src/message.rs",
        "/// Ask a channel without webhooks what is new.\n",
        "/// Pin a message.\n#[derive(Debug, Clone, Serialize, Deserialize)]\npub struct PinRequest {\n    \
         /// For whom.\n    pub account: Account,\n    /// How.\n    pub label: String,\n}\n\n\
         /// Ask a channel without webhooks what is new.\n",
    ),
    change(
        "connector-api/src/lib.rs",
        "pub use secret::Secret;\n",
        "pub use message::PinRequest;\npub use secret::Secret;\n",
    ),
    change(
        "connector-api/src/operation.rs",
        "    /// [`poll`](crate::ChannelConnector::poll)\n",
        "    /// [`pin`](crate::ChannelConnector::pin)\n    Pin = \"pin\": PinRequest => Done;\n    \
         /// [`poll`](crate::ChannelConnector::poll)\n",
    ),
    change("connector-api/src/operation.rs", "    PollRequest,\n", "    PollRequest,\n    PinRequest,\n"),
    change(
        "connector-api/src/connector.rs",
        "    /// Asks a channel without webhooks what is new.\n",
        "    /// Pins a message.\n    \
         async fn pin(&self, _request: PinRequest) -> Result<Done, ConnectorError> {\n        \
         unsupported::<op::Pin, _>()\n    }\n\n    /// Asks a channel without webhooks what is new.\n",
    ),
    change(
        "connector-api/src/boundary/dispatch.rs",
        "        op::Poll::NAME => ",
        "        op::Pin::NAME => run::<op::Pin, _>(bytes, |r| c.pin(r)).await,\n        op::Poll::NAME => ",
    ),
];

/// The connector's side answers the new question, and uses the new function where the host has it.
pub(super) const CONNECTOR_SIDE: &[Change] = &[
    change(
        "connector-api/src/boundary/mod.rs",
        "    fn shutdown(&self) -> FfiFuture<()> {\n",
        "    fn health(&self) -> RString {\n        \"well\".into()\n    }\n\n    \
         fn shutdown(&self) -> FfiFuture<()> {\n",
    ),
    change(
        "connector-api/src/boundary/mod.rs",
        "        let runtime = runtime::handle(",
        "        span.in_scope(|| match host.count() {\n            \
         Some(count) => count(\"instances\".into()),\n            \
         None => tracing::info!(\"This host counts nothing\"),\n        });\n        \
         let runtime = runtime::handle(",
    ),
];

/// The host's side has the new function, asks the new question, and calls the new operation.
pub(super) const HOST_SIDE: &[Change] = &[
    change(
        "host/loader/src/host_api.rs",
        "HostApi { log_enabled, log }",
        "HostApi { log_enabled, log, count }",
    ),
    change(
        "host/loader/src/host_api.rs",
        "extern \"C\" fn log_enabled(",
        "extern \"C\" fn count(name: RStr<'_>) {\n    tracing::info!(name = name.as_str(), \"Counted\");\n}\n\n\
         extern \"C\" fn log_enabled(",
    ),
    change(
        "host/loader/src/worker_log.rs",
        "HostApi { log_enabled, log }",
        "HostApi { log_enabled, log, count }",
    ),
    change(
        "host/loader/src/worker_log.rs",
        "extern \"C\" fn log_enabled(",
        "extern \"C\" fn count(_: RStr<'_>) {}\n\nextern \"C\" fn log_enabled(",
    ),
    change(
        "host/loader/src/in_process.rs",
        "        Self { object, copy, panicked: watch::Sender::new(false) }\n",
        "        tracing::info!(fields = object.health().as_str(), \"Asked how it is\");\n        \
         Self { object, copy, panicked: watch::Sender::new(false) }\n",
    ),
    change(
        "host/loader/src/instance.rs",
        "    async fn poll(&self, request: PollRequest)",
        "    async fn pin(&self, request: PinRequest) -> Result<Done, ConnectorError> {\n        \
         self.call::<op::Pin>(request).await\n    }\n\n    \
         async fn poll(&self, request: PollRequest)",
    ),
];

/// What must never be done: a struct that crosses by value grows.
pub(super) const DIVERGED: &[Change] = &[
    change(
        "connector-api/abi/src/lib.rs",
        "    pub attachment: RVec<u8>,\n",
        "    pub attachment: RVec<u8>,\n    /// How the attachment is packed.\n    pub packing: u32,\n",
    ),
    change(
        "connector-api/src/boundary/mod.rs",
        "Reply { json: json.into(), attachment: attachment.into() }",
        "Reply { json: json.into(), attachment: attachment.into(), packing: 0 }",
    ),
    change(
        "tests/abi/probe-connector/Cargo.toml",
        "name = \"probe-connector\"",
        "name = \"diverged-connector\"",
    ),
];
