//! What comes in, what goes out, and what becomes of the rest.

use connector_api::capabilities::document::{Limit, MediaSource, Support, TextUnit};

use super::*;

const NEVER_SENT: [&str; 10] =
    ["video", "voice", "sticker", "file", "audio", "gif", "location", "contact", "carousel", "template"];

checks! {
    fn text_and_images_come_in_and_are_echoed(document) {
        for kind in ["text", "image"] {
            holds!(rule(document, Direction::Inbound, kind)?.support, Support::Native);
            holds!(rule(document, Direction::Echo, kind)?.support, Support::Native);
        }
    }

    fn posts_come_in_and_are_echoed(document) {
        holds!(rule(document, Direction::Inbound, "post_share")?.support, Support::Native);
        holds!(rule(document, Direction::Echo, "post_share")?.support, Support::Native);
    }

    fn what_cannot_be_shown_is_a_placeholder_and_never_dropped(document) {
        let inbound =
            ["video", "voice", "sticker", "emoji", "avatar", "deleted", "file_too_large", "file", "unknown"];
        for kind in inbound {
            holds!(rule(document, Direction::Inbound, kind)?.support, Support::Placeholder);
        }
        for kind in ["video", "sticker", "emoji", "unknown"] {
            holds!(rule(document, Direction::Echo, kind)?.support, Support::Placeholder);
        }
    }

    fn stickers_and_emoji_lie_where_everybody_can_get_them(document) {
        for kind in ["sticker", "emoji"] {
            let media = rule(document, Direction::Inbound, kind)?.limits.media.clone().unwrap_or_default();
            holds!(media.source, MediaSource::PublicUrl);
        }
    }

    fn question_cards_are_echoed(document) {
        holds!(rule(document, Direction::Echo, "question_card")?.support, Support::Native);
    }

    fn text_is_limited_to_6000_characters(document) {
        let limit = rule(document, Direction::Outbound, "text")?.limits.text.unwrap_or_default();
        holds!((limit.max, limit.unit), (Limit::At(6_000), TextUnit::Utf16));
        let long = ["content.text_too_long"];
        holds!(against(document, &open(), Action::SendText(&"a".repeat(6_000))), [""; 0]);
        holds!(against(document, &open(), Action::SendText(&"a".repeat(6_001))), long);
        holds!(against(document, &open(), Action::SendText(&"👋".repeat(3_000))), [""; 0]);
        holds!(against(document, &open(), Action::SendText(&"👋".repeat(3_001))), long);
    }

    fn images_are_jpeg_or_png_of_at_most_3_megabytes(document) {
        let image = rule(document, Direction::Outbound, "image")?;
        let limit = image.limits.media.clone().unwrap_or_default();
        holds!((limit.per_message, limit.source), (Limit::At(1), MediaSource::Upload));
        holds!(limit.upload_lasts_seconds, Some(30 * 24 * 3600));
        let large = ["content.media_too_large"];
        let table: [(&str, u64, &[&str]); 5] = [
            ("image/png", 3_000_000, &[]),
            ("image/jpeg", 3_000_000, &[]),
            ("image/png", 3_000_001, &large),
            ("image/gif", 1, &["content.mime_unsupported"]),
            ("application/pdf", 3_000_001, &["content.mime_unsupported", "content.media_too_large"]),
        ];
        for (mime, bytes, expected) in table {
            let draft = Draft::of(Part::medium("image", mime, bytes));
            holds!(against(document, &open(), Action::Send(&draft)), expected);
        }
        let linked = Draft::of(Part::medium("image", "image/gif", 1).with_url("https://a.example"));
        holds!(becomes(document, &open(), &linked), ["text"]);
    }

    fn one_message_carries_exactly_one_content(document) {
        holds!(document.composition.max_parts_per_message, Limit::At(1));
        let sets: Vec<String> = document.composition.allowed_sets.iter().map(|set| set.join("+")).collect();
        holds!(sets, ["text", "image", "post_share", "question_card"]);
        holds!(document.composition.split_order.join(" "), "text image post_share question_card");
        let both = Draft::of(picture()).and(Part::text("hi"));
        holds!(against(document, &open(), Action::Send(&both)), ["content.combination_unsupported"]);
        holds!(becomes(document, &open(), &both), ["text", "image"]);
        let verdict = check(document, &open(), Action::Send(&both), &Policy::LENIENT);
        holds!(verdict.permission().map(|permission| permission.costs), Some(2));
        let mut last = open();
        last.ledger.used = 9;
        holds!(becomes(document, &last, &both), ["window.quota_too_small_for_plan"]);
        let linked = Draft::of(picture().with_url("https://a.example")).and(Part::text("hi"));
        holds!(becomes(document, &last, &linked), ["text"]);
    }

    fn sending_own_posts_is_an_opt_in(document) {
        holds!(against(document, &open(), Action::SendKind("post_share")), ["content.opt_in_off"]);
        let mut opted = open();
        opted.account.opt_ins.insert("outbound.post_share".to_owned());
        holds!(against(document, &opted, Action::SendKind("post_share")), [""; 0]);
    }

    fn no_outgoing_video_or_voice(document) {
        for kind in ["video", "voice"] {
            holds!(rule(document, Direction::Outbound, kind)?.support, Support::Unsupported);
            holds!(against(document, &open(), Action::SendKind(kind)), ["content.kind_unsupported"]);
        }
    }

    fn nothing_but_text_images_posts_and_cards_goes_out(document) {
        for kind in NEVER_SENT {
            holds!(rule(document, Direction::Outbound, kind)?.support, Support::Unsupported);
            holds!(against(document, &open(), Action::SendKind(kind)), ["content.kind_unsupported"]);
        }
        for kind in ["video", "voice", "sticker", "file", "audio", "gif"] {
            let linked = Draft::of(Part::of_kind(kind).with_url("https://a.example"));
            holds!(becomes(document, &open(), &linked), ["text"]);
        }
    }

    fn quick_replies_become_plain_text(document) {
        becomes_a_list(document, "quick_replies")?;
    }

    fn buttons_become_plain_text(document) {
        becomes_a_list(document, "buttons")?;
    }

    fn native_question_cards_are_an_opt_in(document) {
        let card = |title: usize, label: usize, count: usize| {
            let labels = vec!["a".repeat(label); count];
            Draft::of(Part::choices("question_card", "a".repeat(title), labels))
        };
        holds!(against(document, &open(), Action::Send(&card(40, 20, 3))), ["content.opt_in_off"]);
        let mut opted = open();
        opted.account.opt_ins.insert("outbound.question_card".to_owned());
        holds!(against(document, &opted, Action::Send(&card(40, 20, 3))), [""; 0]);
        for too_much in [card(41, 20, 3), card(40, 21, 3), card(40, 20, 4)] {
            holds!(against(document, &opted, Action::Send(&too_much)), ["content.choices_too_many"]);
            holds!(becomes(document, &opted, &too_much), ["text"]);
        }
        let limits = rule(document, Direction::Outbound, "question_card")?.limits.choices.unwrap_or_default();
        holds!(limits.unit, TextUnit::Utf16);
    }
}

fn becomes_a_list(document: &CapabilityDocument, kind: &str) -> Claim {
    let declared = rule(document, Direction::Outbound, kind)?;
    holds!((declared.support, declared.becomes.as_deref()), (Support::Converted, Some("text")));
    let draft = Draft::of(Part::choices(kind, "What now?", ["Track", "Return"]));
    holds!(against(document, &open(), Action::Send(&draft)), ["content.kind_unsupported"]);
    holds!(becomes(document, &open(), &draft), ["text"]);
    let Verdict::Degraded { plan, .. } = check(document, &open(), Action::Send(&draft), &Policy::LENIENT)
    else {
        return Err("it is not degraded".to_owned());
    };
    let text = plan.first().and_then(|step| step.parts.first()).and_then(|part| part.text.clone());
    holds!(text.as_deref(), Some("What now?\n1. Track\n2. Return"));
    let mut opted = open();
    opted.account.opt_ins.insert("outbound.question_card".to_owned());
    holds!(becomes(document, &opted, &draft), ["question_card"]);
    Ok(())
}
