//! JSON of clients, read strictly: a misspelt member would be ignored in silence, and something else done than was meant.
//! What comes from connectors is read tolerantly instead, because it may be of a later time.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{
        self, DeserializeOwned, IntoDeserializer, MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::{Map, Value};
use serde_path_to_error::Segment;

use super::problem::Problem;

/// So many characters of what a client wrote are shown to it again.
const SHOWN: usize = 60;

/// A body, or what is wrong with it; nothing of its values is shown.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let Tree { value, twice } = serde_json::from_slice(bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Problem::malformed(format!("The body is no JSON (line {line}, column {column})."))
    })?;
    match twice {
        Some(path) => Err(problem(&format!("has {} twice", shown(path.trim_start_matches('.'))))),
        None => of(value, ""),
    }
}

/// The same of a part of a body, which stands at `place`.
pub(super) fn of<T: DeserializeOwned>(value: Value, place: &str) -> Result<T, Problem> {
    serde_path_to_error::deserialize(Given(value)).map_err(|error| {
        let place = joined(place, error.path().iter());
        problem(&match error.into_inner() {
            // Where it was read from a place of its own, the path ends with it.
            Wrong::Unknown(name) => {
                let at = place.strip_suffix(&name).unwrap_or(&place).trim_end_matches('.');
                format!("has a member {} that is not known{}", shown(&name), within(at))
            }
            Wrong::Missing(name) => format!("lacks the member {name:?}{}", within(&place)),
            Wrong::Form => format!("has not the form that this route takes{}", within(&place)),
        })
    })
}

fn problem(what: &str) -> Problem {
    Problem::malformed(format!("The body {what}; GET /v1/openapi.json describes it."))
}

fn within(place: &str) -> String {
    if place.is_empty() { String::new() } else { format!(", in {}", shown(place)) }
}

fn shown(text: &str) -> String {
    let cut: String = text.chars().take(SHOWN).collect();
    if cut.len() < text.len() { format!("{cut:?}…") } else { format!("{text:?}") }
}

fn joined<'a>(place: &str, path: impl Iterator<Item = &'a Segment>) -> String {
    path.fold(place.to_owned(), |place, segment| match segment {
        Segment::Map { key } if place.is_empty() => key.clone(),
        Segment::Map { key } => format!("{place}.{key}"),
        Segment::Seq { index } => format!("{place}[{index}]"),
        _ => place,
    })
}

/// A JSON text, and the first member in it that an object has twice: one of them would be lost.
struct Tree {
    value: Value,
    twice: Option<String>,
}

impl From<Value> for Tree {
    fn from(value: Value) -> Self {
        Self { value, twice: None }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Value::Null.into())
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Value::from(value).into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Value::from(value).into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(Value::from(value).into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
        Ok(Value::from(value).into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Value::from(value).into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        let (mut all, mut twice) = (Vec::new(), None);
        while let Some(item) = items.next_element::<Tree>()? {
            let index = all.len();
            twice = twice.or(item.twice.map(|path| format!("[{index}]{path}")));
            all.push(item.value);
        }
        Ok(Tree { value: Value::Array(all), twice })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Tree, A::Error> {
        let (mut all, mut twice) = (Map::new(), None);
        while let Some((name, member)) = members.next_entry::<String, Tree>()? {
            let again = all.contains_key(&name).then(|| format!(".{name}"));
            twice = twice.or(again).or(member.twice.map(|path| format!(".{name}{path}")));
            all.insert(name, member.value);
        }
        Ok(Tree { value: Value::Object(all), twice })
    }
}

/// What is wrong with a body, without anything of its values.
#[derive(Debug, thiserror::Error)]
enum Wrong {
    #[error("a member is not known")]
    Unknown(String),
    #[error("a member is missing")]
    Missing(&'static str),
    #[error("the form is another")]
    Form,
}

impl de::Error for Wrong {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Form
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self::Unknown(field.to_owned())
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field)
    }
}

/// JSON whose reading fails with [`Wrong`].
struct Given(Value);

impl<'de> IntoDeserializer<'de, Wrong> for Given {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

fn members<'de>(
    members: Map<String, Value>,
) -> MapDeserializer<'de, impl Iterator<Item = (String, Given)>, Wrong> {
    MapDeserializer::new(members.into_iter().map(|(name, value)| (name, Given(value))))
}

impl<'de> Deserializer<'de> for Given {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(value) => value.deserialize_any(visitor).map_err(|_| Wrong::Form),
            Value::String(value) => visitor.visit_string(value),
            Value::Array(items) => visitor.visit_seq(SeqDeserializer::new(items.into_iter().map(Given))),
            Value::Object(object) => visitor.visit_map(members(object)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::String(variant) => visitor.visit_enum(variant.into_deserializer()),
            Value::Object(object) => visitor.visit_enum(MapAccessDeserializer::new(members(object))),
            _ => Err(Wrong::Form),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
#[path = "strict_tests.rs"]
mod tests;
