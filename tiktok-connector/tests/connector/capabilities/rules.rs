//! Who may write when and where, and what the platform tells.

use connector_api::capabilities::{
    LiveAnswer, Target, Writer,
    document::{
        Authorization, Confidence, DeliveryWay, Granularity, Initiator, Limit, Meanwhile, PricingModel,
        RateScope, RegionMode, Resolution, Restart, SCHEMA, Signal, Stage, Support,
    },
};

use super::*;

/// One market of each entry of the list, and of the named sets more than one.
const WITHOUT_MEDIA: [&str; 17] =
    ["AU", "CO", "DE", "FR", "RE", "IN", "IR", "JP", "NG", "KP", "PH", "RU", "KR", "TR", "UA", "GB", "US"];
const WITH_MEDIA: [&str; 5] = ["BR", "NO", "CH", "MX", "VN"];
const WITHOUT_MESSAGING: [&str; 6] = ["DE", "FR", "NO", "IS", "CH", "GB"];

fn at(hours: i64, sent: u32) -> Context {
    let ledger = (0..sent).fold(open().ledger, |ledger, _| ledger.sent(START));
    Context::new(START.plus_seconds(hours * HOUR), ledger)
}

fn operate(document: &CapabilityDocument, operation: &str) -> Vec<String> {
    against(document, &open(), Action::Operate { operation, target: None, kind: None })
}

