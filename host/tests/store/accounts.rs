//! Accounts, the renewal of their credentials, and consents that were begun.

use jackfield::{
    model::{AccountId, AccountStatus, ConversationId, InboxEventKind, Scope, Status},
    store::{
        Arrival, AuthorizedAccount, Ingested, PendingAuthorization, SealedCredentials, Store,
        StoredCredentials,
    },
};

use super::fixture::*;

fn pending() -> PendingAuthorization {
    PendingAuthorization {
        instance: INSTANCE.to_owned(),
        redirect_uri: "https://example.com/?x=1".to_owned(),
        account: Some("biz+1/=".to_owned()),
    }
}

pub(crate) async fn an_account_is_known_by_its_instance_and_the_platforms_id(store: &dyn Store) {
    let first = connect(store).await;
    assert_eq!((first.status, first.created_at), (AccountStatus::Connected, at(0)));
    assert_eq!(first.missing_scopes, ["comment.list"]);
    assert_eq!(connect(store).await.id, first.id);
    let other = store.save_account(authorized("other", ACCOUNT), at(1)).await.unwrap();
    let second = store.save_account(authorized(INSTANCE, "biz2"), at(1)).await.unwrap();
    assert_eq!(store.accounts(&Scope::Everything).await.unwrap(), [first.clone(), other, second]);
    assert_eq!(store.account(first.id).await.unwrap(), Some(first));
}

pub(crate) async fn consent_given_again_replaces_the_credentials_and_ends_the_attention(store: &dyn Store) {
    let account = connect(store).await;
    store.needs_attention(account.id, reason(), at(1), at(1)).await.unwrap();
    let troubled = store.account(account.id).await.unwrap().unwrap();
    assert_eq!((troubled.status, troubled.attention), (AccountStatus::NeedsAttention, Some(reason())));
    assert!(store.begin_refresh(account.id, 1, at(1), at(60)).await.unwrap());
    let again = AuthorizedAccount {
        handle: None,
        display_name: Some("The shop".to_owned()),
        missing_scopes: Vec::new(),
        credentials: credentials(b"second"),
        ..authorized(INSTANCE, ACCOUNT)
    };
    let after = store.save_account(again, at(2)).await.unwrap();
    assert_eq!(
        (after.id, after.status, after.attention.clone()),
        (account.id, AccountStatus::Connected, None)
    );
    assert_eq!((after.handle.as_deref(), after.display_name.as_deref()), (Some("shop"), Some("The shop")));
    assert_eq!((after.created_at, after.missing_scopes.len()), (at(0), 0));
    let stored = StoredCredentials { version: 2, credentials: credentials(b"second") };
    assert_eq!(store.credentials(account.id).await.unwrap(), Some(stored));
    // A renewal of the old credentials that is still running comes too late.
    assert!(!store.finish_refresh(account.id, 1, credentials(b"late")).await.unwrap());
    assert!(store.begin_refresh(account.id, 2, at(3), at(60)).await.unwrap());
}

pub(crate) async fn of_two_renewals_at_once_one_wins(store: &dyn Store) {
    let id = connect(store).await.id;
    let begin = || store.begin_refresh(id, 1, at(1), at(60));
    let (one, other) = tokio::join!(begin(), begin());
    assert_ne!(one.unwrap(), other.unwrap());
    let renewed = SealedCredentials { access_expires_at: None, ..credentials(b"\0\xffrotated") };
    assert!(store.finish_refresh(id, 1, renewed.clone()).await.unwrap());
    let stored = StoredCredentials { version: 2, credentials: renewed };
    assert_eq!(store.credentials(id).await.unwrap(), Some(stored));
    assert_eq!(store.account(id).await.unwrap().unwrap().access_expires_at, None);
    assert!(store.begin_refresh(id, 2, at(2), at(60)).await.unwrap(), "finishing gives the right back");
}

pub(crate) async fn a_renewal_needs_the_present_version(store: &dyn Store) {
    let id = connect(store).await.id;
    for version in [0, 2, -1] {
        assert!(!store.begin_refresh(id, version, at(1), at(60)).await.unwrap(), "{version}");
        assert!(!store.finish_refresh(id, version, credentials(b"no")).await.unwrap(), "{version}");
    }
    assert!(!store.begin_refresh(AccountId::generate(), 1, at(1), at(60)).await.unwrap());
    assert!(store.begin_refresh(id, 1, at(1), at(60)).await.unwrap());
    assert!(store.finish_refresh(id, 1, credentials(b"second")).await.unwrap());
    assert!(!store.finish_refresh(id, 1, credentials(b"third")).await.unwrap());
    assert!(!store.begin_refresh(id, 1, at(2), at(60)).await.unwrap(), "the version is past");
    assert_eq!(store.credentials(id).await.unwrap().unwrap().credentials, credentials(b"second"));
}

pub(crate) async fn a_right_to_renew_ends_by_itself(store: &dyn Store) {
    let id = connect(store).await.id;
    assert!(store.begin_refresh(id, 1, at(1), at(60)).await.unwrap());
    assert!(!store.begin_refresh(id, 1, at(59), at(120)).await.unwrap());
    assert!(store.begin_refresh(id, 1, at(60), at(120)).await.unwrap());
    assert!(!store.begin_refresh(id, 1, at(61), at(120)).await.unwrap());
}

