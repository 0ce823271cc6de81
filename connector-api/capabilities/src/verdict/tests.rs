//! Verdicts as tables: what is tried, under which policy, and what comes of it.

use super::*;
use crate::{
    Narrowing,
    document::{CapabilityDocument, CommentRule, SCHEMA, Support},
};

mod laws;

const HOUR: i64 = 3600;

fn document() -> CapabilityDocument {
    serde_json::from_value(serde_json::json!({
        "schema": SCHEMA,
        "connector": {"id": "sample", "name": "Sample", "version": "1.0.0"},
        "content": [
            {"direction": "outbound", "kind": "text", "support": "native",
             "limits": {"text": {"max": 40, "unit": "utf16"}}},
            {"direction": "outbound", "kind": "image", "support": "native", "ladder": ["link"],
             "limits": {"media": {"mimes": ["image/jpeg", "image/png"], "max_bytes": 100, "per_message": 1,
                                  "source": "upload"}}},
            {"direction": "outbound", "kind": "video", "support": "unsupported", "ladder": ["link"]},
            {"direction": "outbound", "kind": "card", "support": "native", "opt_in": true,
             "conditions": ["The card was reviewed."],
             "limits": {"choices": {"max": 2, "title_max": 10, "label_max": 5, "unit": "utf16"}}},
            {"direction": "outbound", "kind": "buttons", "support": "converted", "ladder": ["card", "text"]},
        ],
        "composition": {"max_parts_per_message": 1, "allowed_sets": [["text"], ["image"]],
                        "split_order": ["text", "image"], "ladder": ["split", "link"]},
        "operations": {
            "reply": {"support": "native", "kinds": ["text"], "target_kinds": ["text", "image"]},
            "edit": {"support": "native", "kinds": ["text"], "target_kinds": ["text"], "max_age_seconds": 900},
            "delete": {"support": "unsupported"},
            "typing": {"support": "native", "needs_window": false},
            "mark_read": {"support": "native"}},
        "initiation": [{"who": "customer", "via": "direct_message"},
                       {"who": "business", "via": "comment", "opt_in": true, "conditions": ["The comment is new."]}],
        "windows": [
            {"profile": "strict", "length_seconds": 48 * HOUR, "restarts": "each_inbound", "after_close": 0,
             "quota": {"max": 4, "refills_on_restart": true, "counts": {"api": true, "signals": false}}},
            {"profile": "guide", "opt_in": true, "length_seconds": 48 * HOUR, "restarts": "each_inbound",
             "after_close": 3, "quota": {"max": 4, "max_later": "unbounded", "refills_on_restart": true}}],
        "broadcast": {"support": "unsupported"},
        "comment_answers": {"support": "native", "kinds": ["text"], "max_age_seconds": 48 * HOUR,
                            "quiet_seconds": 24 * HOUR, "account_regions": ["VN", "TH"]},
        "regions": [
            {"feature": "service", "subject": "organisation", "mode": "block", "set": ["US"], "resolved_by": "declared"},
            {"feature": "messaging", "subject": "account", "mode": "block", "set": ["EEA", "CH"], "resolved_by": "declared"},
            {"feature": "media", "subject": "either", "mode": "block", "set": ["EU", "JP"], "resolved_by": "probe"}],
        "probes": [{"answers": ["region.media"], "scope": "conversation", "valid_seconds": 60, "meanwhile": "allow"}],
    }))
    .unwrap()
}

fn start() -> Timestamp {
    Timestamp::from_seconds(1_767_225_600)
}

/// So many hours after the customer's message, with so many replies sent.
fn at(hours: Option<i64>, used: u32) -> Context {
    let ledger = WindowLedger { last_inbound_at: hours.map(|_| start()), used, ..WindowLedger::default() };
    Context::new(start().plus_seconds(hours.unwrap_or_default() * HOUR), ledger)
}

fn codes(verdict: &Verdict) -> Vec<&str> {
    verdict.reasons().iter().map(|reason| reason.code.as_str()).collect()
}

