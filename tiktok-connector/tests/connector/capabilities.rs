//! One test for each row of the product brief, against the embedded document.

use std::sync::LazyLock;

use connector_api::{
    CapabilityDocument, Timestamp,
    capabilities::{
        Action, Context, Verdict, WindowLedger, check,
        document::{
            Confidence, ContentRule, Direction, EntryPoint, Initiator, Limit, Meanwhile, MediaSource,
            PricingModel, RateScope, RegionFeature, RegionMode, RegionSubject, Resolution, Restart, SCHEMA,
            Signal, Stage, StatusRule, Support, TextUnit,
        },
    },
};
use serde_json::Value;

use crate::DOCUMENT;

static TIKTOK: LazyLock<CapabilityDocument> =
    LazyLock::new(|| serde_json::from_str(DOCUMENT).expect("the document reads"));

fn rule(direction: Direction, kind: &str) -> &'static ContentRule {
    TIKTOK.content_rule(direction, kind).expect(kind)
}

fn region(feature: RegionFeature) -> (RegionSubject, RegionMode, Resolution, String) {
    let rule = TIKTOK.regions.iter().find(|rule| rule.feature == feature).expect("a rule");
    (rule.subject, rule.mode, rule.resolved_by, rule.set.join(" "))
}

fn status(state: &str) -> &'static StatusRule {
    TIKTOK.statuses.iter().find(|rule| rule.state == state).expect(state)
}

fn entry_point(kind: &str) -> &'static EntryPoint {
    TIKTOK.entry_points.iter().find(|entry| entry.kind == kind).expect(kind)
}

