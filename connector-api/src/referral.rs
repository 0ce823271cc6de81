//! How a customer came to the business.

use serde::{Deserialize, Serialize};

/// How a customer came to the business. What the platform does not tell is absent, and never guessed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Referral {
    /// An open id: `ad`, `short_link`, …; `unknown` where the platform does not say.
    pub source: String,
    /// The platform's id of the ad; opaque.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ad_id: Option<String>,
    /// The ad's name, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ad_name: Option<String>,
    /// The platform's id of whoever pays for the ad; opaque.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advertiser_id: Option<String>,
    /// Where the ad can be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The reference that the business put into the link or the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

impl Referral {
    /// By this source; nothing more is known.
    #[must_use]
    pub fn new(source: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            ad_id: None,
            ad_name: None,
            advertiser_id: None,
            url: None,
            reference: None,
        }
    }

    /// By this ad.
    #[must_use]
    pub fn with_ad(mut self, id: Option<String>, name: Option<String>, advertiser: Option<String>) -> Self {
        (self.ad_id, self.ad_name, self.advertiser_id) = (id, name, advertiser);
        self
    }

    /// With where the ad can be seen.
    #[must_use]
    pub fn with_url(mut self, url: Option<String>) -> Self {
        self.url = url;
        self
    }

    /// With the reference that the business put into the link or the code.
    #[must_use]
    pub fn with_reference(mut self, reference: Option<String>) -> Self {
        self.reference = reference;
        self
    }
}