/// The plan as `kind:text`, with what it loses.
fn plan(verdict: &Verdict) -> (Vec<String>, Vec<&str>) {
    let Verdict::Degraded { plan, losses, .. } = verdict else { return (Vec::new(), Vec::new()) };
    let part = |part: &Part| format!("{}:{}", part.kind, part.text.as_deref().unwrap_or_default());
    let steps = plan.iter().map(|step| {
        let quote = if step.quotes { ">" } else { "" };
        format!("{quote}{}", step.parts.iter().map(part).collect::<Vec<_>>().join("+"))
    });
    (steps.collect(), losses.iter().map(|loss| loss.code.as_str()).collect())
}

fn picture() -> Part {
    Part::medium("image", "image/png", 100)
}

fn buttons(title: &str) -> Part {
    Part::choices("buttons", title, ["Yes", "No"])
}

#[test]
fn every_reason_is_named_and_permanent_ones_come_first() {
    use Action::{Broadcast, SendKind, SendText, StartConversation};
    let long = "a".repeat(41);
    let waves = format!("{}👋", "a".repeat(39));
    let table: &[(Action<'_>, Option<i64>, u32, &[&str])] = &[
        (SendText("12345"), Some(47), 3, &[]),
        (SendText(&long), Some(1), 0, &["content.text_too_long"]),
        (SendText(&waves), Some(1), 0, &["content.text_too_long"]),
        (SendText(" \n"), Some(1), 0, &["content.text_empty"]),
        (SendText("hi"), Some(48), 0, &["window.closed"]),
        (SendText("hi"), Some(1), 4, &["window.quota_exhausted"]),
        (SendText("hi"), None, 0, &["initiation.user_must_start"]),
        (SendText(&long), Some(48), 0, &["content.text_too_long", "window.closed"]),
        (SendKind("video"), Some(1), 0, &["content.kind_unsupported"]),
        (SendKind("hologram"), Some(1), 4, &["content.kind_unsupported", "window.quota_exhausted"]),
        (SendKind("card"), Some(1), 0, &["content.opt_in_off"]),
        (StartConversation, None, 0, &["initiation.user_must_start"]),
        (Broadcast, None, 0, &["broadcast.unsupported"]),
    ];
    for (action, hours, used, expected) in table {
        let verdict = check(&document(), &at(*hours, *used), *action, &Policy::EXACT);
        assert_eq!(codes(&verdict), *expected, "{action:?} after {hours:?} h, {used} used");
    }
}

#[test]
fn reasons_of_one_permanence_follow_the_fixed_precedence() {
    let mut context = at(Some(48), 0);
    context.account.region = Some("DE".parse().unwrap());
    context.organisation_region = Some("US".parse().unwrap());
    context
        .conversation
        .reasons
        .push(Reason::passing(crate::ReasonCode::RECIPIENT_REQUEST_PENDING, "Not accepted."));
    let draft = Draft::of(Part::medium("image", "image/gif", 101).with_text("look"));
    let verdict = check(&document(), &context, Action::Send(&draft), &Policy::EXACT);
    let expected = [
        "region.organisation_blocked",
        "region.account_blocked",
        "content.caption_unsupported",
        "content.mime_unsupported",
        "region.media_blocked",
        "content.media_too_large",
        "recipient.request_pending",
        "window.closed",
    ];
    assert_eq!(codes(&verdict), expected);
    assert!(verdict.reasons().iter().all(|reason| reason.remedy.is_some() && reason.layer.is_some()
        || reason.code.as_str() == "recipient.request_pending"));
}

#[test]
fn what_is_not_possible_as_it_is_becomes_a_plan_where_the_policy_permits() {
    let words = format!("{} {}", "a".repeat(30), "b".repeat(30));
    let halves = [format!("text:{} ", "a".repeat(30)), format!("text:{}", "b".repeat(30))];
    let url = "https://a.example/v";
    let quote = Target { kind: Some("image".into()), sent_at: None };
    let sticker = Target { kind: Some("sticker".into()), sent_at: None };
    let table: Vec<(Draft, Vec<String>, Vec<&str>)> = vec![
        (Draft::of(Part::text(&words)), halves.to_vec(), vec!["split"]),
        (Draft::of(Part::text("hi")).and(picture()), vec!["text:hi".into(), "image:".into()], vec!["split"]),
        (Draft::of(picture()).and(Part::text("hi")), vec!["text:hi".into(), "image:".into()], vec!["split"]),
        (Draft::of(picture().with_text("hi")), vec!["text:hi".into(), "image:".into()], vec!["split"]),
        (Draft::of(buttons("Well?")), vec!["text:Well?\n1. Yes\n2. No".into()], vec!["choices_as_text"]),
        (
            Draft::of(Part::of_kind("video").with_url(url)),
            vec![format!("text:{url}")],
            vec!["medium_as_link"],
        ),
        (
            Draft::of(Part::text("hi")).and(picture()).quoting(quote.clone()),
            vec![">text:hi".into(), "image:".into()],
            vec!["split"],
        ),
        (Draft::of(picture()).quoting(quote), vec!["image:".into()], vec!["quote_dropped"]),
        (Draft::of(Part::text("hi")).quoting(sticker), vec!["text:hi".into()], vec!["quote_dropped"]),
    ];
    for (draft, steps, losses) in table {
        let verdict = check(&document(), &at(Some(1), 0), Action::Send(&draft), &Policy::LENIENT);
        assert_eq!(plan(&verdict), (steps.clone(), losses), "{draft:?}\n{verdict:?}");
        assert_eq!(verdict.permission().unwrap().costs as usize, steps.len());
        let exact = check(&document(), &at(Some(1), 0), Action::Send(&draft), &Policy::EXACT);
        assert!(exact.reasons().iter().all(|reason| reason.permanent), "{exact:?}");
        assert!(!exact.reasons().is_empty(), "{draft:?}");
    }
}

#[test]
fn text_with_an_image_costs_two_so_that_with_one_left_only_a_cheaper_rung_is_possible() {
    let both = Draft::of(Part::text("hi")).and(picture());
    let linked = Draft::of(Part::text("hi")).and(picture().with_url("https://a.example/p"));
    let no_loss = Policy { may_lose: false, ..Policy::LENIENT };
    let try_it = |draft, used, policy| check(&document(), &at(Some(1), used), Action::Send(draft), policy);
    assert_eq!(try_it(&both, 2, &no_loss).permission().unwrap().costs, 2);
    assert_eq!(codes(&try_it(&both, 3, &no_loss)), ["window.quota_too_small_for_plan"]);
    assert_eq!(codes(&try_it(&both, 4, &no_loss)), ["window.quota_exhausted"]);
    assert_eq!(codes(&try_it(&linked, 3, &no_loss)), ["window.quota_too_small_for_plan"]);
    let cheaper = try_it(&linked, 3, &Policy::LENIENT);
    assert_eq!(plan(&cheaper), (vec!["text:hi\nhttps://a.example/p".to_owned()], vec!["medium_as_link"]));
    assert_eq!(codes(&try_it(&both, 3, &Policy::EXACT)), ["content.combination_unsupported"]);
}

#[test]
fn two_media_stand_in_one_message_only_where_so_many_of_them_may() {
    let mut document = document();
    document.composition.max_parts_per_message = crate::document::Limit::Unbounded;
    document.composition.allowed_sets.push(vec!["image".to_owned(), "image".to_owned()]);
    let album = Draft::of(picture()).and(picture());
    let try_it = |document: &_| check(document, &at(Some(1), 0), Action::Send(&album), &Policy::EXACT);
    assert_eq!(codes(&try_it(&document)), ["content.combination_unsupported"]);
    for rule in &mut document.content {
        if let Some(limit) = &mut rule.limits.media {
            limit.per_message = crate::document::Limit::At(2);
        }
    }
    assert_eq!(try_it(&document).permission().map(|permission| permission.costs), Some(1));
}

#[test]
fn an_opt_in_holds_only_where_the_account_turned_it_on() {
    let mut context = at(Some(1), 0);
    context.account.opt_ins = ["outbound.card", "initiation.business.comment"].map(str::to_owned).into();
    let verdict = check(&document(), &context, Action::Send(&Draft::of(buttons("Well?"))), &Policy::LENIENT);
    assert_eq!(plan(&verdict), (vec!["card:Well?".to_owned()], vec!["converted"]));
    assert_eq!(verdict.permission().unwrap().warnings, ["The card was reviewed."]);
    let wide = Draft::of(buttons("What would you like?"));
    let verdict = check(&document(), &context, Action::Send(&wide), &Policy::LENIENT);
    assert_eq!(plan(&verdict).1, ["choices_as_text"], "the title is too long for a card");
    let started = check(&document(), &context, Action::StartConversation, &Policy::EXACT);
    assert_eq!(started.permission().unwrap().warnings, ["The comment is new."]);
}

#[test]
fn operations_are_refused_unless_they_are_declared() {
    let of = |kind: &str, hours| Target {
        kind: Some(kind.into()),
        sent_at: Some(start().plus_seconds(hours * HOUR)),
    };
    let (now, old, image) = (of("text", 1), of("text", 0), of("image", 1));
    type Row<'a> = (&'a str, Option<&'a Target>, Option<&'a str>, Option<i64>, &'a [&'a str]);
    let table: &[Row<'_>] = &[
        ("typing", None, None, Some(1), &[]),
        ("typing", None, None, Some(99), &[]),
        ("mark_read", None, None, Some(1), &[]),
        ("mark_read", None, None, Some(48), &["window.closed"]),
        ("edit", Some(&now), Some("text"), Some(1), &[]),
        ("edit", Some(&old), Some("text"), Some(1), &["operation.too_old"]),
        ("edit", Some(&image), Some("text"), Some(1), &["operation.target_kind"]),
        ("edit", Some(&now), Some("image"), Some(1), &["operation.target_kind"]),
        ("delete", Some(&now), None, Some(1), &["operation.unsupported"]),
        ("react", Some(&now), None, Some(1), &["operation.unsupported"]),
        ("pin", Some(&now), None, Some(1), &["operation.unsupported"]),
    ];
    for (operation, target, kind, hours, expected) in table {
        let action = Action::Operate { operation, target: *target, kind: *kind };
        let verdict = check(&document(), &at(*hours, 4), action, &Policy::EXACT);
        assert_eq!(codes(&verdict), *expected, "{operation} {target:?}");
    }
    let unsaid = check(
        &document(),
        &at(Some(1), 0),
        Action::Operate { operation: "react", target: None, kind: None },
        &Policy::EXACT,
    );
    assert!(!unsaid.reasons()[0].certain, "nobody has said that it is impossible");
}

