//! What narrows capabilities, and what probes have settled.

use connector_api::capabilities::{AccountLayer, ConversationLayer, LiveAnswer};
use jackfield::{
    model::{AccountId, AccountStatus, ConversationId},
    store::{Narrowing, Store},
};

use super::fixture::*;

fn answer(claim: &str, available: bool, seconds: i64) -> LiveAnswer {
    LiveAnswer { claim: claim.to_owned(), available, observed_at: at(seconds) }
}

pub(crate) async fn a_layer_is_empty_until_it_is_set_and_kept_then(store: &dyn Store) {
    let conversation = begin(store).await;
    let account = account_of(store, conversation).await;
    assert_eq!(store.account_layer(account).await.unwrap(), AccountLayer::default());

    let layer = AccountLayer {
        region: "BR".parse().ok(),
        window_profile: Some("guide".to_owned()),
        ..AccountLayer::default()
    };
    assert!(store.set_account_layer(account, layer.clone()).await.unwrap());
    assert_eq!(store.account_layer(account).await.unwrap(), layer);

    let layer = ConversationLayer { peer_region: "DE".parse().ok(), ..ConversationLayer::default() };
    assert!(store.set_conversation_layer(conversation, layer.clone()).await.unwrap());
    let here = store.narrowing(account, Some(conversation), at(0)).await.unwrap();
    assert_eq!(here.conversation, layer);
}

pub(crate) async fn everything_that_narrows_a_place_is_read_at_once(store: &dyn Store) {
    let (here, there) = (begin(store).await, open(store, "d").await);
    let account = account_of(store, here).await;
    let of_account = AccountLayer { region: "BR".parse().ok(), ..AccountLayer::default() };
    let of_conversation =
        ConversationLayer { peer_region: "DE".parse().ok(), ..ConversationLayer::default() };
    store.set_account_layer(account, of_account.clone()).await.unwrap();
    store.set_conversation_layer(here, of_conversation.clone()).await.unwrap();
    store.keep_live_answers(here, vec![answer("a", true, 1)], at(10)).await.unwrap();

    let whole = Narrowing {
        account_status: Some(AccountStatus::Connected),
        account: of_account,
        conversation: of_conversation,
        live: vec![answer("a", true, 1)],
    };
    let narrowing = |conversation, seconds| store.narrowing(account, conversation, at(seconds));
    assert_eq!(narrowing(Some(here), 9).await.unwrap(), whole);
    assert_eq!(narrowing(Some(here), 10).await.unwrap(), Narrowing { live: Vec::new(), ..whole.clone() });
    let elsewhere = Narrowing { conversation: ConversationLayer::default(), live: Vec::new(), ..whole };
    assert_eq!(narrowing(Some(there), 9).await.unwrap(), elsewhere);
    assert_eq!(narrowing(None, 9).await.unwrap(), elsewhere);
    let nobody = store.narrowing(AccountId::generate(), None, at(9)).await.unwrap();
    assert_eq!(nobody, Narrowing::default());
}

pub(crate) async fn a_layer_belongs_to_what_exists(store: &dyn Store) {
    assert!(!store.set_account_layer(AccountId::generate(), AccountLayer::default()).await.unwrap());
    let nowhere = ConversationId::generate();
    assert!(!store.set_conversation_layer(nowhere, ConversationLayer::default()).await.unwrap());
}

pub(crate) async fn an_answer_holds_until_its_end_or_until_another_comes(store: &dyn Store) {
    let conversation = begin(store).await;
    let keep = |answers, until| store.keep_live_answers(conversation, answers, until);
    keep(vec![answer("a", true, 1), answer("b", true, 1)], at(10)).await.unwrap();
    keep(vec![answer("b", false, 2)], at(20)).await.unwrap();

    let live = |now| store.live_answers(conversation, now);
    assert_eq!(live(at(9)).await.unwrap(), [answer("a", true, 1), answer("b", false, 2)]);
    assert_eq!(live(at(10)).await.unwrap(), [answer("b", false, 2)]);
    assert_eq!(live(at(20)).await.unwrap(), []);
}

pub(crate) async fn answers_are_forgotten_by_their_claims(store: &dyn Store) {
    let (here, there) = (begin(store).await, open(store, "d").await);
    for conversation in [here, there] {
        let answers = vec![answer("a", true, 1), answer("b", true, 1)];
        store.keep_live_answers(conversation, answers, at(10)).await.unwrap();
    }
    store.forget_live_answers(here, vec!["a".to_owned(), "c".to_owned()]).await.unwrap();
    assert_eq!(store.live_answers(here, at(2)).await.unwrap(), [answer("b", true, 1)]);
    assert_eq!(store.live_answers(there, at(2)).await.unwrap().len(), 2);
}

async fn account_of(store: &dyn Store, id: ConversationId) -> AccountId {
    conversation(store, id).await.account
}
