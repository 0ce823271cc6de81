//! From raw values to checked ones.

use std::{
    net::SocketAddr,
    num::NonZeroU32,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

use connector_api::capabilities::Region;
use serde_json::{Number, Value};
use url::Url;

use super::{
    Config, ConfigError, InstanceConfig, Limits, alerts, connectors,
    load::{RawConfig, RawEncryption, RawInstance, RawLimits, RawServer},
    media, retention,
    secret::{Reference, Secrets},
    webhooks,
};
use crate::seal::SealKey;

const DEFAULT_STORE: &str = "jackfield.db";
const DEFAULT_CONNECTORS: &str = "connectors";
const NAME_CHARACTERS: RangeInclusive<usize> = 1..=64;
const BODY_BYTES: RangeInclusive<i64> = 1..=1_073_741_824;
const BODIES_BYTES: i64 = 1_099_511_627_776;
const DEADLINE_MS: RangeInclusive<i64> = 1..=3_600_000;
const MEDIA_BYTES: RangeInclusive<i64> = 1..=1_073_741_824;
const REQUESTS_PER_SECOND: RangeInclusive<i64> = 1..=1_000_000;
const CONCURRENT_SENDS: RangeInclusive<i64> = 1..=10_000;
const APP_RATE: RangeInclusive<i64> = 1..=10_000;

/// The configuration that `raw` describes, with `stand_in` in place of its encryption key where there is one.
pub(super) fn build(
    secrets: &Secrets<'_>,
    raw: RawConfig,
    stand_in: Option<&SealKey>,
) -> Result<Config, ConfigError> {
    let path = |given: Option<PathBuf>, default: &str| {
        secrets.base_dir.join(given.as_deref().unwrap_or(Path::new(default)))
    };
    let (key, previous_keys) = match stand_in {
        Some(key) => (key.clone(), Vec::new()),
        None => keys(secrets, &raw.encryption)?,
    };
    let connectors_dir = path(raw.connectors.dir.clone(), DEFAULT_CONNECTORS);
    let mut config = Config::new(path(raw.store.path, DEFAULT_STORE), connectors_dir, key);
    config.encryption.previous_keys = previous_keys;
    connectors::build(secrets, &mut config.connectors, raw.connectors)?;
    server(secrets, &mut config, &raw.server)?;
    config.organisation_region = organisation_region(secrets, raw.organisation.region.as_deref())?;
    config.limits = limits(secrets, &raw.limits)?;
    media::build(secrets, &mut config.media, &raw.media)?;
    config.retention = retention::build(secrets, &raw.retention)?;
    config.webhooks = webhooks::build(&raw.webhooks);
    config.alerts = alerts::build(secrets, &raw.alerts)?;
    for (name, raw) in raw.instances {
        let built = instance(secrets, &name, raw)?;
        config.instances.insert(name, built);
    }
    Ok(config)
}

fn keys(secrets: &Secrets<'_>, raw: &RawEncryption) -> Result<(SealKey, Vec<SealKey>), ConfigError> {
    let path = ["encryption", "key"];
    let Some(reference) = &raw.key else {
        return Err(ConfigError::MissingKey {
            place: secrets.source.place(&path),
            example: "key = { env = \"JACKFIELD_ENCRYPTION_KEY\" } under [encryption]; `openssl rand -base64 32` makes a key"
                .to_owned(),
        });
    };
    let previous = ["encryption", "previous_keys"];
    let key = seal_key(secrets, &path, reference)?;
    let previous = raw.previous_keys.iter().map(|reference| seal_key(secrets, &previous, reference));
    Ok((key, previous.collect::<Result<_, _>>()?))
}

fn seal_key(secrets: &Secrets<'_>, path: &[&str], reference: &Reference) -> Result<SealKey, ConfigError> {
    let text = secrets.resolve(path, reference)?;
    SealKey::parse(text.expose()).map_err(|_| {
        let hint = "make one with `openssl rand -base64 32`";
        invalid(secrets, path, "the encryption key is not 32 bytes as base64 or hex", hint)
    })
}

fn server(secrets: &Secrets<'_>, config: &mut Config, raw: &RawServer) -> Result<(), ConfigError> {
    if let Some(text) = &raw.listen {
        let detail = format!("{text:?} is not an IP address with a port");
        let hint = "write one such as \"127.0.0.1:8080\" or \"[::]:8080\"";
        config.server.listen =
            text.parse::<SocketAddr>().map_err(|_| invalid(secrets, &["server", "listen"], &detail, hint))?;
    }
    if let Some(text) = &raw.public_url {
        let url = web_url(secrets, &["server", "public_url"], text)?;
        if url.query().is_some() {
            let hint = "write only scheme, host and path";
            return Err(invalid(secrets, &["server", "public_url"], "a public URL has no query", hint));
        }
        config.server.public_url = Some(url);
    }
    Ok(())
}

fn organisation_region(secrets: &Secrets<'_>, given: Option<&str>) -> Result<Option<Region>, ConfigError> {
    let path = ["organisation", "region"];
    let read = |text: &str| {
        text.parse().map_err(|error: <Region as std::str::FromStr>::Err| {
            invalid(secrets, &path, &error.to_string(), "write one such as \"DE\"")
        })
    };
    given.map(read).transpose()
}

fn limits(secrets: &Secrets<'_>, raw: &RawLimits) -> Result<Limits, ConfigError> {
    let within = |key, given, range| within(secrets, ["limits", key], given, range);
    let count = |value: Option<u64>, default: usize| {
        value.and_then(|value| usize::try_from(value).ok()).unwrap_or(default)
    };
    let defaults = Limits::default();
    let receive = within("receive_deadline_ms", raw.receive_deadline_ms, DEADLINE_MS)?;
    let call = within("call_deadline_ms", raw.call_deadline_ms, DEADLINE_MS)?;
    let body_bytes = count(within("body_bytes", raw.body_bytes, BODY_BYTES)?, defaults.body_bytes);
    let smallest = i64::try_from(body_bytes).unwrap_or(i64::MAX);
    let rate = within("requests_per_second", raw.requests_per_second, REQUESTS_PER_SECOND)?;
    let rate = rate.and_then(|rate| NonZeroU32::new(u32::try_from(rate).ok()?));
    Ok(Limits {
        body_bytes,
        requests_per_second: rate.unwrap_or(defaults.requests_per_second),
        bodies_in_flight_bytes: count(
            within("bodies_in_flight_bytes", raw.bodies_in_flight_bytes, smallest..=BODIES_BYTES)?,
            defaults.bodies_in_flight_bytes.max(body_bytes),
        ),
        media_bytes: within("media_bytes", raw.media_bytes, MEDIA_BYTES)?.unwrap_or(defaults.media_bytes),
        receive_deadline: receive.map_or(defaults.receive_deadline, Duration::from_millis),
        call_deadline: call.map_or(defaults.call_deadline, Duration::from_millis),
        concurrent_sends: count(
            within("concurrent_sends", raw.concurrent_sends, CONCURRENT_SENDS)?,
            defaults.concurrent_sends,
        ),
    })
}

/// A number that has to be in `range` where it is given.
pub(super) fn within<const N: usize>(
    secrets: &Secrets<'_>,
    path: [&str; N],
    given: Option<i64>,
    range: RangeInclusive<i64>,
) -> Result<Option<u64>, ConfigError> {
    match given {
        None => Ok(None),
        Some(value) if range.contains(&value) => Ok(Some(value.unsigned_abs())),
        Some(value) => {
            let hint = format!("write a whole number from {} to {}", range.start(), range.end());
            Err(invalid(secrets, &path, &format!("{value} is out of range"), &hint))
        }
    }
}

fn instance(secrets: &Secrets<'_>, name: &str, raw: RawInstance) -> Result<InstanceConfig, ConfigError> {
    let path = ["instances", name];
    if !is_instance_name(name) {
        let detail = format!("{name:?} cannot name an instance");
        return Err(invalid(secrets, &path, &detail, "use 1 to 64 of the characters a-z, 0-9 and -"));
    }
    let connector = raw.connector.ok_or_else(|| ConfigError::MissingKey {
        place: secrets.source.place(&["instances", name, "connector"]),
        example: format!("connector = \"ID\" under [instances.{name}], with the id of a connector"),
    })?;
    let mut built = InstanceConfig::new(connector);
    if let Some(text) = raw.redirect_uri {
        web_url(secrets, &["instances", name, "redirect_uri"], &text)?;
        built.redirect_uri = Some(text);
    }
    let app_rate = within(secrets, ["instances", name, "app_rate"], raw.app_rate, APP_RATE)?;
    built.app_rate = app_rate.and_then(|rate| u32::try_from(rate).ok());
    for (key, value) in raw.settings {
        let path = ["instances", name, "settings", &key];
        let value = json(value)
            .ok_or_else(|| invalid(secrets, &path, "a number that is not finite", "write a finite number"))?;
        if value.is_string() && secrets.source.is_overridden(&path) {
            built.untyped.insert(key.clone());
        }
        built.settings.insert(key, value);
    }
    for (key, reference) in raw.secrets {
        let path = ["instances", name, "secrets", &key];
        if built.settings.contains_key(&key) {
            let detail = format!("`{key}` is among the settings as well");
            return Err(invalid(secrets, &path, &detail, "remove it from one of the two"));
        }
        built.secrets.insert(key.clone(), secrets.resolve(&path, &reference)?);
    }
    Ok(built)
}

/// Whether `name` is 1 to 64 of `a-z`, `0-9` and `-`.
fn is_instance_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    NAME_CHARACTERS.contains(&name.len()) && name.bytes().all(allowed)
}

