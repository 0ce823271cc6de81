//! A switch of a platform, as it is set and told.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a switch of the platform is to stand.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SwitchBody {
    pub(super) enabled: bool,
}

/// How a switch of the platform stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SwitchView {
    /// `null` where the platform does not say.
    pub(super) enabled: Option<bool>,
}
