//! A fake platform: a command that says on its first line where it is, and has a control API that makes its people talk.
//!
//! The control API is that of the project's simulator: JSON at `{listening}/control/…`. With a fake platform the kit is the
//! host: it takes webhooks, has consent given, and calls operations no more often than the document allows.

mod clock;
mod control;
mod process;
mod script;
mod still;
mod webhooks;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use connector_api::{
    Account, BeginAuthorizationRequest, ChannelConnector, CompleteAuthorizationRequest, Event, Secret,
    Timestamp,
    capabilities::document::{Authorization, RateScope},
};
use connector_loader::Instance;
use serde_json::{Map, Value, json};
use tokio::{
    sync::Mutex,
    time::{sleep, timeout},
};

use crate::subject::Subject;
use clock::Clock;
use control::Control;
use process::Program;
pub(crate) use script::{Script, ScriptedFault};
pub(crate) use still::{conversation_of, is_taken};
use webhooks::Inbox;

const CALLS_WITHIN: Duration = Duration::from_secs(10);
/// How soon an event arrives.
const ARRIVES_WITHIN: Duration = Duration::from_secs(5);
const REDIRECT: &str = "http://127.0.0.1:1/conformance/callback";
const STATE: &str = "conformance-state";

/// A running fake platform, and an instance that is connected to it.
pub(crate) struct FakePlatform {
    program: Program,
    control: Control,
    pub(crate) instance: Arc<Instance>,
    pub(crate) account: Mutex<Account>,
    inbox: Inbox,
    /// When the next call may be made, and how far calls are apart.
    next: Mutex<Instant>,
    apart: Duration,
    /// Calls for which somebody waited, since an account is connected.
    calls: AtomicU32,
    clock: Arc<Clock>,
    /// Rules that were broken before the kit broke some by itself.
    judged: Mutex<Vec<Value>>,
}

impl FakePlatform {
    /// Starts it, and connects an account.
    pub(crate) async fn start(subject: &Subject) -> Result<Self, String> {
        let script = subject.samples.platform.as_ref().ok_or("conformance.json has no \"platform\"")?;
        let document = subject.document().ok_or("no document")?;
        let (program, ready) = Program::start(&subject.options.platform).await?;
        let listening = ready["listening"].as_str().ok_or("its first line has no \"listening\"")?.to_owned();
        let mut settings = subject.samples.settings_with(&listening);
        overlay(&mut settings, &ready, &script.settings);
        let instance =
            subject.start_with(settings.into(), CALLS_WITHIN).await.map_err(|error| error.to_string())?;
        let clock = Arc::<Clock>::default();
        let inbox = Inbox::open(Arc::clone(&instance), Arc::clone(&clock))
            .await
            .map_err(|error| error.to_string())?;
        let apart = document.rates.iter().filter(|rate| rate.scope == RateScope::App);
        let apart = apart.map(|rate| Duration::from_secs(rate.per_seconds.into()) / rate.max.max(1));
        let apart = apart.max().unwrap_or_default() * 11 / 10;
        let platform = Self {
            program,
            control: Control::at(&listening)?,
            instance,
            account: Mutex::new(subject.samples.account()),
            inbox,
            next: Mutex::new(Instant::now()),
            apart,
            calls: AtomicU32::new(0),
            clock,
            judged: Mutex::default(),
        };
        platform.control("webhook", &json!({"url": platform.inbox.url()})).await?;
        if document.authorization == Authorization::Consent {
            let account = platform.consent().await?;
            *platform.account.lock().await = account;
            platform.calls.store(0, Ordering::Relaxed);
        }
        Ok(platform)
    }

