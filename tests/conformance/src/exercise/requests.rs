//! Requests that are almost those of the platform: changed, cut, huge, deep, no text.

use connector_api::{Timestamp, WebhookRequest};
use serde_json::{Value, json};

use crate::{Samples, random::Random, samples::Webhook};

/// Changed bodies of each sample.
const CHANGED: usize = 24;
const LARGE: usize = 1 << 20;
const DEEP: usize = 100_000;

/// A request by its name.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) request: WebhookRequest,
}

/// Every request, in the same order for the same seed.
pub(crate) fn cases(samples: &Samples, seed: u64) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut case = |name: String, request| cases.push(Case { name, request });
    for webhook in &samples.webhooks {
        let body = samples.body(webhook);
        case(webhook.name.clone(), samples.request(webhook, body.clone()));
        for number in 0..CHANGED {
            let name = format!("{}, changed {number}", webhook.name);
            let changed = changed(&mut Random::of(seed, &name), webhook, samples, &body);
            case(name, samples.request(webhook, changed));
        }
        for (name, request) in around(samples, webhook, &body) {
            case(format!("{}, {name}", webhook.name), request);
        }
    }
    let at = Timestamp::from_seconds(samples.received_at);
    for (name, body) in bodies() {
        case(name.to_owned(), samples.signed(WebhookRequest::post(Vec::new(), body, at)));
    }
    for at in [0, i64::MIN, i64::MAX] {
        let request = WebhookRequest::post(Vec::new(), b"{}".to_vec(), Timestamp::from_millis(at));
        case(format!("at {at} ms"), samples.signed(request));
    }
    cases
}

/// Bodies that have nothing to do with the platform.
fn bodies() -> Vec<(&'static str, Vec<u8>)> {
    let deep = |open: &str| open.repeat(DEEP).into_bytes();
    vec![
        ("no body", Vec::new()),
        ("no JSON", b"hello".to_vec()),
        ("no UTF-8", vec![0xff, 0xfe, b'{', 0xc0, 0x80]),
        ("a megabyte of zeros", vec![0; LARGE]),
        ("a text of a megabyte", json!("x".repeat(LARGE)).to_string().into_bytes()),
        ("deep lists", deep("[")),
        ("deep objects", deep("{\"a\":")),
        ("many members", format!("{{{}\"z\":0}}", "\"a\":0,".repeat(50_000)).into_bytes()),
        ("null", b"null".to_vec()),
        ("an endless number", format!("1{}", "0".repeat(10_000)).into_bytes()),
    ]
}

/// The same body with other headers, methods and queries.
fn around(samples: &Samples, webhook: &Webhook, body: &[u8]) -> Vec<(&'static str, WebhookRequest)> {
    let request = || samples.request(webhook, body.to_vec());
    let with = |headers: Vec<(String, String)>| {
        let mut request = request();
        request.headers.extend(headers);
        request
    };
    let mut empty = request();
    empty.headers.iter_mut().for_each(|(_, value)| value.clear());
    let mut long = request();
    long.headers.iter_mut().for_each(|(_, value)| value.push_str(&"é=,".repeat(5_000)));
    let many = (0..1_000).map(|number| (format!("x-{number}"), "\u{0}\n".to_owned())).collect();
    vec![
        ("empty headers", empty),
        ("endless headers", long),
        ("a thousand headers", with(many)),
        ("another method", request().with_target("BREW", "")),
        ("GET with an odd query", request().with_target("GET", "challenge=%zz%00&&=&challenge=%ff")),
        ("an endless query", request().with_target("GET", "a=1&".repeat(5_000))),
    ]
}

fn changed(random: &mut Random, webhook: &Webhook, samples: &Samples, body: &[u8]) -> Vec<u8> {
    match random.below(4) {
        0 => flipped(random, body),
        1 => body.get(..random.below(body.len())).unwrap_or_default().to_vec(),
        2 => doubled(random, body),
        _ => {
            let mut webhook = webhook.clone();
            for _ in 0..=random.below(3) {
                spoil(random, &mut webhook.body);
            }
            samples.body(&webhook)
        }
    }
}

fn flipped(random: &mut Random, body: &[u8]) -> Vec<u8> {
    let mut body = body.to_vec();
    for _ in 0..=random.below(8) {
        let at = random.below(body.len());
        let byte = random.next().to_le_bytes()[0];
        if let Some(place) = body.get_mut(at) {
            *place = byte;
        }
    }
    body
}

fn doubled(random: &mut Random, body: &[u8]) -> Vec<u8> {
    let (from, to) = (random.below(body.len()), random.below(body.len()));
    let piece = body.get(from.min(to)..from.max(to)).unwrap_or_default();
    let (head, tail) = body.split_at(from.min(body.len()));
    [head, piece, tail].concat()
}

/// Puts something unexpected in the place of one value.
fn spoil(random: &mut Random, value: &mut Value) {
    let goes_deeper = random.below(4) > 0;
    match value {
        Value::Object(members) if goes_deeper && !members.is_empty() => {
            let at = random.below(members.len());
            if let Some(member) = members.values_mut().nth(at) {
                spoil(random, member);
            }
        }
        Value::Array(items) if goes_deeper && !items.is_empty() => {
            let at = random.below(items.len());
            if let Some(item) = items.get_mut(at) {
                spoil(random, item);
            }
        }
        value => *value = odd(random),
    }
}

fn odd(random: &mut Random) -> Value {
    let deep = || (0..200).fold(json!("deep"), |inside, _| json!([inside]));
    let all = [
        Value::Null,
        json!(true),
        json!(-1),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1e308),
        json!(""),
        json!("\u{0}\u{202e}\u{1f468}\u{200d}\u{1f469}"),
        json!("x".repeat(70_000)),
        json!("-9223372036854775809"),
        json!("javascript:alert(1)"),
        json!("not_a_kind_of_this_platform"),
        json!([]),
        json!({}),
        json!({"type": {"type": {}}}),
        deep(),
    ];
    random.one(&all).cloned().unwrap_or_default()
}
