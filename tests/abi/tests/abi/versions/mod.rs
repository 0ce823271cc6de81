//! Libraries of another time in today's host, and today's in a host of another time.

mod changes;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use abi_compatibility::{
    build::{Build, Compiler, Profile, artifact},
    evolve::Evolution,
    exercise::start,
    layout,
};
use anyhow::{Context, Result, ensure};
use connector_api::{Content, EventKind};
use connector_loader::{ConnectorLibrary, Isolation, LoadPolicy, Step};
use serde_json::{Value, json};

use self::changes::{BOUNDARY, CONNECTOR_SIDE, CONTRACT, DIVERGED, HOST_SIDE};
use crate::{FOLDER, workspace};

const CONTRACT_CRATES: [&str; 3] = ["connector-api", "connector-api/abi", "connector-api/capabilities"];
const ISOLATIONS: [(Isolation, &str); 2] = [(Isolation::InProcess, "here"), (Isolation::Process, "apart")];

fn build(workspace: &Path, packages: &[&str], locked: bool) -> Result<PathBuf> {
    let (compiler, profile) = (Compiler::Current, Profile::Debug);
    Build { workspace, below: Path::new(FOLDER), compiler, profile, packages, locked }.run()
}

fn frozen_connector() -> Result<PathBuf> {
    let frozen = workspace()?.join("tests/abi/frozen-1.0");
    Ok(build(&frozen, &["frozen-connector"], true)?.join("libfrozen_connector.so"))
}

/// The folder with what was built of the future: connector, host and the host's worker.
fn future() -> Result<PathBuf> {
    let today = workspace()?;
    let added =
        ["future-connector", "future-host"].map(|name| (name, today.join("tests/abi/future").join(name)));
    let [api, abi, capabilities] = CONTRACT_CRATES;
    let sources = Evolution {
        name: "future",
        packages: &[api, abi, capabilities, "host/loader", "tests/abi"],
        added: &added,
        changes: &[BOUNDARY, CONTRACT, CONNECTOR_SIDE, HOST_SIDE],
    };
    let sources = sources.write(&today, Path::new(FOLDER))?;
    build(&sources, &["future-connector", "future-host", "connector-loader"], false)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_library_of_1_0_works_in_todays_host() -> Result<()> {
    let library = frozen_connector()?;
    for (isolation, name) in ISOLATIONS {
        let frozen =
            start(&library, &artifact("connector-worker")?, isolation, &format!("frozen-{name}")).await?;
        ensure!(frozen.library.manifest().connector_abi == "1.0.0", "{:?}", frozen.library.manifest());
        frozen.receives_sends_logs_and_cancels().await.context(name)?;
        frozen.refuses_what_it_does_not_offer().await.context(name)?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_library_of_a_made_up_future_works_in_todays_host() -> Result<()> {
    let library = future()?.join("libfuture_connector.so");
    for (isolation, name) in ISOLATIONS {
        let future =
            start(&library, &artifact("connector-worker")?, isolation, &format!("future-{name}")).await?;
        let manifest = future.library.manifest();
        assert_eq!((manifest.connector_api.as_str(), manifest.connector_abi.as_str()), ("2.0.0", "1.1.0"));
        future.receives_sends_logs_and_cancels().await.context(name)?;
        future.refuses_what_it_does_not_offer().await.context(name)?;
        future.record("This host counts nothing").await?;

        let events = future.events(&json!({"from": "ana", "id": "m-1", "text": "olá"})).await?;
        let [text, pin, place] = events.as_slice() else { anyhow::bail!("{events:?}") };
        assert_eq!(content(&text.kind), Some(&Content::text("olá")));
        assert_eq!(pin.kind, EventKind::Unknown);
        assert_eq!(content(&place.kind), Some(&Content::Unknown));
        assert_eq!((pin.account.as_str(), pin.dedup_key.as_str()), ("my-shop", "m-1/1"));
    }
    Ok(())
}

fn content(kind: &EventKind) -> Option<&Content> {
    match kind {
        EventKind::MessageReceived { message, .. } => Some(&message.content),
        _ => None,
    }
}

/// What the host of the future says about a library.
fn in_future_host(future: &Path, library: &Path) -> Result<Value> {
    let output = Command::new(future.join("future-host"))
        .args([library, &future.join("connector-worker")])
        .output()
        .context("the host of the future does not start")?;
    ensure!(output.status.success(), "{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

#[test]
fn a_library_of_1_0_works_in_a_host_of_the_future_which_a_check_in_one_direction_would_refuse() -> Result<()>
{
    let (future, old) = (future()?, frozen_connector()?);
    let told = in_future_host(&future, &old)?;
    assert_eq!(told["pins"], json!(["unsupported", "unsupported"]), "{told:#}");
    assert_eq!(told["health"], "older than the question");
    let refusal = told["old library in new host"].as_str().context("one direction would do")?;
    assert!(refusal.contains("too many fields"), "{refusal}");
    assert_eq!(told["new library in old host"], Value::Null);

    let told = in_future_host(&future, &future.join("libfuture_connector.so"))?;
    assert_eq!((&told["pins"], &told["health"]), (&json!(["done", "done"]), &json!("well")), "{told:#}");
    Ok(())
}

#[test]
fn the_description_of_the_boundary_shows_what_is_appended() -> Result<()> {
    let told = in_future_host(&future()?, &frozen_connector()?)?;
    let (today, later) =
        (layout::description(), told["boundary"].as_str().context("no description")?.to_owned());
    let appended =
        ["2 selftest: fn() -> RString", "2 count: fn(RStr<'a>) -> ()", "5 health: fn(RRef<'a>) -> RString"];
    for line in appended {
        assert!(later.contains(line) && !today.contains(line), "{line}:\n{later}");
    }
    let unchanged = |text: &str| text.replace("connector-abi 1.1.0", "connector-abi 1.0.0");
    let lost: Vec<_> = today.lines().filter(|line| !unchanged(&later).contains(line)).collect();
    assert!(lost.iter().all(|line| line.contains(": size ")), "{lost:#?}");
    Ok(())
}

#[tokio::test]
async fn a_boundary_that_has_diverged_is_refused_and_says_where() -> Result<()> {
    let today = workspace()?;
    let [api, abi, capabilities] = CONTRACT_CRATES;
    let sources = Evolution {
        name: "diverged",
        packages: &[api, abi, capabilities, "tests/abi/probe-connector"],
        added: &[],
        changes: &[DIVERGED],
    };
    let sources = sources.write(&today, Path::new(FOLDER))?;
    let library = build(&sources, &["diverged-connector"], false)?.join("libdiverged_connector.so");
    let policy = LoadPolicy::new(artifact("connector-worker")?);
    let refused = ConnectorLibrary::load(&library, &policy).await.err().context("it was loaded")?;
    assert_eq!((refused.step, refused.code.as_ref()), (Step::Layout, "layout.incompatible"), "{refused}");
    assert!(refused.expected.contains("connector-abi 1.0.0"), "{refused}");
    assert!(refused.found.contains("too many fields"), "{refused}");
    Ok(())
}
