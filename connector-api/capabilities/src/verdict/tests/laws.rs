//! Laws of verdicts, over situations made at random.

use proptest::prelude::*;

use super::*;
use crate::reserve;

fn situation() -> impl Strategy<Value = Context> {
    let region = || prop::option::of(prop::sample::select(vec!["US", "DE", "CH", "JP", "BR"]));
    let live = prop::option::of((any::<bool>(), 0_i64..120));
    let ledger = (prop::option::of(0_i64..60), 0_u32..6, any::<bool>());
    (region(), region(), region(), live, ledger, any::<bool>(), any::<bool>()).prop_map(
        |(organisation, account, peer, live, (hours, used, again), opted, guide)| {
            let mut context = at(hours, used);
            context.ledger.wrote_again = again;
            context.organisation_region = organisation.and_then(|code| code.parse().ok());
            context.account.region = account.and_then(|code| code.parse().ok());
            context.conversation.peer_region = peer.and_then(|code| code.parse().ok());
            if opted {
                context.account.opt_ins =
                    ["outbound.card", "initiation.business.comment"].map(str::to_owned).into();
            }
            context.account.window_profile = guide.then(|| "guide".to_owned());
            context.live.extend(live.map(|(available, age)| LiveAnswer {
                claim: "region.media".into(),
                available,
                observed_at: context.now.plus_seconds(-age),
            }));
            context
        },
    )
}

fn drafts() -> impl Strategy<Value = Draft> {
    let text = "[a-z 👋]{0,90}".prop_map(Part::text);
    let image = (1_u64..200, any::<bool>(), any::<bool>()).prop_map(|(bytes, png, linked)| {
        let image = Part::medium("image", if png { "image/png" } else { "image/gif" }, bytes);
        if linked { image.with_url("https://a.example/p") } else { image }
    });
    let choices = "[a-z]{0,14}".prop_map(|title| buttons(&title));
    let other = prop::sample::select(vec!["video", "card", "hologram"]).prop_map(Part::of_kind);
    let part = prop_oneof![text, image, choices, other];
    let quotes = prop::option::of(prop::sample::select(vec!["text", "sticker"]));
    (prop::collection::vec(part, 1..4), quotes).prop_map(|(parts, quotes)| Draft {
        parts,
        quotes: quotes.map(|kind| Target { kind: Some(kind.to_owned()), sent_at: None }),
    })
}

fn policies() -> impl Strategy<Value = Policy> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(may_lose, may_split, deny_unknown)| Policy {
        may_lose,
        may_split,
        deny_unknown,
    })
}

fn narrowings() -> impl Strategy<Value = Narrowing> {
    let rules = [
        "outbound.text",
        "outbound.image",
        "outbound.card",
        "operation.reply",
        "initiation.business.comment",
    ];
    let figures = [
        "outbound.text.text",
        "outbound.image.max_bytes",
        "window.quota",
        "window.length_seconds",
        "window.after_close",
    ];
    let off = prop::sample::subsequence(rules.map(str::to_owned).to_vec(), 0..=2);
    let limits = prop::collection::btree_map(
        prop::sample::select(figures.map(str::to_owned).to_vec()),
        0_u64..200_000,
        0..3,
    );
    (off, limits).prop_map(|(off, limits)| Narrowing { off: off.into_iter().collect(), limits })
}

/// How much a verdict permits: allowed above degraded above denied.
fn rank(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Allowed(_) => 2,
        Verdict::Degraded { .. } => 1,
        Verdict::Denied { .. } => 0,
    }
}