fn reasons_against(action: Action<'_>) -> Vec<String> {
    let now = Timestamp::from_seconds(1_000);
    let context = Context { now, ledger: WindowLedger::default().inbound(now) };
    match check(&TIKTOK, &context, action) {
        Verdict::Denied { reasons } => reasons.iter().map(|r| r.code.to_string()).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn nothing_in_the_file_is_unknown_to_the_types() {
    let file: Value = serde_json::from_str(DOCUMENT).expect("JSON");
    let survived = serde_json::to_value(&*TIKTOK).expect("JSON");
    let mut lost = Vec::new();
    compare(&file, &survived, "", &mut lost);
    assert_eq!(lost, Vec::<String>::new());
}

fn compare(file: &Value, survived: &Value, path: &str, lost: &mut Vec<String>) {
    match (file, survived) {
        (Value::Object(fields), _) => {
            for (name, value) in fields {
                let path = format!("{path}.{name}");
                match survived.get(name) {
                    Some(other) => compare(value, other, &path, lost),
                    None => lost.push(path),
                }
            }
        }
        (Value::Array(items), Value::Array(others)) if items.len() == others.len() => {
            for (index, (item, other)) in items.iter().zip(others).enumerate() {
                compare(item, other, &format!("{path}[{index}]"), lost);
            }
        }
        _ if file == survived => {}
        _ => lost.push(path.to_owned()),
    }
}

#[test]
fn it_is_the_document_of_this_crate() {
    assert_eq!(TIKTOK.schema, SCHEMA);
    assert_eq!(TIKTOK.connector.id, "tiktok");
    assert_eq!(TIKTOK.connector.version, env!("CARGO_PKG_VERSION"));
}

#[test]
fn no_kind_is_declared_twice() {
    for rule in &TIKTOK.content {
        let same = |other: &&ContentRule| (other.direction, &other.kind) == (rule.direction, &rule.kind);
        assert_eq!(TIKTOK.content.iter().filter(same).count(), 1, "{rule:?}");
    }
}

#[test]
fn every_rule_of_content_window_rate_region_and_status_has_evidence() {
    assert!(TIKTOK.content.iter().all(|rule| rule.evidence.is_some()));
    assert!(TIKTOK.windows.iter().all(|rule| rule.evidence.is_some()));
    assert!(TIKTOK.rates.iter().all(|rule| rule.evidence.is_some()));
    assert!(TIKTOK.regions.iter().all(|rule| rule.evidence.is_some()));
    assert!(TIKTOK.statuses.iter().all(|rule| rule.evidence.is_some()));
}

#[test]
fn it_is_a_free_open_beta() {
    assert_eq!(TIKTOK.maturity.stage, Stage::OpenBeta);
    assert_eq!(TIKTOK.pricing.model, PricingModel::Free);
}

#[test]
fn organisations_in_the_us_are_not_served() {
    let (subject, mode, resolved_by, set) = region(RegionFeature::Service);
    assert_eq!((subject, mode), (RegionSubject::Organisation, RegionMode::Block));
    assert_eq!((resolved_by, set.as_str()), (Resolution::Declared, "US"));
}

#[test]
fn accounts_in_the_eea_switzerland_and_the_uk_have_no_messaging() {
    let (subject, mode, resolved_by, set) = region(RegionFeature::Messaging);
    assert_eq!((subject, mode), (RegionSubject::Account, RegionMode::Block));
    assert_eq!((resolved_by, set.as_str()), (Resolution::Declared, "EEA CH GB"));
}

#[test]
fn media_is_blocked_where_either_side_is_in_one_of_fifteen_markets() {
    let (subject, mode, resolved_by, set) = region(RegionFeature::Media);
    assert_eq!((subject, mode), (RegionSubject::Either, RegionMode::Block));
    assert_eq!(resolved_by, Resolution::Probe);
    assert_eq!(set, "AU CO EU IN IR JP NG KP PH RU KR TR UA GB US");
}

#[test]
fn a_probe_settles_per_conversation_whether_media_may_be_sent() {
    let mut probes = TIKTOK.probes.iter();
    let probe = probes.find(|probe| probe.answers == ["region.media"]).expect("a probe");
    assert_eq!((probe.scope, probe.meanwhile), (RateScope::Conversation, Meanwhile::Allow));
}

#[test]
fn there_are_no_chat_links() {
    assert!(!entry_point("chat_link").available);
}

#[test]
fn customers_begin_at_the_profile_link_or_an_ad() {
    assert!(entry_point("profile_link").available);
    assert!(entry_point("messaging_ad").available);
}

#[test]
fn a_qr_code_opens_the_conversation_with_text_prefilled() {
    let qr_code = entry_point("qr_code");
    assert!(qr_code.available && qr_code.prefilled_text);
    assert_eq!(qr_code.url_template, "https://tiktok.me/{username}");
}

#[test]
fn text_is_limited_to_6000_characters() {
    let limit = rule(Direction::Outbound, "text").limits.text.expect("a limit");
    assert_eq!((limit.max, limit.unit), (Limit::At(6_000), TextUnit::Utf16));
    assert!(reasons_against(Action::SendText(&"a".repeat(6_000))).is_empty());
    assert_eq!(reasons_against(Action::SendText(&"a".repeat(6_001))), ["content.text_too_long"]);
    assert_eq!(reasons_against(Action::SendText(&"👋".repeat(3_001))), ["content.text_too_long"]);
}

#[test]
fn images_are_jpeg_or_png_of_at_most_3_megabytes() {
    let image = rule(Direction::Outbound, "image");
    let limit = image.limits.media.as_ref().expect("a limit");
    assert_eq!(limit.mimes, ["image/jpeg", "image/png"]);
    assert_eq!((limit.max_bytes, limit.per_message), (Limit::At(3_000_000), Limit::At(1)));
    assert_eq!((image.support, limit.source), (Support::Native, MediaSource::Upload));
}

#[test]
fn one_message_carries_exactly_one_content() {
    assert_eq!(TIKTOK.composition.max_parts_per_message, Limit::At(1));
    assert!(TIKTOK.composition.allowed_sets.iter().all(|set| set.len() == 1));
}

#[test]
fn posts_come_in_and_are_echoed() {
    assert_eq!(TIKTOK.support(Direction::Inbound, "post_share"), Support::Native);
    assert_eq!(TIKTOK.support(Direction::Echo, "post_share"), Support::Native);
}

#[test]
fn sending_own_posts_is_an_opt_in() {
    assert!(rule(Direction::Outbound, "post_share").opt_in);
}

#[test]
fn what_cannot_be_shown_is_a_placeholder_and_never_dropped() {
    for kind in ["video", "voice", "sticker", "avatar", "deleted", "file_too_large", "file", "unknown"] {
        assert_eq!(TIKTOK.support(Direction::Inbound, kind), Support::Placeholder, "{kind}");
    }
}

#[test]
fn no_outgoing_video_or_voice() {
    for kind in ["video", "voice"] {
        assert_eq!(TIKTOK.support(Direction::Outbound, kind), Support::Unsupported, "{kind}");
        assert_eq!(reasons_against(Action::SendKind(kind)), ["content.kind_unsupported"]);
    }
}

#[test]
fn quick_replies_become_plain_text() {
    let rule = rule(Direction::Outbound, "quick_replies");
    assert_eq!((rule.support, rule.becomes.as_deref()), (Support::Converted, Some("text")));
}

#[test]
fn buttons_become_plain_text() {
    let rule = rule(Direction::Outbound, "buttons");
    assert_eq!((rule.support, rule.becomes.as_deref()), (Support::Converted, Some("text")));
}

#[test]
fn native_question_cards_are_an_opt_in() {
    let rule = rule(Direction::Outbound, "question_card");
    assert!(rule.opt_in && rule.support == Support::Native);
}

#[test]
fn statuses_are_sent_delivered_read_and_failed_each_with_its_signal() {
    let signals =
        ["sent", "delivered", "read", "failed"].map(|state| (status(state).available, status(state).signal));
    let expected = [Signal::AcceptedResponse, Signal::Echo, Signal::ReadReceipt, Signal::Refusal];
    assert_eq!(signals, expected.map(|signal| (true, signal)));
}

#[test]
fn delivered_means_placed_in_the_conversation_and_is_an_assumption() {
    let delivered = status("delivered");
    assert_eq!(delivered.meaning, "placed in the conversation by TikTok");
    let evidence = delivered.evidence.as_ref().expect("evidence");
    assert_eq!(evidence.confidence, Confidence::Assumed);
}

#[test]
fn ten_messages_in_48_hours_both_reset_by_each_inbound_message() {
    let window = TIKTOK.window().expect("a window");
    assert_eq!((window.length_seconds, window.restarts), (Limit::At(172_800), Restart::EachInbound));
    assert_eq!((window.quota.max, window.quota.refills_on_restart), (Limit::At(10), true));
}

#[test]
fn ten_requests_per_second_and_app_and_that_may_change() {
    let [rate] = TIKTOK.rates.as_slice() else {
        panic!("one rate: {:?}", TIKTOK.rates);
    };
    assert_eq!((rate.max, rate.per_seconds, rate.scope), (10, 1, RateScope::App));
    assert!(rate.configurable);
}

#[test]
fn no_business_initiated_messages() {
    assert!(!TIKTOK.business_may_start());
    assert_eq!(reasons_against(Action::StartConversation), ["initiation.user_must_start"]);
}

#[test]
fn answering_a_comment_is_the_only_way_to_write_first_and_an_opt_in() {
    let business: Vec<_> = TIKTOK.initiation.iter().filter(|way| way.who == Initiator::Business).collect();
    assert_eq!(business.len(), 1);
    assert!(business.iter().all(|way| way.via == "comment" && way.opt_in && !way.conditions.is_empty()));
}

#[test]
fn no_broadcasts() {
    assert_eq!(TIKTOK.broadcast.support, Support::Unsupported);
    assert_eq!(reasons_against(Action::Broadcast), ["broadcast.unsupported"]);
}

#[test]
fn an_ad_is_unknown_unless_the_message_carries_it() {
    let attribution = TIKTOK.identity.ad_attribution.as_deref();
    assert_eq!(attribution, Some("unknown unless the message carries it"));
}
