//! Files in a bucket, kept by a stand-in that speaks as much of S3 as is used.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use connector_api::Secret;
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::net::TcpListener;

use super::*;
use crate::model::MediumOrigin;

const BUCKET: &str = "our-bucket";
const REGION: &str = "eu-test-1";
const ACCESS_KEY: &str = "who-asks";
const WRITTEN_AT: &str = "2026-01-31T00:00:00.000Z";

/// What the service has, and what it was asked.
#[derive(Default)]
struct Service {
    objects: BTreeMap<String, Vec<u8>>,
    parts: BTreeMap<u32, Vec<u8>>,
    /// Method and whether the request was signed.
    asked: Vec<(Method, bool)>,
}

type Shared = Arc<Mutex<Service>>;

async fn serve() -> (Shared, Files) {
    let service = Shared::default();
    let app = Router::new().fallback(answer).with_state(Arc::clone(&service));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    let bucket = Bucket {
        name: BUCKET.to_owned(),
        prefix: "inbox/files".to_owned(),
        region: REGION.to_owned(),
        endpoint: Some(endpoint),
        access_key: Secret::new(ACCESS_KEY),
        secret_key: Secret::new("proves it"),
    };
    (service, Files::open(&MediaPlace::Bucket(bucket)).unwrap())
}

fn is_signed(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let authorization = text("authorization");
    authorization.starts_with(&format!("AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/"))
        && authorization.contains(&format!("/{REGION}/s3/aws4_request"))
        && authorization.contains("Signature=")
        && !text("x-amz-date").is_empty()
        && !text("x-amz-content-sha256").is_empty()
}

async fn answer(State(service): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
    let mut service = service.lock().unwrap();
    let signed = is_signed(&parts.headers);
    service.asked.push((parts.method.clone(), signed));
    let query: BTreeMap<String, String> =
        url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let path = parts.uri.path().trim_start_matches('/');
    let Some(key) = path.strip_prefix(BUCKET).filter(|_| signed) else {
        return StatusCode::FORBIDDEN.into_response();
    };
    let key = key.trim_start_matches('/').to_owned();
    let etag = [(header::ETAG, "\"a\"")];
    match (parts.method.as_str(), query.get("uploadId"), query.get("partNumber")) {
        ("POST", None, _) if query.contains_key("uploads") => {
            service.parts.clear();
            xml("<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>")
        }
        ("PUT", Some(_), Some(number)) => {
            service.parts.insert(number.parse().unwrap(), body);
            etag.into_response()
        }
        ("POST", Some(_), _) => {
            let whole = std::mem::take(&mut service.parts).into_values().flatten().collect();
            service.objects.insert(key, whole);
            xml("<CompleteMultipartUploadResult><ETag>\"a\"</ETag></CompleteMultipartUploadResult>")
        }
        ("DELETE", Some(_), _) => {
            service.parts.clear();
            StatusCode::NO_CONTENT.into_response()
        }
        ("PUT", None, _) => {
            let source = parts.headers.get("x-amz-copy-source").and_then(|value| value.to_str().ok());
            let source =
                source.and_then(|source| source.strip_prefix(&format!("{BUCKET}/"))).unwrap_or_default();
            let Some(bytes) = service.objects.get(source).cloned() else {
                return StatusCode::NOT_FOUND.into_response();
            };
            service.objects.insert(key, bytes);
            xml("<CopyObjectResult><ETag>\"a\"</ETag></CopyObjectResult>")
        }
        ("DELETE", None, _) => {
            service.objects.remove(&key);
            StatusCode::NO_CONTENT.into_response()
        }
        ("GET", None, _) if query.contains_key("list-type") => list(&service, query.get("prefix")),
        ("GET" | "HEAD", None, _) => give_out(service.objects.get(&key), &parts.headers),
        _ => StatusCode::NOT_IMPLEMENTED.into_response(),
    }
}

fn xml(text: &str) -> Response {
    ([(header::CONTENT_TYPE, "application/xml")], text.to_owned()).into_response()
}

fn list(service: &Service, prefix: Option<&String>) -> Response {
    let prefix = prefix.map(String::as_str).unwrap_or_default();
    let found = service.objects.iter().filter(|(key, _)| key.starts_with(prefix));
    let contents = found.map(|(key, bytes)| {
        format!(
            "<Contents><Key>{key}</Key><Size>{}</Size><LastModified>{WRITTEN_AT}</LastModified><ETag>a</ETag></Contents>",
            bytes.len()
        )
    });
    xml(&format!("<ListBucketResult>{}</ListBucketResult>", contents.collect::<String>()))
}