#[test]
fn a_missing_region_is_needed_a_known_one_decides_and_a_live_answer_beats_the_table() {
    let answer = |available, age: i64| LiveAnswer {
        claim: "region.media".into(),
        available,
        observed_at: start().plus_seconds(HOUR - age),
    };
    let media = &["region.media_blocked"][..];
    let table: &[(&str, &str, Option<LiveAnswer>, &[&str])] = &[
        ("", "", None, &[]),
        ("BR", "", None, &[]),
        ("BR", "JP", None, media),
        ("JP", "", None, media),
        ("BR", "JP", Some(answer(true, 0)), &[]),
        ("BR", "BR", Some(answer(false, 0)), media),
        ("BR", "JP", Some(answer(true, 60)), media),
        ("DE", "BR", Some(answer(true, 0)), &["region.account_blocked"]),
    ];
    for (account, peer, live, expected) in table {
        let mut context = at(Some(1), 0);
        context.account.region = account.parse().ok();
        context.conversation.peer_region = peer.parse().ok();
        context.live = live.clone().into_iter().collect();
        let draft = Draft::of(picture());
        let verdict = check(&document(), &context, Action::Send(&draft), &Policy::EXACT);
        assert_eq!(codes(&verdict), *expected, "{account} {peer} {live:?}");
        let needs = verdict.permission().map(|permission| permission.needs.clone()).unwrap_or_default();
        let unsettled = live.is_none() && expected.is_empty();
        assert_eq!(needs.contains(&"region.media".to_owned()), unsettled, "{needs:?}");
        assert_eq!(needs.contains(&"peer_region".to_owned()), unsettled && peer.is_empty(), "{needs:?}");
        let denying = Policy { deny_unknown: true, ..Policy::EXACT };
        if !needs.is_empty() {
            let denied = check(&document(), &context, Action::Send(&draft), &denying);
            assert!(codes(&denied).iter().all(|code| *code == "unverified.fact_needed"), "{denied:?}");
        }
    }
}

