//! What the samples say of a fake platform.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// How a fake platform is used.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Script {
    /// Settings that its first line names.
    #[serde(default)]
    pub(super) settings: Vec<String>,
    /// What breaks, and what an operation says then.
    #[serde(default)]
    pub(crate) faults: Vec<ScriptedFault>,
    /// How customers come, by the word of the document: what the control call `customer/arrives` takes as `by`, or `null`
    /// where they write and nothing more.
    #[serde(default)]
    pub(crate) arrivals: BTreeMap<String, Value>,
}

/// Something that breaks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScriptedFault {
    pub(crate) name: String,
    /// As the control API takes it.
    pub(crate) fault: Value,
    /// What is called: `send`, `answer_comment`, `comment_answers` or `automatic_messages`.
    #[serde(default = "send")]
    pub(crate) operation: String,
    /// Classes of errors, `done`, or of a send `sent` and `sent_without_id`.
    #[serde(alias = "is")]
    pub(crate) send_is: Vec<String>,
}

fn send() -> String {
    "send".to_owned()
}
