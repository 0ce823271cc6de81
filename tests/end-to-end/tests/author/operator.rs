//! `README.md` and `docs/operating.md`: what they tell an operator to type is typed, what they configure is read.

use std::{
    collections::BTreeMap,
    fs,
    net::TcpListener,
    os::unix::fs::symlink,
    path::Path,
    process::{Command, Output},
};

use anyhow::{Context, Result, ensure};
use end_to_end::{ENCRYPTION_KEY, artifact};
use jackfield::Config;
use tempfile::TempDir;

use crate::blocks::{Block, blocks, of_language, only, root};

const README: &str = "README.md";
const OPERATING: &str = "docs/operating.md";
/// Cargo, which has built everything already; it refuses what it does not know.
const CARGO: &str = "#!/bin/sh
case \"$1 $2\" in
'build --release' | 'xtask demo' | 'xtask test') ;;
*) echo \"cargo $*?\" >&2; exit 9 ;;
esac
";
/// What serves until it is stopped is waited for and stopped.
const SERVE: &str = "jackfield serve & served=$!
curl -sSf -o ready --retry 100 --retry-delay 1 --retry-connrefused \"$BASE/readyz\"
kill $served; wait $served";

/// An operator's folder and shell.
struct Operator {
    home: TempDir,
    base: String,
}

impl Operator {
    fn new() -> Result<Self> {
        let home = TempDir::new()?;
        let jackfield = artifact("jackfield")?;
        let built = jackfield.parent().context("no folder")?;
        fs::create_dir(home.path().join("target"))?;
        symlink(built, home.path().join("target/release"))?;
        for folder in ["bin", "backup"] {
            fs::create_dir(home.path().join(folder))?;
        }
        let cargo = home.path().join("bin/cargo");
        fs::write(&cargo, CARGO)?;
        let runs = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(cargo, runs)?;
        // Free when it was asked for.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        Ok(Self { home, base: address.to_string() })
    }

    /// Types a block; the placeholders in it are filled in.
    fn types(&self, block: &str) -> Result<Output> {
        let home = self.home.path().display().to_string();
        let block = block
            .replace("<the app's secret>", "secret")
            .replace("FILE|ID", "connectors/libtiktok_connector.so")
            .replace(" FILE", " connectors/libtiktok_connector.so")
            .replace("--secret-env NAME", "--secret-env TIKTOK_APP_SECRET")
            .replace("UNIX_SECONDS", "1767225600")
            .replace("/backup/", &format!("{home}/backup/"))
            .replace("2026-11-22", "$(date +%F)")
            .replace("localhost:8080", &self.base);
        let lines = block.lines().map(|line| if line.trim() == "jackfield serve" { SERVE } else { line });
        let script = lines.collect::<Vec<_>>().join("\n");
        let mut shell = Command::new("bash");
        shell.args(["-eu", "-c", &format!("trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{script}")]);
        let programs = artifact("jackfield")?;
        let programs = programs.parent().context("no folder")?.display();
        shell.env("PATH", format!("{home}/bin:{programs}:{}", std::env::var("PATH")?));
        shell.env("JACKFIELD__SERVER__LISTEN", &self.base).env("BASE", format!("http://{}", self.base));
        shell.env("TIKTOK_APP_SECRET", "secret").current_dir(self.home.path());
        Ok(shell.output()?)
    }

    fn works(&self, block: &str) -> Result<String> {
        let output = self.types(block)?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        ensure!(output.status.success(), "{block}\n{said}\n{}", String::from_utf8_lossy(&output.stderr));
        Ok(said)
    }
}

/// The blocks of that language which hold this.
fn with<'a>(blocks: &'a [Block], language: &str, part: &str) -> Result<&'a str> {
    let found = of_language(blocks, language).into_iter().find(|block| block.contains(part));
    found.with_context(|| format!("no block of {language} with {part}"))
}

/// Reads a part of a configuration; what it needs besides is added.
fn configuration(toml: &str) -> Result<Config> {
    let key = "[encryption]\nkey = { env = \"JACKFIELD_ENCRYPTION_KEY\" }\n";
    let whole = if toml.contains("[encryption]") { toml.to_owned() } else { format!("{toml}\n{key}") };
    let folder = TempDir::new()?;
    fs::write(folder.path().join("jackfield.key"), ENCRYPTION_KEY)?;
    let environment = [
        ("JACKFIELD_ENCRYPTION_KEY", ENCRYPTION_KEY),
        ("TIKTOK_APP_SECRET", "secret"),
        ("S3_ACCESS_KEY", "who"),
        ("S3_SECRET_KEY", "secret"),
    ];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Config::from_toml(&whole, folder.path(), environment).with_context(|| whole)
}

#[test]
fn no_block_escapes_the_tests() -> Result<()> {
    only(&blocks(README)?, &["sh", "toml"])?;
    only(&blocks(OPERATING)?, &["sh", "toml", "ini", "dockerfile", "text"])
}

#[test]
fn every_configuration_is_one() -> Result<()> {
    for page in [README, OPERATING] {
        for block in of_language(&blocks(page)?, "toml") {
            configuration(block)?;
        }
    }
    ensure!(configuration("[retention]\nnonsense_days = 1\n").is_err(), "anything is one");
    Ok(())
}