#[test]
fn a_probe_may_ask_to_wait_for_its_answer() {
    let mut document = document();
    document.probes[0].meanwhile = crate::document::Meanwhile::Deny;
    let verdict = check(&document, &at(Some(1), 0), Action::Send(&Draft::of(picture())), &Policy::EXACT);
    assert_eq!(codes(&verdict), ["unverified.fact_needed"]);
    assert!(!verdict.reasons()[0].permanent && !verdict.reasons()[0].certain);
}

#[test]
fn a_layer_takes_away_and_is_named_in_the_reason() {
    let mut context = at(Some(1), 0);
    context.account.narrowing.limits.insert("outbound.text.text".to_owned(), 3);
    context.conversation.narrowing.off.insert("outbound.image".to_owned());
    let text = check(&document(), &context, Action::SendText("four"), &Policy::EXACT);
    assert_eq!(codes(&text), ["content.text_too_long"]);
    let image = check(&document(), &context, Action::SendKind("image"), &Policy::EXACT);
    assert_eq!(codes(&image), ["content.kind_unsupported"]);
    assert_eq!(image.reasons()[0].layer, Some(crate::Layer::Conversation));
    context.account.narrowing =
        Narrowing { limits: [("window.quota".to_owned(), 1)].into(), ..Narrowing::default() };
    let none_left = check(
        &document(),
        &Context { ledger: at(Some(1), 1).ledger, ..context },
        Action::SendText("a"),
        &Policy::EXACT,
    );
    assert_eq!(none_left.reasons()[0].layer, Some(crate::Layer::Account));
}

