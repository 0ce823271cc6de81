//! `GET /v1/media/{id}`: the bytes of a file, so that no browser runs anything in them.

use std::{ops::RangeInclusive, sync::Arc};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use http_range_header::{RangeUnsatisfiableError, parse_range_header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    body::{PathText, id},
    caller::Caller,
    problem::Problem,
};
use crate::{
    media::is_shown,
    model::{MediumId, StoredMedium},
    shared::Shared,
};

/// What keeps a browser from running what it is given, or giving it to other sites.
pub(super) const SAFE: [(HeaderName, &str); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::CACHE_CONTROL, "private, max-age=3600"),
];

/// Which part of a file somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Whole,
    Of(RangeInclusive<u64>),
    /// It has no such part.
    None,
}

/// The bytes of a file, or a part of them.
#[utoipa::path(get, path = "/v1/media/{id}", tag = "media",
    params(("id" = MediumId, Path),
        ("Range" = Option<String>, Header, description = "One range of bytes; more than one answers the whole."),
        ("If-None-Match" = Option<String>, Header, description = "An ETag of an answer before."),
        ("If-Range" = Option<String>, Header, description = "An ETag: the range only of that very file.")),
    responses((status = 200, body = String, content_type = "application/octet-stream", description = "The file."),
        (status = 206, body = String, content_type = "application/octet-stream", description = "The part."),
        (status = 304, description = "It is the one of that ETag."),
        (status = 416, description = "`media.no_such_range`")))]
pub(super) async fn download(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(medium): PathText,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id: MediumId = id(&medium, "medium")?;
    let medium = shared.store.medium(id).await?.filter(|medium| caller.may(medium.account));
    let medium = medium.ok_or_else(|| Problem::not_found("medium"))?;
    let etag = format!("\"{}\"", medium.sha256);
    let mut response = match part(&headers, &etag, medium.bytes) {
        _ if matches(&headers, &header::IF_NONE_MATCH, &etag) => StatusCode::NOT_MODIFIED.into_response(),
        Part::Whole => {
            let body = Body::from_stream(shared.media.files.read(&medium, None).await?);
            ([(header::CONTENT_LENGTH, medium.bytes.to_string())], body).into_response()
        }
        Part::Of(range) => {
            let (first, last) = range.into_inner();
            let body = Body::from_stream(shared.media.files.read(&medium, Some(first..last + 1)).await?);
            let headers = [
                (header::CONTENT_LENGTH, (last + 1 - first).to_string()),
                (header::CONTENT_RANGE, format!("bytes {first}-{last}/{}", medium.bytes)),
            ];
            (StatusCode::PARTIAL_CONTENT, headers, body).into_response()
        }
        Part::None => {
            let detail = format!("The file has {} bytes; the range lies behind them.", medium.bytes);
            let problem = Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, "media.no_such_range", detail);
            let whole = [(header::CONTENT_RANGE, format!("bytes */{}", medium.bytes))];
            return Ok((whole, problem).into_response());
        }
    };
    describe(&medium, &etag, response.headers_mut());
    Ok(response)
}

fn part(headers: &HeaderMap, etag: &str, length: u64) -> Part {
    let Some(range) = headers.get(header::RANGE).and_then(|range| range.to_str().ok()) else {
        return Part::Whole;
    };
    if headers.contains_key(header::IF_RANGE) && !matches(headers, &header::IF_RANGE, etag) {
        return Part::Whole;
    }
    // What is no range is ignored, as HTTP has it; so are several, which nobody needs.
    match parse_range_header(range).and_then(|ranges| ranges.validate(length)) {
        Ok(mut ranges) if ranges.len() == 1 => ranges.pop().map_or(Part::Whole, Part::Of),
        Err(RangeUnsatisfiableError::Unsatisfiable) => Part::None,
        _ => Part::Whole,
    }
}

fn matches(headers: &HeaderMap, name: &HeaderName, etag: &str) -> bool {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    let mut tags = values.flat_map(|value| value.split(',')).map(str::trim);
    tags.any(|tag| {
        tag == etag || (*name == header::IF_NONE_MATCH && (tag == "*" || tag == format!("W/{etag}")))
    })
}

fn describe(medium: &StoredMedium, etag: &str, headers: &mut HeaderMap) {
    headers.extend(SAFE.map(|(name, value)| (name, HeaderValue::from_static(value))));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let texts = [
        (header::ETAG, etag.to_owned()),
        (header::CONTENT_TYPE, medium.mime.clone()),
        (header::CONTENT_DISPOSITION, disposition(medium)),
    ];
    for (name, text) in texts {
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(name, value);
        }
    }
}

fn disposition(medium: &StoredMedium) -> String {
    let how = if is_shown(&medium.mime) { "inline" } else { "attachment" };
    match &medium.name {
        Some(name) => format!("{how}; filename*=UTF-8''{}", utf8_percent_encode(name, NON_ALPHANUMERIC)),
        None => how.to_owned(),
    }
}

#[cfg(test)]
#[path = "download_tests.rs"]
mod tests;
