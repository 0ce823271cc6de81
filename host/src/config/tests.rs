use std::fs;

use serde_json::json;

use super::*;

const KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const MINIMAL: &str = "[encryption]\nkey = { env = \"KEY\" }\n";

fn environment(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let given = pairs.iter().copied();
    [("KEY", KEY), ("EMPTY", ""), ("APP", "s3cret")]
        .into_iter()
        .chain(given)
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn with(text: &str, pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::from_toml(&format!("{MINIMAL}{text}"), "/base", environment(pairs))
}

#[track_caller]
fn refused(text: &str, pairs: &[(&str, &str)], code: &str, message: &str) {
    let error = with(text, pairs).unwrap_err();
    assert_eq!(error.to_string(), message);
    assert_eq!(error.code(), code);
}

#[test]
fn the_smallest_file_has_defaults_for_the_rest() {
    let expected = Config::new("/base/jackfield.db", "/base/connectors", SealKey::parse(KEY).unwrap());

    assert_eq!(format!("{:?}", with("", &[]).unwrap()), format!("{expected:?}"));
}

#[test]
fn every_key_is_read() {
    let text = r#"
        previous_keys = [{ env = "KEY" }]
        [server]
        listen = "[::1]:9000"
        public_url = "https://inbox.example.com/messages/"
        [store]
        path = "/data/inbox.db"
        [organisation]
        region = "de"
        [connectors]
        dir = "../lib"
        [limits]
        body_bytes = 10
        media_bytes = 14
        receive_deadline_ms = 11
        call_deadline_ms = 12
        concurrent_sends = 13
        requests_per_second = 14
        bodies_in_flight_bytes = 15
        [retention]
        payloads_days = 1
        events_days = 2
        media_days = 6
        seen_days = 4
        deliveries_days = 5
        audit_days = 6
        [media]
        url = "file:///data/files"
        allow_http = true
        [webhooks]
        allow_http = true
        allow_private = true
        [alerts]
        window_closing_minutes = 5
        [instances.shop-1]
        connector = "echo"
        redirect_uri = "https://inbox.example.com"
        app_rate = 50
        [instances.shop-1.settings]
        app_id = "7000000000000000001"
        since = 2026-01-02
        nested = { on = true, ratio = [0.5, 1] }
        [instances.shop-1.secrets]
        app_secret = { env = "APP" }
    "#;
    let config = with(text, &[]).unwrap();
    let bound = SocketAddr::from((Ipv4Addr::LOCALHOST, 9000));
    let shop = &config.instances["shop-1"];

    assert_eq!(config.server.listen.to_string(), "[::1]:9000");
    assert_eq!(config.public_url(bound), "https://inbox.example.com/messages");
    assert_eq!(config.store.path.to_str(), Some("/data/inbox.db"));
    assert_eq!(config.connectors.dir.to_str(), Some("/base/../lib"));
    assert_eq!(config.organisation_region, "DE".parse().ok());
    assert_eq!(config.encryption.previous_keys.len(), 1);
    assert_eq!(
        config.limits,
        Limits {
            body_bytes: 10,
            media_bytes: 14,
            receive_deadline: Duration::from_millis(11),
            call_deadline: Duration::from_millis(12),
            concurrent_sends: 13,
            requests_per_second: NonZeroU32::new(14).unwrap(),
            bodies_in_flight_bytes: 15,
        }
    );
    let days = |days: u64| Duration::from_secs(days * 86_400);
    let kept = Retention {
        payloads: days(1),
        events: days(2),
        media: days(6),
        seen: days(4),
        deliveries: days(5),
        audit: days(6),
    };
    assert_eq!(config.retention, kept);
    assert!(
        matches!(&config.media.place, MediaPlace::Folder(folder) if folder.to_str() == Some("/data/files"))
    );
    assert_eq!((config.media.allow_http, config.media.allow_private), (true, false));
    assert_eq!(config.webhooks, WebhooksConfig { allow_http: true, allow_private: true });
    assert_eq!(config.alerts, Alerts { window_closing: Duration::from_secs(300) });
    assert_eq!((shop.connector.as_str(), shop.app_rate), ("echo", Some(50)));
    assert_eq!(config.redirect_uri("shop-1", bound).as_deref(), Some("https://inbox.example.com"));
    assert_eq!(
        serde_json::Value::from(shop.connector_settings()),
        json!({
            "app_id": "7000000000000000001",
            "app_secret": "s3cret",
            "nested": { "on": true, "ratio": [0.5, 1] },
            "since": "2026-01-02",
        })
    );
    assert!(!format!("{config:?}").contains("s3cret"));
}

#[test]
fn urls_follow_the_bound_address_by_default() {
    let config = with("[instances.shop]\nconnector = \"echo\"\n", &[]).unwrap();
    let bound = SocketAddr::from((Ipv4Addr::LOCALHOST, 4711));

    assert_eq!(config.public_url(bound), "http://127.0.0.1:4711");
    assert_eq!(
        config.redirect_uri("shop", bound).as_deref(),
        Some("http://127.0.0.1:4711/v1/instances/shop/authorizations/callback")
    );
    assert_eq!(config.redirect_uri("other", bound), None);
}

#[test]
fn the_environment_overrides_the_file() {
    let text = "
        [instances.my-shop]
        connector = \"echo\"
        settings = { appId = \"1\", retries = 2, verbose = false, ratio = 1.0 }
        secrets = { token = { env = \"MISSING\" } }
    ";
    let config = with(
        text,
        &[
            ("JACKFIELD__SERVER__LISTEN", "127.0.0.1:0"),
            ("JACKFIELD__limits__CALL_DEADLINE_MS", "5"),
            ("JACKFIELD__INSTANCES__MY_SHOP__SETTINGS__APPID", "23"),
            ("JACKFIELD__INSTANCES__MY_SHOP__SETTINGS__RETRIES", "3"),
            ("JACKFIELD__INSTANCES__MY_SHOP__SETTINGS__VERBOSE", "true"),
            ("JACKFIELD__INSTANCES__MY_SHOP__SETTINGS__RATIO", "2.5"),
            ("JACKFIELD__INSTANCES__MY_SHOP__SETTINGS__NEW__KEY", "true"),
            ("JACKFIELD__INSTANCES__MY_SHOP__SECRETS__TOKEN__ENV", "APP"),
            ("JACKFIELD__INSTANCES__SECOND_ONE__CONNECTOR", "echo"),
            ("JACKFIELD_ENCRYPTION_KEY", "no override"),
        ],
    )
    .unwrap();

    assert_eq!(config.server.listen.port(), 0);
    assert_eq!(config.limits.call_deadline, Duration::from_millis(5));
    assert_eq!(
        serde_json::Value::from(config.instances["my-shop"].connector_settings()),
        json!({ "appId": "23", "retries": 3, "verbose": true, "ratio": 2.5, "new": { "key": "true" }, "token": "s3cret" })
    );
    assert_eq!(config.instances["second-one"].connector, "echo");
}

#[test]
fn wrong_files_are_refused_with_place_and_remedy() {
    let cases = [
        ("[server", "config.syntax", "configuration:3:8: not valid TOML: unclosed table, expected `]`"),
        ("[sever]", "config.key_unknown", "configuration: sever: unknown key; did you mean `server`?"),
        (
            "[server]\nport = 1",
            "config.key_unknown",
            "configuration: server.port: unknown key; known keys here: listen, public_url",
        ),
        (
            "[limits]\nbody_byte = 1",
            "config.key_unknown",
            "configuration: limits.body_byte: unknown key; did you mean `body_bytes`?",
        ),
        (
            "[instances.a]\nconector = \"echo\"",
            "config.key_unknown",
            "configuration: instances.a.conector: unknown key; did you mean `connector`?",
        ),
        (
            "[limits]\nbody_bytes = \"1\"",
            "config.value_invalid",
            "configuration: limits.body_bytes: invalid type: string \"1\", expected i64; write a value of that type",
        ),
        (
            "[retention]\nseen_days = 3",
            "config.value_invalid",
            "configuration: retention.seen_days: 3 is out of range; write a whole number from 4 to 36500",
        ),
        (
            "[limits]\nbodies_in_flight_bytes = 1000000",
            "config.value_invalid",
            "configuration: limits.bodies_in_flight_bytes: 1000000 is out of range; write a whole number from 1048576 to 1099511627776",
        ),
        (
            "[limits]\nconcurrent_sends = 0",
            "config.value_invalid",
            "configuration: limits.concurrent_sends: 0 is out of range; write a whole number from 1 to 10000",
        ),
        (
            "[instances.shop]\nconnector = \"echo\"\napp_rate = 0",
            "config.value_invalid",
            "configuration: instances.shop.app_rate: 0 is out of range; write a whole number from 1 to 10000",
        ),
        (
            "[server]\nlisten = \"localhost\"",
            "config.value_invalid",
            "configuration: server.listen: \"localhost\" is not an IP address with a port; write one such as \
             \"127.0.0.1:8080\" or \"[::]:8080\"",
        ),
        (
            "[server]\npublic_url = \"inbox\"",
            "config.value_invalid",
            "configuration: server.public_url: \"inbox\" is not a URL that a browser can be sent to; write one such \
             as \"https://inbox.example.com\"",
        ),
        (
            "[server]\npublic_url = \"http://a/?b\"",
            "config.value_invalid",
            "configuration: server.public_url: a public URL has no query; write only scheme, host and path",
        ),
        (
            "[instances.Shop]\nconnector = \"echo\"",
            "config.value_invalid",
            "configuration: instances.Shop: \"Shop\" cannot name an instance; use 1 to 64 of the characters a-z, 0-9 \
             and -",
        ),
        (
            "[instances.a]",
            "config.key_missing",
            "configuration: instances.a.connector: missing; add connector = \"ID\" under [instances.a], with the id \
             of a connector",
        ),
        (
            "[instances.a]\nconnector = \"echo\"\nsettings = { x = [nan] }",
            "config.value_invalid",
            "configuration: instances.a.settings.x: a number that is not finite; write a finite number",
        ),
    ];
    for (text, code, message) in cases {
        refused(text, &[], code, message);
    }
}

#[test]
fn wrong_secrets_are_refused_without_repeating_them() {
    let cases = [
        (
            "\"s3cret\"",
            "config.secret_literal",
            "a secret must not be written here; put it into an environment variable or a file and write \
             { env = \"NAME\" } or { file = \"path\" }",
        ),
        (
            "5",
            "config.secret_literal",
            "a secret must not be written here; put it into an environment variable or a file and write \
             { env = \"NAME\" } or { file = \"path\" }",
        ),
        (
            "{}",
            "config.value_invalid",
            "a secret needs exactly one of `env` and `file`; write { env = \"NAME\" } or { file = \"path\" }",
        ),
        (
            "{ env = \"APP\", file = \"app\" }",
            "config.value_invalid",
            "a secret needs exactly one of `env` and `file`; write { env = \"NAME\" } or { file = \"path\" }",
        ),
        (
            "{ env = \"NONE\" }",
            "config.secret_missing",
            "the environment variable NONE is not set; set it to the secret before the start",
        ),
        (
            "{ env = \"EMPTY\" }",
            "config.secret_missing",
            "the environment variable EMPTY is empty; set it to the secret before the start",
        ),
        (
            "{ file = \"none\" }",
            "config.secret_missing",
            "the file /base/none cannot be read: No such file or directory (os error 2); create it with the secret as \
             its content, readable for the host",
        ),
    ];
    for (value, code, message) in cases {
        let text = format!("[instances.a]\nconnector = \"echo\"\nsecrets = {{ app = {value} }}");
        refused(&text, &[], code, &format!("configuration: instances.a.secrets.app: {message}"));
    }
    refused(
        "[instances.a]\nconnector = \"echo\"\nsettings = { app = 1 }\nsecrets = { app = { env = \"APP\" } }",
        &[],
        "config.value_invalid",
        "configuration: instances.a.secrets.app: `app` is among the settings as well; remove it from one of the two",
    );
    refused(
        "[instances.a]\nconnector = \"echo\"\nsecrets = { app = { evn = \"APP\" } }",
        &[],
        "config.key_unknown",
        "configuration: instances.a.secrets.app.evn: unknown key; did you mean `env`?",
    );
}

#[test]
fn wrong_overrides_are_refused_with_the_variable() {
    let cases = [
        (
            ("JACKFIELD__SERVER__LISTN", "x"),
            "config.key_unknown",
            "environment variable JACKFIELD__SERVER__LISTN: server.listn: unknown key; did you mean `listen`?",
        ),
        (
            ("JACKFIELD__SERVER", "x"),
            "config.value_invalid",
            "environment variable JACKFIELD__SERVER: server: this key is not a single value that a variable can set; \
             remove the variable and write the key into the file",
        ),
        (
            ("JACKFIELD__SERVER__LISTEN__PORT", "x"),
            "config.value_invalid",
            "environment variable JACKFIELD__SERVER__LISTEN__PORT: server.listen: this key is not a single value that \
             a variable can set; remove the variable and write the key into the file",
        ),
        (
            ("JACKFIELD__LIMITS__BODY_BYTES", "many"),
            "config.value_invalid",
            "environment variable JACKFIELD__LIMITS__BODY_BYTES: limits.body_bytes: \"many\" is not a whole number; \
             set the variable to a whole number, or remove it",
        ),
        (
            ("JACKFIELD__SERVER__LISTEN", "here"),
            "config.value_invalid",
            "environment variable JACKFIELD__SERVER__LISTEN: server.listen: \"here\" is not an IP address with a port; \
             write one such as \"127.0.0.1:8080\" or \"[::]:8080\"",
        ),
        (
            ("JACKFIELD__INSTANCES__A__SECRETS__APP", "s3cret"),
            "config.secret_literal",
            "environment variable JACKFIELD__INSTANCES__A__SECRETS__APP: instances.a.secrets.app: a secret must not be \
             written here; put it into an environment variable or a file and write { env = \"NAME\" } or \
             { file = \"path\" }",
        ),
        (
            ("JACKFIELD__ENCRYPTION__KEY__ENV", "APP"),
            "config.value_invalid",
            "environment variable JACKFIELD__ENCRYPTION__KEY__ENV: encryption.key: the encryption key is not 32 bytes \
             as base64 or hex; make one with `openssl rand -base64 32`",
        ),
    ];
    for (variable, code, message) in cases {
        refused("", &[variable], code, message);
    }
}

#[test]
fn a_key_is_required() {
    let error = Config::from_toml("", "", environment(&[])).unwrap_err();

    assert_eq!(
        error.to_string(),
        "configuration: encryption.key: missing; add key = { env = \"JACKFIELD_ENCRYPTION_KEY\" } under [encryption]; \
         `openssl rand -base64 32` makes a key"
    );
}

#[test]
fn a_file_names_itself_and_its_neighbours() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jackfield.toml");
    fs::write(&path, "[encryption]\nkey = { file = \"key\" }\n").unwrap();
    let load = || Config::load(&path, environment(&[]));

    fs::write(dir.path().join("key"), format!("{KEY}\r\n")).unwrap();
    assert_eq!(load().unwrap().store.path, dir.path().join("jackfield.db"));

    fs::write(dir.path().join("key"), "\n").unwrap();
    assert_eq!(
        load().unwrap_err().to_string(),
        format!(
            "{}: encryption.key: the file {} is empty; write the secret into it",
            path.display(),
            dir.path().join("key").display()
        )
    );

    let missing = dir.path().join("none.toml");
    assert_eq!(
        Config::load(&missing, []).unwrap_err().to_string(),
        format!(
            "{}: cannot be read: No such file or directory (os error 2); create it, or name another one with --config",
            missing.display()
        )
    );
}

#[test]
fn files_may_lie_in_a_bucket() {
    let whole = "[media]\nurl = \"s3://our-bucket/inbox/\"\n[media.s3]\nregion = \"eu-1\"\n\
                 endpoint = \"https://minio.example.com\"\n\
                 access_key = { env = \"KEY\" }\nsecret_key = { env = \"APP\" }\n";
    let config = with(whole, &[]).unwrap();
    let MediaPlace::Bucket(bucket) = &config.media.place else { panic!("{config:?}") };
    let names = (bucket.name.as_str(), bucket.prefix.as_str(), bucket.region.as_str());
    assert_eq!(names, ("our-bucket", "inbox", "eu-1"));
    assert_eq!(bucket.endpoint.as_ref().map(Url::as_str), Some("https://minio.example.com/"));
    assert_eq!((bucket.access_key.expose(), bucket.secret_key.expose()), (KEY, "s3cret"));
    assert!(!format!("{config:?}").contains("s3cret"));

    for (text, code) in [
        ("[media]\nurl = \"ftp://files\"\n", "config.value_invalid"),
        ("[media]\nurl = \"s3://x/\"\n", "config.value_invalid"),
        ("[media]\nurl = \"s3://key:secret@our-bucket/\"\n", "config.value_invalid"),
        ("[media]\nurl = \"s3://our-bucket/\"\n", "config.key_missing"),
        ("[media]\nurl = \"s3://our-bucket/\"\n[media.s3]\nregion = \"eu-1\"\n", "config.key_missing"),
        ("[media.s3]\naccess_key = \"in clear\"\n", "config.secret_literal"),
    ] {
        assert_eq!(with(text, &[]).unwrap_err().code(), code, "{text}");
    }
}
