//! Where TikTok delivers webhooks.

use anyhow::Result;
use end_to_end::{HostOptions, SimulatorProcess};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{INSTANCE, Shop, ask};

const OURS: &str = "https://inbox.example.com/webhooks/shop";

#[tokio::test]
async fn the_host_registers_itself_where_the_platform_delivers() -> Result<()> {
    let simulator = SimulatorProcess::start().await?;
    let options =
        HostOptions::new()?.quiet().configure("[server]\npublic_url = \"https://inbox.example.com\"\n");
    let host = options.tiktok(INSTANCE, &simulator)?.start().await?;
    let shop = Shop { simulator, host };
    let call = |method: Method| ask(shop.api().request(method, "/v1/instances/shop/webhooks"));
    let before = call(Method::GET).await?;
    assert_eq!((before.status, &before.body["is_ours"]), (200, &json!(false)), "{}", before.body);
    let ours = json!({"ours": OURS, "registered": OURS, "is_ours": true});
    for method in [Method::PUT, Method::GET] {
        let told = call(method).await?;
        assert_eq!((told.status, &told.body), (200, &ours));
    }
    let state: Value = shop.simulator.state().await?;
    assert!(state.to_string().contains(OURS), "the platform has it: {state}");
    shop.close().await
}