#[test]
fn figures_that_nobody_named_are_needed_and_a_window_without_figures_denies() {
    let mut document = document();
    document.content[0].limits = crate::document::ContentLimits::default();
    let verdict = check(&document, &at(Some(1), 0), Action::SendText("hi"), &Policy::EXACT);
    assert!(verdict.permission().unwrap().needs.contains(&"outbound.text.text".to_owned()));
    document.windows[0].quota.max = crate::document::Limit::Unknown;
    let verdict = check(&document, &at(Some(1), 0), Action::SendText("hi"), &Policy::EXACT);
    assert_eq!(codes(&verdict), ["unverified.fact_needed"]);
    document.windows[0].quota.max = crate::document::Limit::Unbounded;
    let verdict = check(&document, &at(Some(1), 900), Action::SendText("hi"), &Policy::EXACT);
    assert_eq!((verdict.permission().unwrap().costs, verdict.permission().unwrap().left_after), (1, None));
}

#[test]
fn verdicts_are_serialised_with_everything_that_a_client_shows() {
    let context = at(Some(1), 3);
    let draft = Draft::of(Part::text("hi")).and(picture());
    let exact = check(&document(), &context, Action::Send(&draft), &Policy::EXACT);
    let allowed = check(&document(), &context, Action::SendText("hi"), &Policy::EXACT);
    let degraded = check(&document(), &at(Some(1), 0), Action::Send(&draft), &Policy::LENIENT);
    let closed = check(&document(), &at(Some(48), 0), Action::SendText("hi"), &Policy::EXACT);
    insta::assert_json_snapshot!([exact, allowed, degraded, closed]);
}

#[test]
fn a_document_of_a_later_time_is_read_and_its_unknown_parts_stay_unknown() {
    use crate::document::Direction;
    let document: CapabilityDocument = serde_json::from_value(serde_json::json!({
        "schema": SCHEMA,
        "connector": {"id": "later", "name": "Later", "version": "9.0.0", "homepage": "x"},
        "content": [{"direction": "sideways", "kind": "scent", "support": "telepathic"}],
        "windows": [{"length_seconds": {"lunar": 2}, "restarts": "at_dawn", "quota": {"max": "a_few"}}],
        "holograms": {"max": 3},
    }))
    .unwrap();
    assert_eq!(document.support(Direction::Outbound, "text"), Support::Unknown);
    assert_eq!(document.content[0].support, Support::Unknown);
    assert!(!document.business_may_start());
    let verdict = check(&document, &at(Some(0), 0), Action::SendText("hi"), &Policy::LENIENT);
    assert_eq!(codes(&verdict), ["content.kind_unsupported", "unverified.fact_needed"]);
}

