//! `docs/writing-a-connector.md`: every block is compiled or run, so that following it works.
//!
//! `sh` blocks run in order; `rust,ignore` and `json` blocks are held against the crate that they make; the `toml` block
//! configures a host with what they built. `rust` blocks are documentation tests of connector-api.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};
use connector_api::CapabilityDocument;
use end_to_end::{HostOptions, artifact, eventually};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::blocks::{blocks, of_language, only, root};

/// A reader's folder and shell.
struct Reader {
    home: TempDir,
    here: PathBuf,
    said: String,
}

impl Reader {
    fn new() -> Result<Self> {
        let home = TempDir::new()?;
        let here = home.path().to_owned();
        Ok(Self { home, here, said: String::new() })
    }

    /// Runs one block where the one before ended.
    fn run(&mut self, block: &str) -> Result<()> {
        let jackfield = artifact("jackfield")?;
        let programs = jackfield.parent().context("no folder")?.display().to_string();
        let end = self.home.path().join(".here");
        let mut shell = Command::new("sh");
        shell.args(["-eu", "-c", &format!("{block}\npwd > {}", end.display())]).current_dir(&self.here);
        shell.env("PATH", format!("{programs}:{}", std::env::var("PATH")?));
        shell.env("JACKFIELD", root().canonicalize()?).env("CARGO_TERM_COLOR", "never");
        shell
            .env("CARGO_NET_OFFLINE", "true")
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env_remove("CARGO_TARGET_DIR");
        let output = shell.output()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        ensure!(output.status.success(), "{block}\n{said}\n{}", String::from_utf8_lossy(&output.stderr));
        self.said.push_str(&said);
        self.here = fs::read_to_string(end)?.trim().into();
        self.prepare()
    }

    /// Gives a new crate the dependencies of the workspace, and a target folder that outlives the test.
    fn prepare(&self) -> Result<()> {
        if self.here.join("Cargo.toml").is_file() && !self.here.join("Cargo.lock").exists() {
            fs::copy(root().join("Cargo.lock"), self.here.join("Cargo.lock"))?;
            let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("author");
            fs::create_dir_all(&target)?;
            std::os::unix::fs::symlink(target, self.here.join("target"))?;
        }
        Ok(())
    }

    fn made(&self, file: &str) -> Result<String> {
        let path = self.home.path().join("parrot-connector").join(file);
        fs::read_to_string(&path).with_context(|| path.display().to_string())
    }
}

const GUIDE: &str = "docs/writing-a-connector.md";

#[test]
fn no_block_escapes_the_tests() -> Result<()> {
    only(&blocks(GUIDE)?, &["sh", "rust", "rust,ignore", "json", "toml", "text"])
}

#[tokio::test]
async fn following_the_guide_ends_with_a_conversation() -> Result<()> {
    let blocks = blocks(GUIDE)?;
    let mut reader = Reader::new()?;
    for block in of_language(&blocks, "sh") {
        reader.run(block)?;
    }
    for shown in of_language(&blocks, "text") {
        ensure!(reader.said.contains(shown.trim()), "{shown} is not what was printed:\n{}", reader.said);
    }
    let source = reader.made("src/lib.rs")?;
    for block in of_language(&blocks, "rust,ignore") {
        ensure!(source.contains(block), "not in the new crate:\n{block}");
    }
    for block in of_language(&blocks, "json") {
        document_with(&reader.made("capabilities.json")?, block)?;
    }
    let library = reader.home.path().join("inbox/connectors/libparrot_connector.so");
    converse(&library, of_language(&blocks, "toml").first().context("no configuration")?).await
}

/// Reads the new crate's document with these claims instead of its own; every word in them must be known.
fn document_with(document: &str, claims: &str) -> Result<()> {
    let mut document: Value = serde_json::from_str(document)?;
    let claims: Value = serde_json::from_str(claims)?;
    let claims = claims.as_object().context("not an object")?;
    for (key, claim) in claims {
        document[key] = claim.clone();
    }
    let read: CapabilityDocument = serde_json::from_value(document)?;
    let read = serde_json::to_value(read)?;
    for key in claims.keys() {
        let kept = read.get(key).with_context(|| format!("the document has no {key}"))?;
        ensure!(!kept.to_string().contains("\"unknown\""), "{key} has a word that nobody knows: {kept}");
    }
    Ok(())
}

/// A customer writes and is answered through the library.
async fn converse(library: &Path, configuration: &str) -> Result<()> {
    let options =
        HostOptions::new()?.quiet().configure(configuration).variable("PARROT_TOKEN", "correct horse");
    fs::copy(library, options.connectors().join("libparrot_connector.so"))?;
    let host = options.start().await?;
    let post = |token: &'static str| {
        let body = json!({"id": "1", "from": "ana", "text": "hello"});
        let request = host.api().request(Method::POST, "/webhooks/parrot").header("x-webhook-token", token);
        async move { Ok::<_, anyhow::Error>(request.json(&body).send().await?.status()) }
    };
    ensure!(post("wrong").await? == StatusCode::UNAUTHORIZED);
    ensure!(post("correct horse").await? == StatusCode::OK);
    let conversations = host.api().items("/v1/conversations").await?;
    let [conversation] = conversations.as_slice() else { bail!("not one conversation: {conversations:?}") };
    let id = conversation["id"].as_str().context("no id")?;
    let sent = host.api().send_text(id, "Hello!").await?;
    let path = format!("/v1/messages/{}", sent.body["id"].as_str().context("no message")?);
    let is_sent = || async {
        let message = host.api().get(&path).await?.body;
        Ok((message["status"] == "sent").then_some(()))
    };
    eventually("the answer to be sent", is_sent).await?;
    host.stop().await
}