    /// Has an owner consent.
    pub(crate) async fn consent(&self) -> Result<Account, String> {
        let begin = BeginAuthorizationRequest::new(REDIRECT, STATE);
        let page = self.instance.begin_authorization(begin).await.map_err(|error| error.to_string())?;
        let back = self.control.leads_to(&page.url).await?;
        let back = reqwest::Url::parse(&back).map_err(|_| "the way back is no URL")?;
        let value = |name: &str| {
            let mut pairs = back.query_pairs();
            pairs.find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
        };
        if value("state").as_deref() != Some(STATE) {
            return Err("the state does not come back".to_owned());
        }
        let code = value("code").or_else(|| value("auth_code")).ok_or("no code comes back")?;
        self.paced().await;
        let complete = CompleteAuthorizationRequest::new(Secret::new(code), REDIRECT, self.now());
        let authorized =
            self.instance.complete_authorization(complete).await.map_err(|error| error.to_string())?;
        Ok(authorized.account)
    }

    /// Waits until another call may be made.
    pub(crate) async fn paced(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if self.clock.stands_still() {
            // Where it fails the call says so.
            let _moved = self.advance(self.pause()).await;
            return;
        }
        let mut next = self.next.lock().await;
        sleep(next.saturating_duration_since(Instant::now())).await;
        *next = Instant::now() + self.apart;
    }

    /// One call of the control API.
    pub(crate) async fn control(&self, path: &str, body: &Value) -> Result<Value, String> {
        self.control.post(path, body).await
    }

    /// Forgets what is to break.
    pub(crate) async fn mend(&self) -> Result<(), String> {
        self.forget("faults").await
    }

    async fn forget(&self, path: &str) -> Result<(), String> {
        self.control.delete(path).await
    }

    /// What the control API shows.
    pub(crate) async fn shown(&self, path: &str) -> Result<Value, String> {
        self.control.get(path).await
    }

    /// The rules that requests broke; `None` where none was made beside those that connect the account.
    pub(crate) async fn broken_rules(&self) -> Result<Option<Vec<Value>>, String> {
        if self.calls.load(Ordering::Relaxed) == 0 {
            return Ok(None);
        }
        let mut judged = self.judged.lock().await.clone();
        judged.extend(self.violations().await?);
        Ok(Some(judged))
    }

    /// The bytes of a medium, as the platform has them.
    pub(crate) async fn medium(&self, id: &str) -> Result<Vec<u8>, String> {
        self.control.bytes("media", &[("media_id", id)]).await
    }

    /// A customer writes; the event that tells it.
    pub(crate) async fn says(&self, customer: &str, text: &str) -> Result<Event, String> {
        let said = self.control("customer/says", &json!({"customer": customer, "text": text})).await?;
        let id = said["message_id"].as_str().unwrap_or_default().to_owned();
        self.arrives("a message", move |event| told(event)["message"]["id"] == id.as_str()).await
    }

    /// The first event that is so, once it has come.
    pub(crate) async fn arrives(&self, what: &str, is: impl Fn(&Event) -> bool) -> Result<Event, String> {
        self.arrives_after(0, what, is).await
    }

    /// The same, of those behind the first `before`.
    pub(crate) async fn arrives_after(
        &self,
        before: usize,
        what: &str,
        is: impl Fn(&Event) -> bool,
    ) -> Result<Event, String> {
        let found = timeout(ARRIVES_WITHIN, self.inbox.first(before, &is)).await;
        found.map_err(|_| format!("{what} did not arrive within {ARRIVES_WITHIN:?}"))
    }

    /// How many events have come.
    pub(crate) fn arrived(&self) -> usize {
        self.inbox.count()
    }

    /// The platform's present.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Where webhooks are taken.
    pub(crate) fn inbox(&self) -> &str {
        self.inbox.url()
    }

    /// The account as it is now.
    pub(crate) async fn account(&self) -> Account {
        self.account.lock().await.clone()
    }

    /// Ends it.
    pub(crate) async fn stop(self) {
        self.instance.shutdown().await;
        drop(self.program);
    }
}

/// What an event says, as JSON.
pub(crate) fn told(event: &Event) -> Value {
    serde_json::to_value(&event.kind).unwrap_or_default()
}

fn overlay(settings: &mut Map<String, Value>, ready: &Value, names: &[String]) {
    for name in names {
        if let Some(value) = ready.get(name) {
            settings.insert(name.clone(), value.clone());
        }
    }
}
