//! Overrides from the environment.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::{
    ConfigError, Place,
    load::Source,
    shape::{self, Naming, Shape},
};

const PREFIX: &str = "JACKFIELD__";
const SEPARATOR: &str = "__";

/// The environment of this process; variables that are not UTF-8 are left out.
pub fn process_environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// Writes every override of `variables` into `table`, and notes in `source` which keys came from where; what is wrong with
/// those that cannot be.
pub(super) fn apply(
    source: &mut Source,
    table: &mut Table,
    variables: &BTreeMap<String, String>,
) -> Vec<ConfigError> {
    let mut wrong = Vec::new();
    for (variable, value) in variables {
        if let Some(keys) = variable.strip_prefix(PREFIX) {
            let segments: Vec<&str> = keys.split(SEPARATOR).collect();
            let mut walk = Override { source, variable, value, path: Vec::new() };
            wrong.extend(walk.set(&shape::FILE, table, &segments).err());
        }
    }
    wrong
}

struct Override<'a> {
    source: &'a mut Source,
    variable: &'a str,
    value: &'a str,
    path: Vec<String>,
}

impl Override<'_> {
    fn set(&mut self, shape: &Shape, table: &mut Table, segments: &[&str]) -> Result<(), ConfigError> {
        let Some((segment, rest)) = segments.split_first() else { return Err(self.not_one_value()) };
        let key = spelled(shape, table, segment);
        self.path.push(key.clone());
        let inner = match shape {
            Shape::Keys(known) => match known.iter().find(|(name, _)| *name == key) {
                Some((_, inner)) => inner,
                None => return Err(shape::unknown_key(self.place(), &key, known)),
            },
            Shape::Named(_, inner) => inner,
            Shape::Free if rest.is_empty() => {
                let value = self.free_value(table.get(&key))?;
                return self.put(table, key, value);
            }
            Shape::Free => &Shape::Free,
            Shape::Text
            | Shape::Texts
            | Shape::Number
            | Shape::Flag
            | Shape::Reference
            | Shape::References => {
                return Err(self.not_one_value());
            }
        };
        if rest.is_empty() {
            let value = self.value(inner)?;
            return self.put(table, key, value);
        }
        let inner = match inner {
            Shape::Reference => {
                self.source.overridden(&self.path, self.variable);
                &shape::REFERENCE
            }
            inner => inner,
        };
        let below = table.entry(key).or_insert_with(|| Value::Table(Table::new()));
        match below {
            Value::Table(below) if !inner.is_single() => self.set(inner, below, rest),
            _ => Err(self.not_one_value()),
        }
    }

    fn put(&mut self, table: &mut Table, key: String, value: Value) -> Result<(), ConfigError> {
        self.source.overridden(&self.path, self.variable);
        table.insert(key, value);
        Ok(())
    }

    fn place(&self) -> Place {
        Place { origin: Source::variable(self.variable), key: self.path.join(".") }
    }

    fn value(&self, shape: &Shape) -> Result<Value, ConfigError> {
        match shape {
            Shape::Text => Ok(Value::from(self.value)),
            Shape::Texts => Ok(Value::from(self.value.split(',').map(str::trim).collect::<Vec<_>>())),
            Shape::Number => self.parsed::<i64>("a whole number"),
            Shape::Flag => self.parsed::<bool>("true or false"),
            Shape::Reference => Err(ConfigError::SecretLiteral { place: self.place() }),
            Shape::References | Shape::Free | Shape::Keys(_) | Shape::Named(..) => Err(self.not_one_value()),
        }
    }

    fn free_value(&self, existing: Option<&Value>) -> Result<Value, ConfigError> {
        match existing {
            Some(Value::Boolean(_)) => self.parsed::<bool>("true or false"),
            Some(Value::Integer(_)) => self.parsed::<i64>("a whole number"),
            Some(Value::Float(_)) => self.parsed::<f64>("a number"),
            Some(Value::Table(_) | Value::Array(_)) => Err(self.not_one_value()),
            Some(Value::String(_) | Value::Datetime(_)) | None => Ok(Value::from(self.value)),
        }
    }

    fn parsed<T: std::str::FromStr + Into<Value>>(&self, wanted: &str) -> Result<Value, ConfigError> {
        self.value.parse::<T>().map(Into::into).map_err(|_| ConfigError::Value {
            place: self.place(),
            detail: format!("{:?} is not {wanted}", self.value),
            hint: format!("set the variable to {wanted}, or remove it"),
        })
    }

    fn not_one_value(&self) -> ConfigError {
        ConfigError::Value {
            place: self.place(),
            detail: "this key is not a single value that a variable can set".to_owned(),
            hint: "remove the variable and write the key into the file".to_owned(),
        }
    }
}

fn spelled(shape: &Shape, table: &Table, segment: &str) -> String {
    if let Some(existing) = table.keys().find(|key| key.eq_ignore_ascii_case(segment)) {
        return existing.clone();
    }
    let key = segment.to_ascii_lowercase();
    match shape {
        Shape::Named(Naming::Instance, _) => key.replace('_', "-"),
        _ => key,
    }
}
