//! Values of the envelope's `code` (protocol reference, section 10).

/// The call lacks a scope.
pub(crate) const PERMISSION: i64 = 40001;
/// A parameter is missing, forbidden or malformed.
pub(crate) const PARAMETER: i64 = 40002;
/// The named object does not exist.
pub(crate) const NOT_FOUND: i64 = 40007;
/// The path does not exist.
pub(crate) const NOT_IMPLEMENTED: i64 = 40008;
/// Messaging rules forbid this message.
pub(crate) const MESSAGE_RULES: i64 = 40064;
/// Too many calls.
pub(crate) const RATE: i64 = 40100;
/// The token belongs to another app.
pub(crate) const APP: i64 = 40113;
/// The app id or secret is wrong.
pub(crate) const CREDENTIALS: i64 = 40101;
/// The access token is older than 24 hours.
pub(crate) const TOKEN_EXPIRED: i64 = 40102;
/// The refresh token is older than a year.
pub(crate) const REFRESH_TOKEN_EXPIRED: i64 = 40103;
/// There is no access token.
pub(crate) const TOKEN_MISSING: i64 = 40104;
/// The access token is unknown, revoked, malformed or another account's.
pub(crate) const TOKEN_INCORRECT: i64 = 40105;
/// The refresh token is unknown or was rotated away.
pub(crate) const REFRESH_TOKEN_INVALID: i64 = 40107;
/// The `grant_type` is not the endpoint's.
pub(crate) const GRANT_TYPE: i64 = 40108;
/// The auth code is unknown, used or expired.
pub(crate) const AUTH_CODE: i64 = 40110;
/// The file is empty.
pub(crate) const FILE_EMPTY: i64 = 40906;
/// The file is too large.
pub(crate) const FILE_TOO_LARGE: i64 = 40907;
/// The file is no JPG or PNG.
pub(crate) const FILE_TYPE: i64 = 40908;
/// The file has expired.
pub(crate) const FILE_EXPIRED: i64 = 40910;
