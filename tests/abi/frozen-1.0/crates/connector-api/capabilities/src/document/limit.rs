//! A number that may be missing or infinite.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The most of something. In JSON a whole number, `"unbounded"`, or `"unknown"`, which absence means as well.
///
/// Anything else is a word of a later time and read as unknown. Zero is a limit like any other: nothing at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Limit {
    /// So much, inclusive.
    At(u64),
    /// The platform sets no limit.
    Unbounded,
    /// Nobody has said.
    #[default]
    Unknown,
}

const UNBOUNDED: &str = "unbounded";
const UNKNOWN: &str = "unknown";

impl Limit {
    /// The number, where there is one.
    #[must_use]
    pub const fn number(self) -> Option<u64> {
        match self {
            Self::At(number) => Some(number),
            Self::Unbounded | Self::Unknown => None,
        }
    }

    /// Whether nobody has said.
    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// Whether so much is certainly too much.
    #[must_use]
    pub const fn forbids(self, amount: u64) -> bool {
        matches!(self, Self::At(most) if amount > most)
    }

    /// Nothing above `most`; unknown becomes known by it.
    #[must_use]
    pub fn narrowed(self, most: u64) -> Self {
        match self {
            Self::At(own) => Self::At(own.min(most)),
            Self::Unbounded | Self::Unknown => Self::At(most),
        }
    }
}

impl From<u64> for Limit {
    fn from(number: u64) -> Self {
        Self::At(number)
    }
}

impl Serialize for Limit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::At(number) => serializer.serialize_u64(*number),
            Self::Unbounded => serializer.serialize_str(UNBOUNDED),
            Self::Unknown => serializer.serialize_str(UNKNOWN),
        }
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LimitVisitor)
    }
}

struct LimitVisitor;

impl<'de> de::Visitor<'de> for LimitVisitor {
    type Value = Limit;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a whole number from 0, \"unbounded\" or \"unknown\"")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Limit, E> {
        Ok(Limit::At(number))
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<Limit, E> {
        Ok(if word == UNBOUNDED { Limit::Unbounded } else { Limit::Unknown })
    }

    fn visit_unit<E: de::Error>(self) -> Result<Limit, E> {
        Ok(Limit::Unknown)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Limit, A::Error> {
        while map.next_entry::<de::IgnoredAny, de::IgnoredAny>()?.is_some() {}
        Ok(Limit::Unknown)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Limit {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Limit".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "The most of something, inclusive; absent means unknown.",
            "oneOf": [{"type": "integer", "minimum": 0}, {"enum": [UNBOUNDED, UNKNOWN]}],
        })
    }
}
