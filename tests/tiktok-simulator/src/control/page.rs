//! `GET /`: what this is, for whoever opens it in a browser.

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

const PAGE: &str = include_str!("page.txt");

/// The control calls as plain text.
pub(crate) async fn page() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], PAGE)
}
