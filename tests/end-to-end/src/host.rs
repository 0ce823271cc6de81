//! `jackfield serve` as a process, with a folder of its own.

use std::{
    fmt::Write as _,
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::process::Command;

use crate::{Api, ChildProcess, Leak, SimulatorProcess, artifact, leaks};

/// What hosts encrypt with here: 32 bytes that protect nothing of value.
pub const ENCRYPTION_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A simulated app, as the TikTok connector is told of it.
#[derive(Debug, Clone, Copy)]
pub struct TiktokApp<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its secret.
    pub secret: &'a str,
    /// Where its API is.
    pub api_base: &'a str,
    /// Where owners consent.
    pub authorize_url: &'a str,
}

/// How a host is started.
#[derive(Debug)]
pub struct HostOptions {
    folder: TempDir,
    config: String,
    listen: String,
    environment: Vec<(String, String)>,
    tracer: Vec<String>,
    pins: Vec<String>,
    isolation: &'static str,
    quiet: bool,
}

impl HostOptions {
    /// A host without instances on a free port, with an empty connector folder.
    ///
    /// # Errors
    /// Where the system gives no folder.
    pub fn new() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("jackfield-").tempdir()?;
        std::fs::create_dir(folder.path().join("connectors"))?;
        let config = "[encryption]\nkey = { env = \"DEMO_ENCRYPTION_KEY\" }\n".to_owned();
        let environment = vec![("DEMO_ENCRYPTION_KEY".to_owned(), ENCRYPTION_KEY.to_owned())];
        Ok(Self {
            folder,
            config,
            listen: "127.0.0.1:0".to_owned(),
            environment,
            tracer: Vec::new(),
            pins: Vec::new(),
            isolation: "auto",
            quiet: false,
        })
    }

    /// Listens there instead of on a free port.
    #[must_use]
    pub fn listen(mut self, address: &str) -> Self {
        address.clone_into(&mut self.listen);
        self
    }

    /// Its log goes into a file of its folder: see [`HostProcess::log`]. It tells everything, and is looked through for
    /// what no log may say, however the process ends.
    #[must_use]
    pub fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }

    /// Serves under another program, such as `strace` with its options.
    #[must_use]
    pub fn traced_by(mut self, tracer: &[&str]) -> Self {
        self.tracer = tracer.iter().map(|&word| word.to_owned()).collect();
        self
    }

    /// More configuration, as TOML.
    #[must_use]
    pub fn configure(mut self, toml: &str) -> Self {
        self.config.push_str(toml);
        self
    }

    /// One more variable in its environment.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Where connectors run: `auto`, which means in process for the copies made here, `process` or `in_process`.
    #[must_use]
    pub fn isolation(mut self, isolation: &'static str) -> Self {
        self.isolation = isolation;
        self
    }

    /// Puts a copy of a built library into the connector folder, and vouches for it.
    ///
    /// # Errors
    /// Where it was not built.
    pub fn connector(mut self, library: &str) -> Result<Self> {
        let bytes = std::fs::read(artifact(library)?)?;
        std::fs::write(self.connectors().join(library), &bytes)?;
        self.pins.push(hex::encode(Sha256::digest(&bytes)));
        Ok(self)
    }

    /// An instance `name` of the TikTok connector that talks to the simulator.
    ///
    /// # Errors
    /// Where the connector was not built.
    pub fn tiktok(self, name: &str, simulator: &SimulatorProcess) -> Result<Self> {
        let app = TiktokApp {
            id: simulator.ready("app_id")?,
            secret: simulator.ready("app_secret")?,
            api_base: simulator.ready("api_base")?,
            authorize_url: simulator.ready("authorize_url")?,
        };
        self.tiktok_app(name, &app)
    }

    /// An instance `name` of the TikTok connector for that app.
    ///
    /// # Errors
    /// Where the connector was not built.
    pub fn tiktok_app(mut self, name: &str, app: &TiktokApp<'_>) -> Result<Self> {
        self.environment.push(("DEMO_APP_SECRET".to_owned(), app.secret.to_owned()));
        writeln!(self.config, "[instances.{name}]\nconnector = \"tiktok\"\n[instances.{name}.settings]")?;
        writeln!(self.config, "app_id = {:?}", app.id)?;
        writeln!(self.config, "api_base = {:?}", app.api_base)?;
        writeln!(self.config, "authorize_url = {:?}", app.authorize_url)?;
        writeln!(self.config, "[instances.{name}.secrets]\napp_secret = {{ env = \"DEMO_APP_SECRET\" }}")?;
        self.connector("libtiktok_connector.so")
    }

    /// Where its database lies, or will.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.folder.path().join("jackfield.db")
    }

    /// The connector folder.
    #[must_use]
    pub fn connectors(&self) -> PathBuf {
        self.folder.path().join("connectors")
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("host.log")
    }

    /// A command of `jackfield` in this host's folder and environment.
    ///
    /// # Errors
    /// Where the program was not built.
    pub fn command(&self, arguments: &[&str]) -> Result<Command> {
        std::fs::write(self.folder.path().join("jackfield.toml"), &self.config)?;
        let mut command = Command::new(artifact("jackfield")?);
        command.args(arguments).current_dir(self.folder.path());
        command.env("JACKFIELD__SERVER__LISTEN", &self.listen);
        command.env("JACKFIELD__CONNECTORS__ISOLATION", self.isolation);
        command.env("JACKFIELD__CONNECTORS__WORKER", artifact("connector-worker")?);
        // A test asks as fast as it can.
        command.env("JACKFIELD__LIMITS__REQUESTS_PER_SECOND", "1000000");
        if self.quiet {
            command.env("JACKFIELD_LOG", "debug");
        }
        command.envs(self.environment.iter().cloned());
        if !self.pins.is_empty() {
            command.env("JACKFIELD__CONNECTORS__PINS", self.pins.join(","));
        }
        if self.quiet {
            let log = File::options().create(true).append(true).open(self.log_file())?;
            command.stderr(Stdio::from(log));
        }
        Ok(command)
    }

    fn guard(&self) -> leaks::Guard {
        let secret =
            |(name, value): &(String, String)| (!name.starts_with("JACKFIELD")).then(|| value.clone());
        leaks::Guard {
            log: self.log_file(),
            database: self.database(),
            secrets: self.environment.iter().filter_map(secret).collect(),
            config: self.config.clone(),
            armed: self.quiet,
        }
    }

    /// Makes an admin's key and starts the host.
    ///
    /// # Errors
    /// Where it does not start.
    pub async fn start(self) -> Result<HostProcess> {
        let made = self
            .command(&["keys", "create", "--name", "demo", "--role", "admin", "--json"])?
            .output()
            .await?;
        ensure!(made.status.success(), "no key: {}", String::from_utf8_lossy(&made.stderr));
        let key: Value = serde_json::from_slice(&made.stdout)?;
        let key = key["key"].as_str().context("no key")?.to_owned();
        let (process, base) = serve(&self).await?;
        // Where it starts again, it is to be found where it was.
        let options = self.listen(base.trim_start_matches("http://"));
        Ok(HostProcess { process, guard: options.guard(), options, api: Api::new(base, key) })
    }
}

