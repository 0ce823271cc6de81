//! `jackfield new-connector`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use super::{say, shown};

/// What is written where. The names in double braces are filled in.
const TEMPLATES: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("../../templates/connector/Cargo.toml.in")),
    ("README.md", include_str!("../../templates/connector/README.md.in")),
    ("capabilities.json", include_str!("../../templates/connector/capabilities.json.in")),
    ("conformance.json", include_str!("../../templates/connector/conformance.json.in")),
    ("src/lib.rs", include_str!("../../templates/connector/src/lib.rs.in")),
    ("tests/contract.rs", include_str!("../../templates/connector/tests/contract.rs.in")),
    (".gitignore", include_str!("../../templates/connector/gitignore.in")),
];
/// The version of `connector-api` that is asked for where no folder of it is known.
const VERSION: &str = "0.1";
/// As long as a connector's id may be.
const LONGEST_NAME: usize = 64;
const SUFFIX: &str = "-connector";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// The channel, such as `parrot`: lower-case letters, digits and `-`. It becomes the connector's id, which
    /// configurations and stored conversations refer to; choose one that you keep.
    #[arg(value_parser = name)]
    name: String,
    /// The folder to write, which must be empty or not exist [default: NAME-connector].
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Where the crate connector-api comes from: its folder, the URL of a git repository, or a version of a registry
    /// [default: the folder of the checkout that this program was built in, else version 0.1].
    #[arg(long, value_name = "PATH-OR-VERSION")]
    connector_api: Option<String>,
}

const EXAMPLES: &str =
    "What is written builds, passes its tests and can be loaded as it is: a channel whose customers write by
posting JSON. Make it yours in three places: capabilities.json, `receive` and `send`.

Examples:
  jackfield new-connector parrot
  jackfield new-connector parrot --dir ~/src/parrot --connector-api ~/src/jackfield/connector-api

docs/writing-a-connector.md walks from here to a loaded connector.";

impl Options {
    pub(super) fn run(self) -> Result<ExitCode> {
        let dir = self.dir.unwrap_or_else(|| PathBuf::from(format!("{}{SUFFIX}", self.name)));
        let source = match self.connector_api {
            Some(text) => dependency(&text)?,
            None => beside_this_program().unwrap_or_else(|| quoted(VERSION)),
        };
        ensure_empty(&dir)?;
        for (file, template) in TEMPLATES {
            let path = dir.join(file);
            let folder = path.parent().unwrap_or(&dir);
            fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", shown(folder)))?;
            fs::write(&path, filled(template, &self.name, &source))
                .with_context(|| format!("{} cannot be written", shown(&path)))?;
        }
        told(&self.name, &dir, source == quoted(VERSION))?;
        Ok(ExitCode::SUCCESS)
    }
}

fn told(name: &str, dir: &Path, from_registry: bool) -> Result<()> {
    let (folder, library) = (shown(dir), snake(name));
    say(format_args!("Wrote the connector {name} into {folder}. Next:\n"))?;
    say(format_args!("  cd {folder}\n  cargo test\n  cargo build --release"))?;
    say(format_args!("  jackfield connectors inspect target/release/lib{library}.so"))?;
    say(format_args!("  connector-conformance target/release/lib{library}.so --samples conformance.json\n"))?;
    if from_registry {
        say(format_args!(
            "connector-api {VERSION} comes from the registry; --connector-api PATH names a checkout's.\n"
        ))?;
    }
    say("Then make it yours: capabilities.json says what the channel can do, src/lib.rs does it.")
}

/// A name that a connector's id, a crate and a type can be made of.
fn name(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !text.starts_with(|c: char| c.is_ascii_lowercase()) || !text.chars().all(plain) {
        return Err(
            "a name begins with a lower-case letter, and goes on with such letters, digits and `-`: \
                    parrot, acme-chat"
                .to_owned(),
        );
    }
    if text.len() > LONGEST_NAME {
        return Err(format!("a name has at most {LONGEST_NAME} characters"));
    }
    match text.strip_suffix(SUFFIX) {
        Some(rest) => {
            Err(format!("name the channel alone, {rest}; the crate's name ends with {SUFFIX} anyway"))
        }
        None => Ok(text.to_owned()),
    }
}

