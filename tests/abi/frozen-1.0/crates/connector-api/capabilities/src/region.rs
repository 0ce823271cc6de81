//! Regions, and the sets of them that documents name.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Where somebody is registered or located: an ISO 3166-1 alpha-2 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Region([u8; 2]);

/// Not the shape of a region's code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no region; write two letters of ISO 3166-1, such as DE")]
pub struct RegionError(String);

impl Region {
    /// The code, in capital letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Region {
    type Err = RegionError;

    /// Reads two letters. `UK` and `EL`, which are reserved for the same, become `GB` and `GR`.
    fn from_str(text: &str) -> Result<Self, RegionError> {
        match text.as_bytes() {
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
                let code = [a.to_ascii_uppercase(), b.to_ascii_uppercase()];
                Ok(Self(match &code {
                    b"UK" => *b"GB",
                    b"EL" => *b"GR",
                    _ => code,
                }))
            }
            _ => Err(RegionError(text.to_owned())),
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Region {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// When the named sets were last held against [`SETS_SOURCE`].
pub const SETS_AS_OF: &str = "2026-11";
/// Where the members of the named sets come from.
pub const SETS_SOURCE: &str = "European Union: list of member states since 2020-02-01, with the outermost regions of Article 349 TFEU \
     that have codes of their own, and Åland; EFTA: parties to the EEA Agreement";

/// The 27 member states, and the parts of them with codes of their own.
const EU: &[&str] = &[
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT",
    "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", // Member states.
    "AX", "GF", "GP", "MF", "MQ", "RE", "YT", // Åland, and French outermost regions.
];
/// The parties to the EEA Agreement beside the Union.
const EFTA_IN_EEA: &[&str] = &["IS", "LI", "NO"];

/// Whether `region` belongs to `entry`, a code or the name of a set; `None` where nobody here knows such a set.
#[must_use]
pub fn belongs(region: Region, entry: &str) -> Option<bool> {
    let code = region.as_str();
    match entry {
        "EU" => Some(EU.contains(&code)),
        "EEA" => Some(EU.contains(&code) || EFTA_IN_EEA.contains(&code)),
        _ => entry.parse::<Region>().ok().map(|other| other == region),
    }
}
