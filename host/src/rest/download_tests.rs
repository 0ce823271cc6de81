use connector_api::Timestamp;

use super::*;
use crate::model::{AccountId, MediumOrigin};

const ETAG: &str = "\"abc\"";

fn asked(range: &str, others: &[(HeaderName, &str)]) -> Part {
    let mut headers = HeaderMap::new();
    headers.insert(header::RANGE, range.parse().unwrap());
    for (name, value) in others {
        headers.insert(name.clone(), value.parse().unwrap());
    }
    part(&headers, ETAG, 100)
}

#[test]
fn one_range_is_answered_and_what_is_none_is_ignored() {
    let table = [
        ("bytes=0-0", Part::Of(0..=0)),
        ("bytes=0-99", Part::Of(0..=99)),
        ("bytes=10-", Part::Of(10..=99)),
        ("bytes=-10", Part::Of(90..=99)),
        ("bytes=90-200", Part::Of(90..=99)),
        ("bytes=99-", Part::Of(99..=99)),
        ("bytes=100-", Part::None),
        ("bytes=100-200", Part::None),
        ("bytes=5-2", Part::Whole),
        ("bytes=a-b", Part::Whole),
        ("bytes=", Part::Whole),
        ("lines=0-1", Part::Whole),
        ("bytes=0-1,5-6", Part::Whole),
        ("bytes=99999999999999999999999999-", Part::None),
    ];
    for (range, expected) in table {
        assert_eq!(asked(range, &[]), expected, "{range}");
    }
}

#[test]
fn a_range_of_another_file_is_the_whole_of_this_one() {
    assert_eq!(asked("bytes=0-1", &[(header::IF_RANGE, ETAG)]), Part::Of(0..=1));
    assert_eq!(asked("bytes=0-1", &[(header::IF_RANGE, "\"other\"")]), Part::Whole);
    assert_eq!(asked("bytes=0-1", &[(header::IF_RANGE, "W/\"abc\"")]), Part::Whole);
}

#[test]
fn only_what_browsers_show_safely_is_shown() {
    let table = [
        ("image/png", "inline"),
        ("audio/ogg", "inline"),
        ("video/mp4", "inline"),
        ("image/svg+xml", "attachment"),
        ("text/html", "attachment"),
        ("text/xml", "attachment"),
        ("application/pdf", "attachment"),
        ("application/octet-stream", "attachment"),
    ];
    for (mime, expected) in table {
        assert_eq!(disposition(&medium(mime, None)), expected, "{mime}");
    }
}

#[test]
fn a_name_cannot_leave_its_header() {
    let hostile = medium("text/html", Some("a\"; x=\u{e9}\r\n<.html"));
    assert_eq!(disposition(&hostile), "attachment; filename*=UTF-8''a%22%3B%20x%3D%C3%A9%0D%0A%3C%2Ehtml");
}

fn medium(mime: &str, name: Option<&str>) -> StoredMedium {
    StoredMedium {
        id: MediumId::generate(),
        account: AccountId::generate(),
        sha256: "abc".to_owned(),
        kind: "file".to_owned(),
        mime: mime.to_owned(),
        bytes: 100,
        size: None,
        name: name.map(str::to_owned),
        origin: MediumOrigin::Upload,
        created_at: Timestamp::from_millis(0),
    }
}
