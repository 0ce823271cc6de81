//! Each host's log is looked through for what no log may say; here one says it.

use anyhow::Result;

use crate::support::{Channels, Limits};

const TEXT: &str = "tell-everybody";

#[tokio::test]
async fn a_log_with_a_text_in_it_is_noticed() -> Result<()> {
    for isolation in ["in_process", "process"] {
        let channels = Channels::open(isolation, Limits::LONG, &["hostile"]).await?;
        assert_eq!(channels.say("hostile", "ana", TEXT).await?, 200);
        let leaks = channels.host.stop_leaky().await?;
        assert_eq!(leaks.iter().map(|leak| leak.what).collect::<Vec<_>>(), ["a text"], "{isolation}");
        assert!(!leaks[0].to_string().contains(TEXT), "{isolation}");
    }
    Ok(())
}

#[tokio::test]
#[should_panic(expected = "the host's log says what no log may say")]
async fn a_test_whose_host_logs_a_text_fails() {
    let channels = Channels::open("in_process", Limits::LONG, &["hostile"]).await;
    let channels = channels.unwrap_or_else(|error| panic!("{error:#}"));
    let status = channels.say("hostile", "ana", TEXT).await;
    assert!(status.is_ok_and(|status| status == 200));
}