async fn serve(options: &HostOptions) -> Result<(ChildProcess, String)> {
    let mut command = options.command(&["serve"])?;
    if let [tracer, rest @ ..] = options.tracer.as_slice() {
        command = under(tracer, rest, &command);
    }
    let mut process = ChildProcess::start(command)?;
    let line = process.line().await?;
    let (_, base) = line.split_once("listens on ").with_context(|| format!("not a ready line: {line}"))?;
    Ok((process, base.to_owned()))
}

/// The same command, run by `tracer`.
fn under(tracer: &str, options: &[String], command: &Command) -> Command {
    let inner = command.as_std();
    let mut outer = Command::new(tracer);
    outer.args(options).arg(inner.get_program()).args(inner.get_args());
    outer.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = inner.get_current_dir() {
        outer.current_dir(folder);
    }
    outer
}

/// A running `jackfield serve`.
#[derive(Debug)]
pub struct HostProcess {
    // Ends first, then its log is looked through, then its folder goes.
    process: ChildProcess,
    guard: leaks::Guard,
    options: HostOptions,
    api: Api,
}

impl HostProcess {
    /// Its API, with an admin's key.
    #[must_use]
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// The folder with its configuration, database and connectors.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.options.folder.path()
    }

    /// What a quiet host has logged so far.
    ///
    /// # Errors
    /// Where it is not quiet.
    pub fn log(&self) -> Result<String> {
        Ok(std::fs::read_to_string(self.options.log_file())?)
    }

    /// A command of `jackfield` in its folder and environment.
    ///
    /// # Errors
    /// Where the program was not built.
    pub fn command(&self, arguments: &[&str]) -> Result<Command> {
        self.options.command(arguments)
    }

    /// What a shell needs to run commands of `jackfield` on its configuration, as words of `export`. All of it was made up.
    #[must_use]
    pub fn exports(&self) -> String {
        let listen = ("JACKFIELD__SERVER__LISTEN".to_owned(), self.options.listen.clone());
        let words = self.options.environment.iter().chain([&listen]);
        words.map(|(name, value)| format!("{name}='{value}'")).collect::<Vec<_>>().join(" ")
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// The URL to which the platform delivers webhooks.
    #[must_use]
    pub fn webhook_url(&self, instance: &str) -> String {
        format!("{}/webhooks/{instance}", self.api.base())
    }

    /// Ends it in order.
    ///
    /// # Errors
    /// Where it does not end.
    pub async fn stop(self) -> Result<()> {
        self.process.stop().await
    }

    /// Ends it in order; what its log says and must not say, which is no failure then.
    ///
    /// # Errors
    /// Where it does not end, or its log cannot be read.
    pub async fn stop_leaky(mut self) -> Result<Vec<Leak>> {
        self.guard.armed = false;
        self.process.stop().await?;
        self.guard.look()
    }

    /// Kills it without warning.
    ///
    /// # Errors
    /// Where the system refuses.
    pub async fn kill(&mut self) -> Result<()> {
        self.process.kill().await
    }

    /// Starts it, killed before, and kills it again after that time, whether it has got ready or not.
    ///
    /// # Errors
    /// Where it cannot be started or killed.
    pub async fn kill_while_it_starts(&mut self, within: Duration) -> Result<()> {
        self.process = ChildProcess::start(self.options.command(&["serve"])?)?;
        tokio::time::sleep(within).await;
        self.kill().await
    }

    /// Starts it, killed before, again on the same folder and the same port.
    ///
    /// # Errors
    /// Where it does not start.
    pub async fn restart(&mut self) -> Result<()> {
        self.process = serve(&self.options).await?.0;
        Ok(())
    }

    /// Kills it without warning and starts it again on the same folder and the same port.
    ///
    /// # Errors
    /// Where it does not start again.
    pub async fn crash_and_restart(mut self) -> Result<Self> {
        self.kill().await?;
        self.restart().await?;
        Ok(self)
    }
}