proptest! {
    #[test]
    fn narrowing_never_widens(
        context in situation(), draft in drafts(), policy in policies(), account in narrowings(), other in narrowings(),
    ) {
        let document = document();
        let before = check(&document, &context, Action::Send(&draft), &policy);
        let mut narrowed = context.clone();
        narrowed.account.narrowing = account;
        let once = check(&document, &narrowed, Action::Send(&draft), &policy);
        prop_assert!(rank(&once) <= rank(&before), "{once:?}\n{before:?}");
        narrowed.conversation.narrowing = other;
        let twice = check(&document, &narrowed, Action::Send(&draft), &policy);
        prop_assert!(rank(&twice) <= rank(&once), "{twice:?}\n{once:?}");
        for action in [Action::StartConversation, Action::Broadcast] {
            prop_assert!(rank(&check(&document, &narrowed, action, &policy)) <= rank(&check(&document, &context, action, &policy)));
        }
    }

    #[test]
    fn what_is_off_by_default_only_takes_away(mut context in situation(), draft in drafts(), policy in policies()) {
        let declared = {
            context.account.opt_ins = ["outbound.card", "initiation.business.comment"].map(str::to_owned).into();
            context.account.window_profile = Some("guide".to_owned());
            check(&document(), &context, Action::Send(&draft), &policy)
        };
        context.account = AccountLayer { region: context.account.region, ..AccountLayer::default() };
        let default = check(&document(), &context, Action::Send(&draft), &policy);
        prop_assert!(rank(&default) <= rank(&declared), "{default:?}\n{declared:?}");
    }

    #[test]
    fn permanent_reasons_come_first_and_a_denial_has_one(
        context in situation(), draft in drafts(), policy in policies(),
    ) {
        let verdict = check(&document(), &context, Action::Send(&draft), &policy);
        if let Verdict::Denied { reasons } = &verdict {
            prop_assert!(!reasons.is_empty());
            let order: Vec<_> = reasons.iter().map(|r| (!r.permanent, r.code.precedence())).collect();
            prop_assert!(order.is_sorted(), "{order:?}");
        }
    }

    #[test]
    fn a_plan_never_costs_more_than_what_is_left_and_reserve_agrees(
        context in situation(), draft in drafts(), policy in policies(),
    ) {
        let document = document();
        let verdict = check(&document, &context, Action::Send(&draft), &policy);
        let effective = crate::Effective::of(&document, &context.account, &context.conversation);
        let window = effective.window().unwrap();
        let left = context.ledger.state(window, context.now).left();
        let Some(permission) = verdict.permission() else {
            prop_assert_eq!(reserve(&document, &context, &verdict).unwrap_err(), verdict.reasons());
            return Ok(());
        };
        prop_assert!(left.is_none_or(|left| permission.costs <= left));
        let reserved = reserve(&document, &context, &verdict).unwrap();
        prop_assert_eq!(reserved.ledger.state(window, context.now).left(), permission.left_after);
        prop_assert_eq!(reserved.permit.places, permission.costs);
        if let Verdict::Degraded { plan, permission, .. } = &verdict {
            prop_assert_eq!(plan.iter().map(|step| step.costs).sum::<u32>(), permission.costs);
        }
    }

    #[test]
    fn nothing_is_degraded_without_permission(context in situation(), draft in drafts()) {
        let exact = check(&document(), &context, Action::Send(&draft), &Policy::EXACT);
        prop_assert!(rank(&exact) != 1);
        let lenient = check(&document(), &context, Action::Send(&draft), &Policy::LENIENT);
        prop_assert!(rank(&lenient) >= rank(&exact));
        if rank(&exact) == 2 {
            prop_assert_eq!(lenient, exact, "what is allowed as it is stays as it is");
        }
    }

    #[test]
    fn of_those_who_want_the_last_places_only_so_many_get_one(used in 0_u32..4, wanting in 1_usize..9) {
        let document = document();
        let mut context = at(Some(1), used);
        let verdict = check(&document, &context, Action::SendText("hi"), &Policy::EXACT);
        let mut got = 0;
        for _ in 0..wanting {
            match reserve(&document, &context, &verdict) {
                Ok(reserved) => {
                    context.ledger = reserved.ledger;
                    got += 1;
                }
                Err(reasons) => prop_assert_eq!(reasons[0].code.as_str(), "window.quota_exhausted"),
            }
        }
        prop_assert_eq!(got, wanting.min(4 - used as usize));
    }

    #[test]
    fn a_released_permit_leaves_the_ledger_as_it_was(used in 0_u32..3) {
        let context = at(Some(1), used);
        let draft = Draft::of(Part::text("hi")).and(picture());
        let verdict = check(&document(), &context, Action::Send(&draft), &Policy::LENIENT);
        if let Ok(reserved) = reserve(&document(), &context, &verdict) {
            prop_assert_eq!(reserved.permit.release(reserved.ledger).used, used);
        }
    }
}