pub(super) fn web_url(secrets: &Secrets<'_>, path: &[&str], text: &str) -> Result<Url, ConfigError> {
    let usable = |url: &Url| matches!(url.scheme(), "http" | "https") && url.fragment().is_none();
    Url::parse(text).ok().filter(usable).ok_or_else(|| {
        let detail = format!("{text:?} is not a URL that a browser can be sent to");
        invalid(secrets, path, &detail, "write one such as \"https://inbox.example.com\"")
    })
}

pub(super) fn invalid(secrets: &Secrets<'_>, path: &[&str], detail: &str, hint: &str) -> ConfigError {
    ConfigError::Value { place: secrets.source.place(path), detail: detail.to_owned(), hint: hint.to_owned() }
}

fn json(value: toml::Value) -> Option<Value> {
    Some(match value {
        toml::Value::String(text) => Value::from(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Float(number) => Value::Number(Number::from_f64(number)?),
        toml::Value::Boolean(flag) => Value::from(flag),
        toml::Value::Datetime(moment) => Value::from(moment.to_string()),
        toml::Value::Array(values) => Value::Array(values.into_iter().map(json).collect::<Option<_>>()?),
        toml::Value::Table(table) => {
            let pairs = table.into_iter().map(|(key, value)| Some((key, json(value)?)));
            Value::Object(pairs.collect::<Option<_>>()?)
        }
    })
}