/// The right-hand side of `connector-api = …` for what the author wrote.
fn dependency(text: &str) -> Result<String> {
    if text.contains("://") || text.starts_with("git@") {
        return Ok(format!("{{ git = {} }}", quoted(text)));
    }
    if text.starts_with(|c: char| c.is_ascii_digit() || "=^~".contains(c)) && !text.contains('/') {
        return Ok(quoted(text));
    }
    from_folder(Path::new(text))
}

fn from_folder(folder: &Path) -> Result<String> {
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    ensure!(
        manifest.contains("name = \"connector-api\""),
        "{} is not the folder of the crate connector-api: give the folder connector-api of a checkout of Jackfield, \
         the URL of a git repository, or a version such as {VERSION}",
        shown(folder)
    );
    let folder = folder.canonicalize().with_context(|| shown(folder))?;
    let folder = folder.to_str().context("the path of connector-api is not UTF-8")?;
    Ok(format!("{{ path = {} }}", quoted(folder)))
}

/// The crate in the checkout that this program was built in, if it still lies there.
fn beside_this_program() -> Option<String> {
    from_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("connector-api")).ok()
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn ensure_empty(dir: &Path) -> Result<()> {
    let mut entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries
            .with_context(|| format!("{} cannot be used; name another folder with --dir", shown(dir)))?,
    };
    if entries.next().is_some() {
        bail!(
            "{} is not empty, and nothing in it is overwritten; name another folder with --dir",
            shown(dir)
        );
    }
    Ok(())
}

fn filled(template: &str, name: &str, connector_api: &str) -> String {
    let words: Vec<String> = name.split('-').filter(|word| !word.is_empty()).map(capitalised).collect();
    template
        .replace("{{name}}", name)
        .replace("{{crate}}", &snake(name))
        .replace("{{Type}}", &format!("{}Channel", words.concat()))
        .replace("{{title}}", &words.join(" "))
        .replace("{{connector_api}}", connector_api)
}

/// The crate's name as Rust and the library's file write it.
fn snake(name: &str) -> String {
    format!("{name}{SUFFIX}").replace('-', "_")
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_an_id_a_crate_and_a_type() {
        let all = filled("{{name}} {{crate}} {{Type}} {{title}} {{connector_api}}", "acme-chat-2", "\"0.1\"");
        assert_eq!(all, "acme-chat-2 acme_chat_2_connector AcmeChat2Channel Acme Chat 2 \"0.1\"");
    }

    #[test]
    fn no_template_keeps_a_placeholder() {
        for (file, template) in TEMPLATES {
            assert!(!filled(template, "parrot", "\"0.1\"").contains("{{"), "{file}");
        }
    }

    #[test]
    fn names_that_are_no_ids_are_refused() {
        for good in ["parrot", "a", "acme-chat", "x2"] {
            assert_eq!(name(good).as_deref(), Ok(good));
        }
        for bad in ["", "Parrot", "2x", "-x", "a_b", "a b", "ä", "parrot-connector", &"x".repeat(65)] {
            assert!(name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn connector_api_comes_from_a_version_a_repository_or_a_folder() {
        assert_eq!(dependency("0.1").unwrap(), "\"0.1\"");
        assert_eq!(dependency("=1.2.3").unwrap(), "\"=1.2.3\"");
        let git = dependency("https://example.com/jackfield").unwrap();
        assert_eq!(git, "{ git = \"https://example.com/jackfield\" }");
        let api = Path::new(env!("CARGO_MANIFEST_DIR")).join("../connector-api");
        assert!(dependency(api.to_str().unwrap()).unwrap().starts_with("{ path = \"/"));
        for wrong in [".", "/nowhere", "connector"] {
            assert!(dependency(wrong).unwrap_err().to_string().contains("checkout of Jackfield"), "{wrong}");
        }
    }

    #[test]
    fn a_folder_with_something_in_it_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        ensure_empty(dir.path()).unwrap();
        ensure_empty(&dir.path().join("new")).unwrap();
        fs::write(dir.path().join("notes"), "mine").unwrap();
        assert!(ensure_empty(dir.path()).unwrap_err().to_string().contains("--dir"));
        assert!(ensure_empty(&dir.path().join("notes")).is_err());
    }
}