#[test]
fn a_comment_is_answered_where_account_comment_and_content_allow_it() {
    let comment = |hours: i64, part: Part| CommentToAnswer {
        answerable: true,
        written_at: start().plus_seconds(-hours * HOUR),
        last_exchange_at: None,
        part,
    };
    let young = comment(1, Part::text("Nine."));
    let with = |change: &dyn Fn(&mut CommentToAnswer)| {
        let mut changed = young.clone();
        change(&mut changed);
        changed
    };
    let answering = |on: bool, region: Option<&str>, comment: &CommentToAnswer| {
        let mut context = at(None, 0);
        context.account.region = region.map(|region| region.parse().unwrap());
        context.account.opt_ins.extend(on.then(|| "initiation.business.comment".to_owned()));
        check(&document(), &context, Action::AnswerComment(comment), &Policy::EXACT)
    };
    let exchanged =
        |hours: i64| with(&|comment| comment.last_exchange_at = Some(start().plus_seconds(-hours * HOUR)));
    let table = [
        (false, Some("VN"), young.clone(), vec!["initiation.opt_in_off"]),
        (true, Some("BR"), young.clone(), vec!["region.account_blocked"]),
        (true, Some("VN"), with(&|comment| comment.answerable = false), vec!["comment.not_answerable"]),
        (true, Some("VN"), comment(48, Part::text("Nine.")), vec!["comment.too_old"]),
        (true, Some("VN"), exchanged(23), vec!["comment.not_quiet"]),
        (true, Some("VN"), exchanged(24), vec![]),
        (true, Some("VN"), comment(47, Part::text("Nine.")), vec![]),
        (true, Some("VN"), comment(1, Part::text("x".repeat(41))), vec!["content.text_too_long"]),
        (true, Some("VN"), comment(1, picture()), vec!["content.kind_unsupported"]),
    ];
    for (on, region, comment, expected) in table {
        let verdict = answering(on, region, &comment);
        assert_eq!(codes(&verdict), expected, "{on} {region:?} {comment:?}");
    }
    let Verdict::Allowed(permission) = answering(true, None, &young) else {
        panic!("an unknown region denies")
    };
    assert_eq!(
        (permission.needs, permission.warnings),
        (
            vec!["account_region".to_owned(), "organisation_region".to_owned()],
            vec!["The comment is new.".to_owned()]
        )
    );
    assert_eq!(permission.costs, 0, "there is no window yet");
    let quiet = answering(true, Some("VN"), &exchanged(23));
    assert_eq!(quiet.reasons()[0].retry_at, Some(start().plus_seconds(HOUR)));
    let silent = CapabilityDocument { comment_answers: CommentRule::default(), ..document() };
    let verdict = check(&silent, &at(None, 0), Action::AnswerComment(&young), &Policy::EXACT);
    assert_eq!((codes(&verdict), verdict.reasons()[0].certain), (vec!["operation.unsupported"], false));
}

#[test]
fn a_draft_of_very_much_is_refused_at_once() {
    let (document, context) = (document(), at(Some(1), 0));
    let of = |count: usize, text: &str| Draft { parts: vec![Part::text(text); count], ..Draft::default() };
    // Parts, and pieces of one part: each more than is ever sent, and more than could be planned in a lifetime.
    let table =
        [(of(50_000, "hi"), "content.too_many"), (of(1, &"a ".repeat(500_000)), "content.text_too_long")];
    for (draft, code) in table {
        let verdict = check(&document, &context, Action::Send(&draft), &Policy::LENIENT);
        assert_eq!(codes(&verdict), [code]);
    }
    for (count, is_too_many) in [(Draft::MOST_PARTS, false), (Draft::MOST_PARTS + 1, true)] {
        let verdict = check(&document, &context, Action::Send(&of(count, "hi")), &Policy::LENIENT);
        assert_eq!(codes(&verdict).contains(&"content.too_many"), is_too_many, "{count}: {verdict:?}");
    }
}
