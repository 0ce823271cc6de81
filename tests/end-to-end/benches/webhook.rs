//! From a webhook to the disk: a host is sent signed requests, one after the other and many at once, and answers each when it
//! is kept. Beside it the least that keeping can cost: one committed row with the same bytes.

#![allow(clippy::expect_used, reason = "a benchmark that cannot be set up has nothing to measure")]

mod sample;

use std::{
    cell::Cell,
    time::{SystemTime, UNIX_EPOCH},
};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use end_to_end::{HostOptions, HostProcess, TiktokApp, http_client};
use futures_util::future::join_all;
use tiktok_simulator::{Simulator, SimulatorConfig};
use tokio::runtime::Runtime;

const INSTANCE: &str = "shop";
/// So many requests are on their way at once.
const AT_ONCE: usize = 32;

/// A host with one connected account.
struct Shop {
    simulator: Simulator,
    host: HostProcess,
    account: String,
    http: reqwest::Client,
    next: Cell<u64>,
}

impl Shop {
    async fn open() -> anyhow::Result<Self> {
        let http = http_client();
        let simulator = Simulator::start(SimulatorConfig::default()).await?;
        let app = TiktokApp {
            id: simulator.app_id(),
            secret: simulator.app_secret(),
            api_base: &simulator.api_base(),
            authorize_url: &simulator.authorize_url(),
        };
        let host = HostOptions::new()?.quiet().tiktok_app(INSTANCE, &app)?.start().await?;
        host.api().connect_account(INSTANCE).await?;
        let accounts = host.api().items("/v1/accounts").await?;
        let account = accounts.first().and_then(|account| account["platform_id"].as_str());
        let account = account.unwrap_or_default().to_owned();
        Ok(Self { simulator, host, account, http, next: Cell::new(0) })
    }

    /// Sends the next request and waits until it is kept.
    async fn says(&self) {
        let number = self.next.replace(self.next.get() + 1);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs();
        let body = sample::body(self.simulator.app_id(), &self.account, number, now);
        let signature = self.simulator.sign(&body, i64::try_from(now).expect("a time"));
        let request = self.http.post(self.host.webhook_url(INSTANCE)).header("tiktok-signature", signature);
        let answer = request.body(body).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
    }
}

/// A database as the host has it, with one table.
fn bare(folder: &std::path::Path) -> rusqlite::Connection {
    let db = rusqlite::Connection::open(folder.join("bare.db")).expect("a database");
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE bodies (id INTEGER PRIMARY KEY, body BLOB)",
    )
    .expect("a table");
    db
}

fn webhook(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let db = bare(folder.path());
    let body = sample::body("7000000000000000001", sample::ACCOUNT, 1, 1_767_225_600);
    let shop = runtime.block_on(Shop::open()).expect("a host");
    let mut group = criterion.benchmark_group("webhook");
    group.bench_function("bare_commit", |b| {
        b.iter(|| db.execute("INSERT INTO bodies (body) VALUES (?1)", [&body]).expect("a row"));
    });
    group.bench_function("one", |b| b.iter(|| runtime.block_on(shop.says())));
    group.throughput(Throughput::Elements(AT_ONCE as u64));
    group.bench_function("at_once", |b| {
        b.iter(|| runtime.block_on(join_all((0..AT_ONCE).map(|_| shop.says()))));
    });
    group.finish();
    runtime.block_on(async {
        shop.host.stop().await.expect("it ends");
        shop.simulator.shutdown().await;
    });
}

criterion_group!(benches, webhook);
criterion_main!(benches);
