//! Regions, and the sets of them that documents name.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Where somebody is registered or located: an ISO 3166-1 alpha-2 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Region([u8; 2]);

/// What names no region.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegionError {
    /// No code of one.
    #[error("{0:?} is no region; write a code of ISO 3166-1, such as DE")]
    Unknown(String),
    /// Many at once.
    #[error("{0} is many regions; name the one, such as DE")]
    Set(String),
}

impl Region {
    /// The code, in capital letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// The officially assigned codes of ISO 3166-1 alpha-2 as of 2026, and `XK`, which platforms use for Kosovo.
const ASSIGNED: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT \
    BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH \
    ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT \
    HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS \
    LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI \
    NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG \
    SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG \
    UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW";

impl FromStr for Region {
    type Err = RegionError;

    /// Reads an assigned code. `UK` and `EL`, which are reserved for the same, become `GB` and `GR`; sets such as `EU` are
    /// no region.
    fn from_str(text: &str) -> Result<Self, RegionError> {
        let code = match text.to_ascii_uppercase().as_str() {
            "UK" => "GB".to_owned(),
            "EL" => "GR".to_owned(),
            code => code.to_owned(),
        };
        if matches!(code.as_str(), "EU" | "EEA" | "METAP") {
            return Err(RegionError::Set(code));
        }
        let found = ASSIGNED.split_ascii_whitespace().find(|assigned| *assigned == code);
        let bytes = found.and_then(|found| found.as_bytes().try_into().ok());
        bytes.map(Self).ok_or_else(|| RegionError::Unknown(text.to_owned()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_belongs_to_its_code_and_to_its_sets() {
        let table = [
            ("DE", "EU", Some(true)),
            ("de", "EEA", Some(true)),
            ("NO", "EU", Some(false)),
            ("NO", "EEA", Some(true)),
            ("RE", "EU", Some(true)),
            ("CH", "EEA", Some(false)),
            ("GB", "EEA", Some(false)),
            ("UK", "GB", Some(true)),
            ("EL", "EU", Some(true)),
            ("US", "US", Some(true)),
            ("US", "METAP", None),
        ];
        for (region, entry, expected) in table {
            assert_eq!(belongs(region.parse().unwrap(), entry), expected, "{region} in {entry}");
        }
    }

    #[test]
    fn the_union_has_27_members_and_the_area_30() {
        let states =
            EU.iter().filter(|code| !["AX", "GF", "GP", "MF", "MQ", "RE", "YT"].contains(code)).count();
        assert_eq!((states, states + EFTA_IN_EEA.len()), (27, 30));
    }

    #[test]
    fn what_has_not_two_letters_is_no_region() {
        for text in ["", "D", "DEU", "D1", "ÄÖ"] {
            assert!(text.parse::<Region>().is_err(), "{text}");
        }
    }
}