checks! {
    fn it_is_the_document_of_this_crate(document) {
        holds!(document.schema.as_str(), SCHEMA);
        holds!(document.connector.id.as_str(), "tiktok");
        holds!(document.connector.name.as_str(), "TikTok");
        holds!(document.connector.version.as_str(), env!("CARGO_PKG_VERSION"));
    }

    fn it_is_a_free_open_beta(document) {
        holds!((document.maturity.stage, document.pricing.model), (Stage::OpenBeta, PricingModel::Free));
    }

    fn owners_consent_and_tiktok_calls_the_host(document) {
        holds!((document.authorization, document.delivery.by), (Authorization::Consent, DeliveryWay::Webhooks));
    }

    fn one_request_is_read_with_the_library_alone(document) {
        let decoding = document.delivery.decoding.clone().unwrap_or_default();
        holds!(decoding.signature_header.as_deref(), Some("TikTok-Signature"));
        holds!(decoding.secret.as_deref(), Some("app_secret"));
        let stand_ins: Vec<_> = decoding.settings.iter().map(|(name, value)| (&**name, &**value)).collect();
        holds!(stand_ins, [("app_id", "0"), ("app_secret", "unverified")]);
    }

    fn organisations_in_the_us_are_not_served(document) {
        let declared = region(document, RegionFeature::Service, RegionSubject::Organisation)?;
        holds!((declared.mode, declared.resolved_by), (RegionMode::Block, Resolution::Declared));
        holds!(declared.set.join(" "), "US");
        let from = |code: &str| open().with_organisation_region(code.parse().ok());
        holds!(against(document, &from("US"), Action::SendText("hi")), ["region.organisation_blocked"]);
        holds!(against(document, &from("DE"), Action::SendText("hi")), [""; 0]);
    }

    fn accounts_in_the_eea_switzerland_and_the_uk_have_no_messaging(document) {
        let declared = region(document, RegionFeature::Messaging, RegionSubject::Account)?;
        holds!((declared.mode, declared.resolved_by), (RegionMode::Block, Resolution::Declared));
        for code in WITHOUT_MESSAGING {
            let mut context = open();
            context.account.region = code.parse().ok();
            holds!(against(document, &context, Action::SendText("hi")), ["region.account_blocked"]);
            holds!(against(document, &context, Action::Operate { operation: "typing", target: None, kind: None }),
                ["region.account_blocked"]);
        }
        let mut context = open();
        context.account.region = "US".parse().ok();
        holds!(against(document, &context, Action::SendText("hi")), [""; 0]);
    }

    fn customers_in_the_eea_switzerland_and_the_uk_cannot_be_reached(document) {
        let declared = region(document, RegionFeature::Messaging, RegionSubject::Peer)?;
        holds!(declared.mode, RegionMode::Block);
        for code in WITHOUT_MESSAGING {
            let mut context = open();
            context.conversation.peer_region = code.parse().ok();
            holds!(against(document, &context, Action::SendText("hi")), ["region.peer_blocked"]);
        }
        let unknown = check(document, &open(), Action::SendText("hi"), &Policy::EXACT);
        let needs = unknown.permission().map(|permission| permission.needs.clone()).unwrap_or_default();
        holds!(needs.contains(&"peer_region".to_owned()), true);
    }

    fn media_is_blocked_where_either_side_is_in_one_of_fifteen_markets(document) {
        let declared = region(document, RegionFeature::Media, RegionSubject::Either)?;
        holds!((declared.mode, declared.resolved_by), (RegionMode::Block, Resolution::Probe));
        holds!(declared.set.len(), 15);
        let image = Draft::of(picture());
        let codes_of = |account: &str, peer: &str| {
            let mut context = open();
            context.account.region = account.parse().ok();
            context.conversation.peer_region = peer.parse().ok();
            against(document, &context, Action::Send(&image)).contains(&"region.media_blocked".to_owned())
        };
        for code in WITHOUT_MEDIA {
            holds!((code, codes_of(code, "BR"), codes_of("BR", code)), (code, true, true));
        }
        for code in WITH_MEDIA {
            holds!((code, codes_of(code, "BR"), codes_of("BR", code)), (code, false, false));
        }
    }

    fn a_probe_settles_per_conversation_whether_media_may_be_sent(document) {
        let probe = document.probes.first().ok_or("no probe")?;
        holds!(probe.scope, RateScope::Conversation);
        holds!(probe.invalidated_by.join(" "), "first_business_message image_refused");
        holds!((probe.answers.join(" ").as_str(), probe.meanwhile), ("region.media", Meanwhile::Allow));
        let image = Draft::of(picture());
        let answered = |available, age: i64| {
            let mut context = open();
            context.conversation.peer_region = "JP".parse().ok();
            let observed_at = START.plus_seconds(-age);
            let answer = LiveAnswer { claim: "region.media".to_owned(), available, observed_at };
            against(document, &context.with_live(answer), Action::Send(&image))
        };
        holds!(answered(true, 86_399), [""; 0]);
        holds!(answered(true, 86_400), ["region.media_blocked"]);
        holds!(answered(false, 86_399), ["region.media_blocked"]);
        holds!(against(document, &open(), Action::Send(&image)), [""; 0]);
    }

    fn there_are_no_chat_links(document) {
        let link = entry_point(document, "chat_link")?;
        holds!((link.available, link.prefilled_text), (false, false));
    }

    fn customers_begin_at_the_profile_link_or_an_ad(document) {
        for kind in ["profile_link", "messaging_ad"] {
            let entry = entry_point(document, kind)?;
            holds!((entry.available, entry.prefilled_text), (true, false));
        }
    }

    fn a_qr_code_opens_the_conversation_with_text_prefilled(document) {
        let qr_code = entry_point(document, "qr_code")?;
        holds!((qr_code.available, qr_code.prefilled_text), (true, true));
        holds!(qr_code.url_template.as_str(), "https://tiktok.me/{username}");
    }

    fn statuses_are_sent_delivered_read_and_failed_each_with_its_signal(document) {
        let expected = [
            ("sent", Signal::AcceptedResponse, Granularity::Message),
            ("delivered", Signal::Echo, Granularity::Message),
            ("read", Signal::ReadReceipt, Granularity::Watermark),
            ("failed", Signal::Refusal, Granularity::Message),
        ];
        for (state, signal, granularity) in expected {
            let declared = status(document, state)?;
            holds!((declared.available, declared.signal, declared.granularity), (true, signal, granularity));
        }
    }

    fn delivered_means_placed_in_the_conversation_and_is_an_assumption(document) {
        let delivered = status(document, "delivered")?;
        holds!(delivered.meaning.as_str(), "placed in the conversation by TikTok");
        let confidence = delivered.evidence.as_ref().map(|evidence| evidence.confidence);
        holds!(confidence, Some(Confidence::Assumed));
    }

    fn ten_messages_in_48_hours_both_reset_by_each_inbound_message(document) {
        let strict = window(document, "strict")?;
        holds!((strict.opt_in, strict.restarts), (false, Restart::EachInbound));
        holds!((strict.length_seconds, strict.quota.max), (Limit::At(172_800), Limit::At(10)));
        holds!(strict.after_close, Limit::At(0));
        holds!(strict.quota.refills_on_restart, true);
        let text = Action::SendText("hi");
        holds!(against(document, &at(0, 9), text), [""; 0]);
        holds!(against(document, &at(0, 10), text), ["window.quota_exhausted"]);
        holds!(against(document, &at(48, 0), text), ["window.closed"]);
        let mut again = at(1, 10);
        again.ledger = again.ledger.inbound(again.now);
        holds!(left(document, &again), Some(10));
        holds!(against(document, &Context::new(START, WindowLedger::default()), text), ["initiation.user_must_start"]);
    }

    fn the_guides_profile_is_an_opt_in_of_the_account(document) {
        let guide = window(document, "guide")?;
        holds!((guide.opt_in, guide.restarts), (true, Restart::EachInbound));
        let chosen = |mut context: Context| {
            context.account.window_profile = Some("guide".to_owned());
            left(document, &context)
        };
        holds!(chosen(at(47, 0)), Some(10));
        holds!(chosen(at(0, 10)), Some(0));
        holds!(chosen(at(48, 0)), Some(3));
        let mut again = at(1, 10);
        again.ledger = again.ledger.inbound(again.now).sent(again.now);
        holds!(chosen(again), None);
        holds!(guide.quota.refills_on_restart, true);
        holds!(guide.length_seconds, Limit::At(172_800));
    }

    fn api_messages_count_signals_do_not_and_the_rest_is_planned_for_as_if_it_did(document) {
        for profile in ["strict", "guide"] {
            let counts = &window(document, profile)?.quota.counts;
            holds!((counts.api, counts.app), (Some(true), None));
            holds!((counts.automatic, counts.signals), (None, Some(false)));
        }
        let strict = window(document, "strict")?;
        let echoed = |by| open().ledger.echo(strict, by, START).state(strict, START).left();
        holds!((echoed(Writer::App), echoed(Writer::Automatic)), (Some(9), Some(9)));
        let typing = Action::Operate { operation: "typing", target: None, kind: None };
        for sent in [0, 10] {
            let verdict = check(document, &at(0, sent), typing, &Policy::EXACT);
            holds!(verdict.permission().map(|permission| permission.costs), Some(0));
        }
    }

    fn ten_requests_per_second_and_app_and_that_may_change(document) {
        let [rate] = document.rates.as_slice() else { return Err("not one rate".to_owned()) };
        holds!((rate.max, rate.per_seconds, rate.scope), (10, 1, RateScope::App));
        holds!((rate.configurable, rate.tiers.as_slice()), (true, &[10, 20, 30, 50][..]));
    }

    fn no_business_initiated_messages(document) {
        holds!(document.business_may_start(), false);
        holds!(against(document, &open(), Action::StartConversation), ["initiation.user_must_start"]);
    }

    fn customers_start_by_message_link_code_or_ad(document) {
        let ways = document.initiation.iter().filter(|way| way.who == Initiator::Customer);
        holds!(ways.map(|way| way.via.as_str()).collect::<Vec<_>>(), ["direct_message", "link", "qr", "ad"]);
    }

    fn answering_a_comment_is_the_only_way_to_write_first_and_an_opt_in(document) {
        let business: Vec<_> = document.initiation.iter().filter(|way| way.who == Initiator::Business).collect();
        let [way] = business.as_slice() else { return Err("not one way".to_owned()) };
        holds!((way.via.as_str(), way.opt_in, way.conditions.len()), ("comment", true, 4));
        let mut opted = open();
        opted.account.opt_ins.insert("initiation.business.comment".to_owned());
        holds!(against(document, &opted, Action::StartConversation), [""; 0]);
    }

    fn no_broadcasts(document) {
        holds!(document.broadcast.support, Support::Unsupported);
        holds!(against(document, &open(), Action::Broadcast), ["broadcast.unsupported"]);
    }

    fn only_text_quotes_and_only_text_images_and_posts_are_quoted(document) {
        for (kind, expected) in
            [("text", &[][..]), ("image", &[]), ("post_share", &[]), ("sticker", &["operation.target_kind"])]
        {
            let target = Target { kind: Some(kind.to_owned()), sent_at: None };
            let text = Draft::of(Part::text("hi")).quoting(target.clone());
            holds!(against(document, &open(), Action::Send(&text)), expected);
            let image = Draft::of(picture()).quoting(target);
            holds!(against(document, &open(), Action::Send(&image)).is_empty(), false);
        }
    }

    fn reacting_editing_and_deleting_are_impossible(document) {
        for operation in ["react", "edit", "delete"] {
            holds!(operate(document, operation), ["operation.unsupported"]);
            let support = document.operation(operation).map(|rule| rule.support);
            holds!(support, Some(Support::Unsupported));
        }
    }

    fn typing_is_shown_for_5_seconds_and_a_conversation_is_marked_as_read(document) {
        holds!((operate(document, "typing").len(), operate(document, "mark_read").len()), (0, 0));
        holds!(document.operations.typing.lasts_seconds, Some(5));
        holds!(document.operations.mark_read.granularity, Some(Granularity::Conversation));
    }

    fn history_is_90_days_100_conversations_and_20_messages(document) {
        let history = &document.history;
        holds!((history.max_age_days, history.max_conversations), (Limit::At(90), Limit::At(100)));
        holds!(history.messages_per_conversation, Limit::At(20));
        holds!(history.withheld.is_some(), true);
    }

    fn customers_keep_an_id_and_their_region_is_unknown(document) {
        let identity = &document.identity;
        holds!((identity.stable_peer_id, identity.peer_region_known), (Some(true), Some(false)));
    }

    fn an_ad_is_unknown_unless_the_message_carries_it(document) {
        let attribution = document.identity.ad_attribution.as_deref();
        holds!(attribution, Some("unknown unless the message carries it"));
    }
}