pub(crate) async fn a_right_to_renew_can_be_given_back(store: &dyn Store) {
    let id = connect(store).await.id;
    assert!(store.begin_refresh(id, 1, at(1), at(60)).await.unwrap());
    store.abandon_refresh(id, 7, at(60)).await.unwrap();
    assert!(!store.begin_refresh(id, 1, at(2), at(60)).await.unwrap(), "another version was given back");
    store.abandon_refresh(id, 1, at(60)).await.unwrap();
    assert!(store.begin_refresh(id, 1, at(2), at(60)).await.unwrap());
    assert_eq!(store.credentials(id).await.unwrap().unwrap().version, 1);
}

pub(crate) async fn nobody_gives_back_the_right_of_another(store: &dyn Store) {
    let id = connect(store).await.id;
    assert!(store.begin_refresh(id, 1, at(1), at(60)).await.unwrap());
    assert!(store.begin_refresh(id, 1, at(61), at(120)).await.unwrap(), "the first right is over");
    store.abandon_refresh(id, 1, at(60)).await.unwrap();
    assert!(!store.begin_refresh(id, 1, at(62), at(180)).await.unwrap(), "the second one holds it");
}

pub(crate) async fn what_was_before_the_consent_does_not_speak_against_the_account(store: &dyn Store) {
    let account = store.save_account(authorized("shop", "-000"), at(100)).await.unwrap();
    store.needs_attention(account.id, reason(), at(99), at(101)).await.unwrap();
    let status = || async { store.account(account.id).await.unwrap().unwrap().status };
    assert_eq!(status().await, AccountStatus::Connected);
    store.needs_attention(account.id, reason(), at(100), at(101)).await.unwrap();
    assert_eq!(status().await, AccountStatus::NeedsAttention);
}

pub(crate) async fn an_account_that_is_taken_out_has_no_credentials_until_its_owner_consents_again(
    store: &dyn Store,
) {
    let account = connect(store).await;
    assert!(store.remove_account(account.id, at(1)).await.unwrap());
    assert!(!store.remove_account(account.id, at(2)).await.unwrap());
    assert_eq!(store.credentials(account.id).await.unwrap(), None);
    assert!(store.accounts(&Scope::Everything).await.unwrap().is_empty());
    store.needs_attention(account.id, reason(), at(3), at(3)).await.unwrap();
    let removed = store.account(account.id).await.unwrap().unwrap();
    assert_eq!((removed.status, removed.attention), (AccountStatus::Removed, None));

    let back = connect(store).await;
    assert_eq!((back.id, back.status), (account.id, AccountStatus::Connected));
    let kinds: Vec<_> = events(store).await.iter().map(|event| event.kind).collect();
    use InboxEventKind::{AccountConnected, AccountRemoved};
    assert_eq!(kinds, [AccountConnected, AccountRemoved, AccountConnected]);
}

pub(crate) async fn what_an_account_had_still_to_send_fails_when_it_is_taken_out(store: &dyn Store) {
    let conversation = begin(store).await;
    let account = conversation_account(store, conversation).await;
    let (sending, waiting) =
        (begin_send(store, conversation, "on its way", 1).await, say(store, conversation, "waits", 2).await);
    store.remove_account(account, at(3)).await.unwrap();
    assert_eq!(status(store, sending).await, Status::Sending, "nobody can call it back");
    let failed = message(store, waiting).await;
    assert_eq!((failed.status, failed.reason.unwrap().code.as_str()), (Status::Failed, "account.removed"));
    assert_eq!(used(store, conversation).await, 1);
}

async fn conversation_account(store: &dyn Store, id: ConversationId) -> AccountId {
    conversation(store, id).await.account
}

pub(crate) async fn nothing_is_taken_in_for_an_account_that_was_taken_out(store: &dyn Store) {
    let account = connect(store).await;
    store.remove_account(account.id, at(1)).await.unwrap();
    let brought =
        Arrival { accounts: vec![authorized(INSTANCE, ACCOUNT)], ..arrival(2, vec![received("c", "m", 2)]) };
    assert_eq!(store.ingest(brought).await.unwrap(), Ingested { unrouted: 1, ..Ingested::default() });
}

pub(crate) async fn a_begun_consent_is_taken_once(store: &dyn Store) {
    store.save_authorization([1; 32], pending(), at(600)).await.unwrap();
    assert!(store.save_authorization([1; 32], pending(), at(900)).await.is_err());
    assert_eq!(store.take_authorization([2; 32], at(1)).await.unwrap(), None);
    let take = || store.take_authorization([1; 32], at(1));
    let (one, other) = tokio::join!(take(), take());
    let taken: Vec<_> = [one.unwrap(), other.unwrap()].into_iter().flatten().collect();
    assert_eq!(taken, [pending()]);
    assert_eq!(take().await.unwrap(), None);
}

pub(crate) async fn a_begun_consent_ends_at_its_time(store: &dyn Store) {
    for (state, taken_at, expected) in
        [(1, 599, Some(pending())), (2, 600, None), (3, 601, None), (4, 0, Some(pending()))]
    {
        store.save_authorization([state; 32], pending(), at(600)).await.unwrap();
        let taken = store.take_authorization([state; 32], at(taken_at)).await.unwrap();
        assert_eq!(taken, expected, "{taken_at}");
        assert_eq!(store.take_authorization([state; 32], at(0)).await.unwrap(), None);
    }
}