fn give_out(bytes: Option<&Vec<u8>>, headers: &HeaderMap) -> Response {
    let Some(bytes) = bytes else { return StatusCode::NOT_FOUND.into_response() };
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let range = range.and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
    let range = range.map(|(first, last)| (first.parse::<usize>().unwrap(), last.parse::<usize>().unwrap()));
    let (first, last) = range.unwrap_or((0, bytes.len() - 1));
    let part = bytes[first..=last.min(bytes.len() - 1)].to_vec();
    let answer = Response::builder()
        .header(header::ETAG, "\"a\"")
        .header(header::LAST_MODIFIED, "Sat, 31 Jan 2026 00:00:00 GMT")
        .header(header::CONTENT_LENGTH, part.len());
    let answer = match range {
        Some(_) => answer
            .status(StatusCode::PARTIAL_CONTENT)
            .header(header::CONTENT_RANGE, format!("bytes {first}-{last}/{}", bytes.len())),
        None => answer,
    };
    answer.body(Body::from(part)).unwrap()
}

fn medium(arrived: &Arrived) -> StoredMedium {
    StoredMedium {
        id: MediumId::generate(),
        account: AccountId::generate(),
        sha256: arrived.sha256.clone(),
        kind: "file".to_owned(),
        mime: "application/octet-stream".to_owned(),
        bytes: arrived.bytes,
        size: None,
        name: None,
        origin: MediumOrigin::Upload,
        created_at: connector_api::Timestamp::from_millis(0),
    }
}

async fn read(files: &Files, medium: &StoredMedium, range: Option<std::ops::Range<u64>>) -> Vec<u8> {
    let chunks = files.read(medium, range).await.unwrap();
    chunks.try_collect::<Vec<_>>().await.unwrap().concat()
}

#[tokio::test]
async fn a_file_in_a_bucket_is_kept_read_in_parts_listed_and_removed() {
    let (service, files) = serve().await;
    // More than one part.
    let bytes: Vec<u8> = (0..PART_BYTES + 1000).map(|n| (n % 251) as u8).collect();
    let chunks = bytes.chunks(64 * 1024).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect::<Vec<_>>();
    let arrived = files.arrive(stream::iter(chunks).boxed(), u64::MAX).await.unwrap();
    assert_eq!(arrived.bytes, bytes.len() as u64);
    let medium = medium(&arrived);
    files.name(&arrived, &medium).await.unwrap();
    let keys: Vec<_> = service.lock().unwrap().objects.keys().cloned().collect();
    let name = format!("inbox/files/{}/{}-{}", medium.account, medium.sha256, medium.id);
    assert_eq!(keys, [name], "it lies somewhere else, or twice");

    assert!(files.has(&medium).await.unwrap());
    assert_eq!(files.whole(&medium).await.unwrap(), bytes);
    assert_eq!(read(&files, &medium, Some(3..8)).await, bytes[3..8]);
    let all: Vec<_> = files.all().try_collect().await.unwrap();
    assert_eq!(all.iter().map(|found| found.medium).collect::<Vec<_>>(), [Some(medium.id)]);

    files.remove(&medium).await.unwrap();
    files.remove(&medium).await.unwrap();
    assert!(!files.has(&medium).await.unwrap());
    assert!(matches!(files.whole(&medium).await, Err(FileError::Missing)));
    let service = service.lock().unwrap();
    assert!(service.asked.iter().all(|(_, signed)| *signed), "{:?}", service.asked);
}

#[tokio::test]
async fn what_does_not_arrive_whole_leaves_nothing_in_a_bucket() {
    let (service, files) = serve().await;
    let broken = vec![Ok(Bytes::from_static(b"half")), Err(FileError::Broken)];
    let arrived = files.arrive(stream::iter(broken).boxed(), u64::MAX).await;
    assert!(matches!(arrived, Err(FileError::Broken)));
    let large = vec![Ok(Bytes::from_static(b"too large"))];
    assert!(matches!(files.arrive(stream::iter(large).boxed(), 4).await, Err(FileError::TooLarge(4))));
    let service = service.lock().unwrap();
    assert_eq!((service.objects.len(), service.parts.len()), (0, 0));
}
