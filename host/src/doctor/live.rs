//! What only platforms know, asked of them: whether the app is let in, where webhooks go, what accounts granted.
//!
//! Nothing is changed, here or there: credentials are used as they are and never renewed, and each call has a deadline and
//! takes its place in the instance's rate.

use std::{sync::Arc, time::Duration};

use connector_api::{
    Account as ApiAccount, AccountRequest, ChannelConnector, ConfigureWebhooksRequest, ConnectorError,
    ErrorClass, ProbeRequest, ReasonCode,
    capabilities::document::{DeliveryWay, Probe, RateScope},
};
use connector_loader::printable;
use tokio_util::task::TaskTracker;

use super::{
    Finding,
    told::{access, does_not_run, granted, not_told, rate, settled, webhooks},
};
use crate::{
    Config,
    clock::Clock,
    config::IsolationChoice,
    credentials::{CredentialError, CredentialKeeper},
    host::{HostError, keep_hosts_off},
    instances::{InstanceState, Instances, Lease, Slot},
    metrics::Metrics,
    model::{Account, AccountStatus, Conversation, Scope},
    store::{ConversationFilter, Store, StoreError, sqlite::SqliteStore},
};

/// Time for one answer of a platform.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// So many probes of a document are asked, that an examination ends in time.
const MOST_PROBES: usize = 2;

/// Asks platforms for a host.
pub(crate) struct Examiner<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) credentials: &'a CredentialKeeper,
    pub(crate) clock: &'a Clock,
}

/// Asks about everything that `config` names, with connectors of its own; `None` where a host runs, which is to be asked
/// then: two that ask for one app would break its rate together.
pub async fn examine(config: &Config) -> Option<Vec<Finding>> {
    let path = &config.store.path;
    // Held until everything is asked, so that no host starts meanwhile.
    let _lock = match keep_hosts_off(path) {
        Ok(lock) => lock,
        Err(HostError::InUse { .. }) => return None,
        Err(error) => {
            let fix = "Run it as the host's user.";
            return Some(vec![Finding::bad("platforms", printable(&error.to_string()), fix)]);
        }
    };
    let mut config = config.clone();
    config.connectors.isolation = IsolationChoice::Process;
    let running = TaskTracker::new();
    let instances = Instances::start(&config, &running, &Arc::new(Metrics::new())).await;
    let mut findings = Vec::new();
    for slot in instances.iter().filter(|slot| runs(slot)) {
        let webhook_url = config.webhook_url(slot.name(), config.server.listen);
        findings.extend(Examiner::of_app(slot, &webhook_url).await);
    }
    if path.exists() {
        match accounts(&config, &instances).await {
            Ok((connected, of_accounts)) => {
                findings.extend(of_accounts);
                findings.extend(nothing_to_ask(connected, &findings));
            }
            Err(error) => {
                let fix = "Check the path, its owner and its permissions (store.path).";
                findings.push(Finding::bad("accounts", printable(&error.to_string()), fix));
            }
        }
    } else {
        findings.extend(nothing_to_ask(0, &findings));
    }
    instances.stop().await;
    Some(findings)
}

/// Where platforms had little or nothing to tell, why: silence would look like health.
#[must_use]
pub fn nothing_to_ask(connected_accounts: usize, findings: &[Finding]) -> Option<Finding> {
    if connected_accounts == 0 {
        let fix = "`jackfield accounts connect INSTANCE` prints the page for the owner of one.";
        return Some(Finding::unknown("platforms", "Nothing to ask: no account is connected.", fix));
    }
    let text = "Nothing to ask: these channels have no question that would tell more.";
    findings.is_empty().then(|| Finding::good("platforms", text))
}

/// What does not run has a finding of its own already.
fn runs(slot: &Slot) -> bool {
    matches!(slot.state(), InstanceState::Running(_))
}

/// How many accounts are connected, and what is found about them.
async fn accounts(config: &Config, instances: &Instances) -> Result<(usize, Vec<Finding>), StoreError> {
    let path = config.store.path.clone();
    let opened = tokio::task::spawn_blocking(move || SqliteStore::open(&path)).await;
    let store: Arc<dyn Store> =
        Arc::new(opened.map_err(|_| StoreError::Failed("opening the database panicked".to_owned()))??);
    let clock = Clock::system();
    let credentials = CredentialKeeper::new(Arc::clone(&store), config.encryption.sealer(), clock.clone());
    let examiner = Examiner { store: &*store, credentials: &credentials, clock: &clock };
    let mut findings = Vec::new();
    let accounts = store.accounts(&Scope::Everything).await?;
    let connected = accounts.iter().filter(|account| account.status != AccountStatus::Removed).count();
    for account in accounts {
        if let Some(slot) = instances.slot(&account.instance).filter(|slot| runs(slot)) {
            findings.extend(examiner.of_account(slot, &account).await?);
        }
    }
    Ok((connected, findings))
}