#[test]
fn an_operator_who_follows_the_pages_has_a_host_and_a_backup() -> Result<()> {
    let (readme, operating) = (blocks(README)?, blocks(OPERATING)?);
    let operator = Operator::new()?;
    operator.works(with(&readme, "sh", "cargo xtask demo")?)?;
    operator.works(with(&readme, "sh", "-p tiktok-connector")?)?;
    let configured = with(&readme, "toml", "[instances.shop]")?;
    fs::write(operator.home.path().join("jackfield.toml"), configured)?;
    let said = operator.works(with(&readme, "sh", "jackfield serve\n")?)?;
    ensure!(said.starts_with("jk_"), "no key is printed");

    let doctor = operator.works(with(&operating, "sh", "jackfield doctor")?)?;
    ensure!(doctor.contains("good"), "{doctor}");
    let restored = operator.works(with(&operating, "sh", "jackfield backup")?)?;
    ensure!(restored.contains("Backed up") && restored.contains("Restored"), "{restored}");

    let decoded = operator.works(with(&operating, "sh", "connectors decode")?)?;
    ensure!(decoded.contains("\"status\":200") && decoded.contains("message_received"), "{decoded}");

    // Each by itself, because an answer may be a no.
    for line in with(&readme, "sh", "jackfield connectors list")?.lines() {
        let output = operator.types(line)?;
        let said = String::from_utf8_lossy(&output.stderr);
        let code = output.status.code();
        ensure!(
            matches!(code, Some(0 | 1 | 10 | 20)) && !said.contains("Usage:"),
            "{line}: {code:?}: {said}"
        );
    }
    Ok(())
}

#[test]
fn without_tiktok_a_curl_is_a_customer() -> Result<()> {
    let said = Operator::new()?.works(with(&blocks(README)?, "sh", "/webhooks/shop")?)?;
    let conversations = said.rsplit("ready\n").next().unwrap_or_default();
    ensure!(conversations.contains("\"platform_id\":\"ana\""), "no conversation with ana: {said}");
    Ok(())
}

/// `systemd-analyze` knows best, where it is installed; otherwise the form is looked at.
#[test]
fn the_unit_is_one() -> Result<()> {
    let operating = blocks(OPERATING)?;
    let unit = with(&operating, "ini", "[Service]")?;
    for line in unit.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let section = ["[Unit]", "[Service]", "[Install]"].contains(&line);
        let assigns = line.split_once('=').is_some_and(|(key, value)| {
            key.chars().all(|c| c.is_ascii_alphanumeric()) && !value.trim().is_empty()
        });
        ensure!(section || assigns, "no line of a unit: {line}");
    }
    let started = unit.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/jackfield "));
    let arguments: Vec<_> =
        started.context("it starts something else")?.split(' ').chain(["--help"]).collect();
    ensure!(Command::new(artifact("jackfield")?).args(arguments).output()?.status.success(), "{started:?}");

    let folder = TempDir::new()?;
    let file = folder.path().join("jackfield.service");
    fs::write(
        &file,
        unit.replace("/usr/local/bin/jackfield", &artifact("jackfield")?.display().to_string()),
    )?;
    match Command::new("systemd-analyze").arg("verify").arg(&file).output() {
        Ok(verified) => {
            let said = String::from_utf8_lossy(&verified.stderr);
            ensure!(!said.contains("jackfield.service"), "{said}");
        }
        Err(error) => println!("only its form was looked at, because systemd-analyze is not here: {error}"),
    }
    Ok(())
}

/// What the container file copies and builds is there; building it needs a network.
#[test]
fn the_container_file_names_what_there_is() -> Result<()> {
    let operating = blocks(OPERATING)?;
    let file = with(&operating, "dockerfile", "FROM")?.replace("\\\n", " ");
    let mut named = BTreeMap::<&str, usize>::new();
    for line in file.lines().filter(|line| !line.is_empty()) {
        let (instruction, rest) = line.split_once(' ').with_context(|| line.to_owned())?;
        *named.entry(instruction).or_default() += 1;
        match instruction {
            "ENTRYPOINT" | "CMD" => drop(serde_json::from_str::<Vec<String>>(rest).context("no JSON")?),
            "ENV" => ensure!(rest.starts_with("JACKFIELD__"), "{rest}"),
            "RUN" if rest.starts_with("cargo build") => {
                let packages = rest.split(" -p ").skip(1).map(|package| package.trim());
                for package in packages {
                    ensure!(is_package(package)?, "there is no package {package}");
                }
            }
            "COPY" if rest.starts_with("--from=build") => {
                for path in rest.split(' ').filter_map(|word| word.strip_prefix("/src/target/release/")) {
                    artifact(path)?;
                }
            }
            _ => {}
        }
    }
    let known = ["FROM", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "EXPOSE", "ENV", "ENTRYPOINT", "CMD"];
    ensure!(named.keys().all(|instruction| known.contains(instruction)), "{named:?}");
    ensure!(named["FROM"] == 2 && named["ENTRYPOINT"] == 1, "{named:?}");
    Ok(())
}

fn is_package(name: &str) -> Result<bool> {
    let locked = fs::read_to_string(Path::new(&root()).join("Cargo.lock"))?;
    Ok(locked.contains(&format!("name = \"{name}\"\n")))
}
