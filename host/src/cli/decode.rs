//! `jackfield connectors decode`.

use std::{collections::HashMap, env, fs, io::Read as _, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result, bail};
use clap::Args;
use connector_api::{Secret, Timestamp, WebhookRequest};
use jackfield::{
    clock::Clock,
    config::Limits,
    decode::{Question, decode},
};
use serde_json::{Map, Value};

use super::{cannot_say, runtime, say};

/// Read one webhook request, from standard input, as a host would, and print what it says.
///
/// Prints {"status", "account", "events"} as JSON, with the HTTP status that a host would answer; "detail" says why a
/// request is refused. Needs only the library: settings that are not given stand in the connector's document, and
/// then it is not looked at whether the request is addressed to this instance.
///
/// Exit code 0 with an answer, whatever it is; 2 where there is none.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Decode {
    /// The library file.
    file: PathBuf,
    /// The environment variable with the secret that signatures are verified with.
    #[arg(long, value_name = "NAME")]
    secret_env: Option<String>,
    /// The signature; the connector's document says which header that is.
    #[arg(long, value_name = "VALUE")]
    signature: Option<String>,
    /// When the request arrived, in seconds since 1970. Left out: now.
    #[arg(long, value_name = "UNIX_SECONDS", allow_negative_numbers = true)]
    at: Option<i64>,
    /// Take the request for genuine.
    #[arg(long, conflicts_with_all = ["secret_env", "signature"])]
    no_verify: bool,
    /// A header of the request, "NAME: VALUE"; once for each.
    #[arg(long, value_name = "HEADER", value_parser = header)]
    header: Vec<(String, String)>,
    /// The request's query, without "?".
    #[arg(long, value_name = "TEXT", default_value = "")]
    query: String,
    /// The request's method.
    #[arg(long, default_value = "POST")]
    method: String,
    /// A setting of the instance, NAME=TEXT or NAME:=JSON; once for each.
    #[arg(long = "set", value_name = "SETTING", value_parser = setting)]
    settings: Vec<(String, Value)>,
    /// A JSON file with settings of the instance, secrets included.
    #[arg(long = "settings", value_name = "FILE")]
    settings_file: Option<PathBuf>,
}

const EXAMPLES: &str = "Examples:
  jackfield connectors decode libchannel_connector.so --secret-env APP_SECRET \\
      --signature \"t=1767225603,s=cbdd…\" --at 1767225603 < body.json
  jackfield connectors decode libchannel_connector.so --no-verify < body.json
  jackfield connectors decode libecho_connector.so --set account=my-shop < body.json";

impl Decode {
    pub(super) fn run(self) -> Result<ExitCode> {
        match self.answer() {
            Ok(()) => Ok(ExitCode::SUCCESS),
            Err(error) => cannot_say(&error),
        }
    }

    fn answer(self) -> Result<()> {
        let file = self.file.clone();
        let question = self.question().with_context(|| format!("{}", file.display()))?;
        let decoded = runtime()?.block_on(decode(question))?;
        say(serde_json::to_string(&decoded)?)
    }

    fn question(self) -> Result<Question> {
        let at = self.at.map_or_else(|| Clock::system().now(), Timestamp::from_seconds);
        let request = WebhookRequest::post(self.header, body()?, at).with_target(self.method, self.query);
        let mut settings = self.settings_file.as_deref().map_or_else(|| Ok(Map::new()), read_settings)?;
        settings.extend(self.settings);
        Ok(Question {
            file: self.file,
            request,
            signature: self.signature,
            secret: self.secret_env.as_deref().map(secret).transpose()?,
            settings,
            verify: !self.no_verify,
        })
    }
}

fn body() -> Result<Vec<u8>> {
    let most = Limits::default().body_bytes;
    let mut body = Vec::new();
    let limit = u64::try_from(most)?.saturating_add(1);
    std::io::stdin().lock().take(limit).read_to_end(&mut body).context("standard input")?;
    if body.len() > most {
        bail!("the body has more than {most} bytes; a host refuses it with 413 (limits.body_bytes)");
    }
    Ok(body)
}

fn secret(variable: &str) -> Result<Secret> {
    // The error's own text would quote a value that is no text.
    let found = env::var(variable).ok().filter(|value| !value.is_empty());
    Ok(Secret::new(found.with_context(|| format!("the environment variable {variable} holds no text"))?))
}

fn read_settings(path: &std::path::Path) -> Result<Map<String, Value>> {
    let place = || format!("the settings {}", path.display());
    let bytes = fs::read(path).with_context(place)?;
    // As above: settings hold secrets.
    let read: Result<HashMap<String, Value>, _> = serde_json::from_slice(&bytes);
    let read = read.map_err(|error| {
        anyhow::anyhow!("no JSON object at line {}, column {}", error.line(), error.column())
    });
    Ok(read.with_context(place)?.into_iter().collect())
}

/// As a host hands them over: names in lower case.
fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("write NAME: VALUE")?;
    Ok((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
}

fn setting(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=TEXT or NAME:=JSON")?;
    match name.strip_suffix(':') {
        Some(name) => {
            let value =
                serde_json::from_str(value).map_err(|_| format!("what follows {name}:= is no JSON"))?;
            Ok((name.to_owned(), value))
        }
        None => Ok((name.to_owned(), value.into())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_setting_is_a_text_or_json() {
        for (text, name, value) in [
            ("app=7", "app", json!("7")),
            ("app:=7", "app", json!(7)),
            ("a=b=c", "a", json!("b=c")),
            ("a:=[1]", "a", json!([1])),
            ("a=", "a", json!("")),
        ] {
            assert_eq!(setting(text), Ok((name.to_owned(), value)), "{text}");
        }
        assert!(setting("app").is_err() && setting("app:=x").is_err());
    }

    #[test]
    fn a_header_has_a_name_and_a_value() {
        assert_eq!(header("X-A:  b: c "), Ok(("x-a".to_owned(), "b: c".to_owned())));
        assert!(header("X-A").is_err());
    }
}
