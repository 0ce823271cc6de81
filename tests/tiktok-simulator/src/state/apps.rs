//! Developer apps: credentials, callbacks and rates.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::DIRECT_MESSAGE;
use super::rate::RateMeter;
use crate::config::{AppConfig, SimulatorConfig};

/// A developer app.
#[derive(Debug, Serialize)]
pub(crate) struct App {
    pub(crate) app_id: String,
    #[serde(skip)]
    pub(crate) secret: String,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) approved_scopes: Vec<String>,
    /// Callback URLs by webhook category.
    pub(crate) callbacks: BTreeMap<String, String>,
    #[serde(skip)]
    pub(crate) rate: RateMeter,
    #[serde(skip)]
    is_first: bool,
}

impl App {
    fn new(config: &AppConfig, is_first: bool) -> Self {
        let callbacks =
            config.webhook_url.iter().map(|url| (DIRECT_MESSAGE.to_owned(), url.clone())).collect();
        Self {
            app_id: config.app_id.clone(),
            secret: config.app_secret.clone(),
            redirect_uris: config.redirect_uris.clone(),
            approved_scopes: config.approved_scopes.clone(),
            callbacks,
            rate: RateMeter::default(),
            is_first,
        }
    }

    /// The account's id for this app: an `open_id` belongs to one app
    /// (protocol reference, section 2.4). The first app knows accounts by their configured ids.
    pub(crate) fn open_id(&self, business_id: &str) -> String {
        if self.is_first {
            return business_id.to_owned();
        }
        let label = format!("{}/{business_id}", self.app_id);
        let letters = URL_SAFE_NO_PAD.encode(Sha256::digest(label.as_bytes()));
        letters.chars().take(28).fold("-000".to_owned(), |mut id, letter| {
            id.push(letter);
            id
        })
    }
}

/// Every app, the first one first. There is always one.
#[derive(Debug)]
pub(crate) struct Apps {
    first: App,
    more: Vec<App>,
}

impl Apps {
    pub(crate) fn new(config: &SimulatorConfig) -> Self {
        let first = App::new(&config.first_app(), true);
        Self { first, more: config.more_apps.iter().map(|app| App::new(app, false)).collect() }
    }

    pub(crate) fn first(&self) -> &App {
        &self.first
    }

    pub(crate) fn first_mut(&mut self) -> &mut App {
        &mut self.first
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &App> {
        std::iter::once(&self.first).chain(&self.more)
    }

    pub(crate) fn find(&self, app_id: &str) -> Option<&App> {
        self.iter().find(|app| app.app_id == app_id)
    }

    pub(crate) fn find_mut(&mut self, app_id: &str) -> Option<&mut App> {
        std::iter::once(&mut self.first).chain(&mut self.more).find(|app| app.app_id == app_id)
    }
}