impl Examiner<'_> {
    /// What the platform says of an instance's app; its webhooks should go to `webhook_url`.
    pub(crate) async fn of_app(slot: &Slot, webhook_url: &str) -> Vec<Finding> {
        let subject = format!("instance {}", slot.name());
        let lease = match slot.lease() {
            Ok(lease) => lease,
            Err(error) => return vec![does_not_run(subject, &error)],
        };
        let mut findings = Vec::new();
        if lease.document.delivery.by != DeliveryWay::Poll {
            let question = lease.connector.configure_webhooks(ConfigureWebhooksRequest::new(None));
            match answer(slot, &lease, question).await {
                Ok(set) => findings.push(webhooks(&subject, set.callback_url.as_deref(), webhook_url)),
                Err(error) => findings.extend(not_told(&subject, "Where webhooks go", &error)),
            }
        }
        findings.extend(rate(&subject, slot, &lease.document));
        findings.extend(access(&subject, &lease.document));
        findings
    }

    /// What the platform says of an account.
    ///
    /// # Errors
    /// Where the store fails.
    pub(crate) async fn of_account(
        &self,
        slot: &Slot,
        account: &Account,
    ) -> Result<Vec<Finding>, StoreError> {
        let name = account.handle.as_deref().unwrap_or(&account.platform_id);
        let subject = format!("account {} ({})", printable(name), account.instance);
        if account.status == AccountStatus::Removed {
            return Ok(Vec::new());
        }
        let lease = match slot.lease() {
            Ok(lease) => lease,
            Err(error) => return Ok(vec![does_not_run(subject, &error)]),
        };
        let acting = match self.acting(&subject, account).await? {
            Ok(acting) => acting,
            Err(finding) => return Ok(vec![finding]),
        };
        let mut findings = Vec::new();
        let question = lease.connector.inspect_authorization(AccountRequest::new(acting.clone()));
        match answer(slot, &lease, question).await {
            Ok(grant) => findings.extend(granted(&subject, &account.platform_id, &grant)),
            Err(error) => findings.extend(not_told(&subject, "What was granted", &error)),
        }
        let question = lease.connector.account_profile(AccountRequest::new(acting.clone()));
        match answer(slot, &lease, question).await {
            Ok(profile) => {
                let name = profile.handle.or(profile.display_name).unwrap_or_else(|| "no name".to_owned());
                let text = format!("The platform answers for it, and knows it as {}.", printable(&name));
                findings.push(Finding::good(&*subject, text));
            }
            Err(error) => findings.extend(not_told(&subject, "How it presents itself", &error)),
        }
        findings.extend(self.probes(slot, &lease, (account, &acting), &subject).await?);
        Ok(findings)
    }

    /// The right to act for an account as it is, or why it cannot be used.
    async fn acting(
        &self,
        subject: &str,
        account: &Account,
    ) -> Result<Result<ApiAccount, Finding>, StoreError> {
        let acting = match self.credentials.present(account).await {
            Ok(acting) => acting,
            Err(CredentialError::Store(error)) => return Err(error),
            Err(error) => {
                let fix = "Connect the account again.";
                return Ok(Err(Finding::bad(subject, printable(&error.to_string()), fix)));
            }
        };
        if acting.credentials.access_expires_at.is_some_and(|end| end <= self.clock.now()) {
            let text = "Its access token has ended, so nothing was asked.";
            let fix = "Start the host, which renews it, and ask again.";
            return Ok(Err(Finding::warning(subject, text, fix)));
        }
        Ok(Ok(acting))
    }

    /// What the document leaves to probes: of the account, and of its newest conversation.
    async fn probes(
        &self,
        slot: &Slot,
        lease: &Lease,
        (account, acting): (&Account, &ApiAccount),
        subject: &str,
    ) -> Result<Vec<Finding>, StoreError> {
        let scope = Scope::Accounts([account.id].into());
        let newest = self.store.conversations(&scope, ConversationFilter::default(), None, 1).await?;
        let newest = newest.items.first();
        let (asked, left) =
            lease.document.probes.split_at_checked(MOST_PROBES).unwrap_or((&lease.document.probes, &[]));
        let not_asked = |probe: &Probe| {
            let text = format!("{}: not asked, there are too many probes.", probe.answers.join(", "));
            let fix = "POST /v1/conversations/{id}/probe asks all that are about a conversation.";
            Finding::unknown(subject, printable(&text), fix)
        };
        let mut findings: Vec<Finding> = left.iter().map(not_asked).collect();
        for probe in asked {
            let claims = probe.answers.join(", ");
            let Some((request, place)) = question(acting, probe, newest) else {
                let text = format!("{claims}: told of single conversations, and there is none yet.");
                findings.push(Finding::unknown(
                    subject,
                    printable(&text),
                    "Ask again once somebody has written.",
                ));
                continue;
            };
            match answer(slot, lease, lease.connector.probe(request)).await {
                Ok(told) => findings.extend(
                    probe
                        .answers
                        .iter()
                        .map(|claim| settled(subject, claim, told.facts.get(claim).copied(), place)),
                ),
                Err(error) => findings.extend(not_told(subject, &claims, &error)),
            }
        }
        Ok(findings)
    }
}

/// Waits for a place in the rate, and then for the platform.
async fn answer<T>(
    slot: &Slot,
    lease: &Lease,
    question: impl Future<Output = Result<T, ConnectorError>>,
) -> Result<T, ConnectorError> {
    tokio::time::timeout(ANSWER_WITHIN, slot.placed(lease, question)).await.unwrap_or_else(|_| {
        let text = format!("There was no answer within {ANSWER_WITHIN:?}.");
        Err(ConnectorError::new(ErrorClass::Unavailable, ReasonCode::CONNECTOR_LATE, text))
    })
}

/// What to ask, and of where; `None` where there is no conversation to ask about.
fn question(
    acting: &ApiAccount,
    probe: &Probe,
    newest: Option<&Conversation>,
) -> Option<(ProbeRequest, &'static str)> {
    let request = ProbeRequest::new(acting.clone(), probe.answers.clone());
    if probe.scope != RateScope::Conversation {
        return Some((request, "for the account"));
    }
    let newest = newest?;
    let request = request.with_conversation(&newest.platform_id).with_answered(newest.ledger.total > 0);
    Some((request, "in the newest conversation"))
}
