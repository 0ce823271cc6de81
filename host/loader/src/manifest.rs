//! What a file says about itself.

use connector_abi::embedded::{self, Embedded, FrameError};
use connector_api::CapabilityDocument;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Step, error::Failed, object_file, text::disguises};

const TELL_THE_AUTHOR: &str = "Tell the connector's author.";
/// So deep JSON is not read.
const MAX_DEPTH: usize = 128;

/// Who built a library, and against what. Unknown fields of a later time are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Manifest {
    /// The crate that it was built from.
    pub package: String,
    /// That crate's version.
    pub version: String,
    /// Version of `connector-api`.
    pub connector_api: String,
    /// Version of `connector-abi`.
    pub connector_abi: String,
    /// Processor architecture that it was built for.
    pub arch: String,
    /// Operating system that it was built for.
    pub os: String,
    /// Whether it was built without optimisation.
    #[serde(default)]
    pub debug: bool,
}

/// A file that was read and checked; nothing of it has run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Inspected {
    /// Who built it.
    pub manifest: Manifest,
    /// What its channel can do.
    pub document: CapabilityDocument,
    /// The document as it stands in the file.
    pub document_bytes: Vec<u8>,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    pub(crate) bytes: Vec<u8>,
}

/// What the bytes of a file say about it, where they are a connector's.
pub(crate) fn inspect_bytes(bytes: Vec<u8>) -> Result<Inspected, Failed> {
    let section = object_file::connector_section(&bytes)?;
    let Embedded { manifest, document } = embedded::parse(section).map_err(bad_frame)?;
    let manifest: Manifest = from_json("manifest.malformed", manifest)?;
    let parsed: CapabilityDocument = from_json("document.malformed", document)?;
    check_document(&parsed)?;
    check_texts(&manifest, &parsed)?;
    check_every_field(document)?;
    let sha256 = hex::encode(Sha256::digest(&bytes));
    Ok(Inspected { manifest, document: parsed, document_bytes: document.to_vec(), sha256, bytes })
}

fn bad_frame(error: FrameError) -> Failed {
    let (found, fix) = match error {
        FrameError::Truncated => ("a section that ends too early", "Copy or build the file again."),
        FrameError::NotAFrame => {
            ("a section of another program", "Ask its author for a Jackfield connector.")
        }
        FrameError::UnknownFormat(_) => ("a format of a later version", "Update the host."),
    };
    Failed::new((Step::Manifest, "manifest.malformed"), "a Jackfield manifest", found, fix)
}

fn from_json<'a, T: Deserialize<'a>>(code: &'static str, json: &'a [u8]) -> Result<T, Failed> {
    serde_json::from_slice(json)
        .map_err(|error| Failed::new((Step::Manifest, code), "well-formed JSON", error, TELL_THE_AUTHOR))
}

fn check_document(document: &CapabilityDocument) -> Result<(), Failed> {
    let known = connector_api::capabilities::document::SCHEMA;
    if document.schema != known {
        let found = format!("{:?}", document.schema);
        return Err(Failed::new((Step::Manifest, "document.schema"), known, found, "Update the host."));
    }
    let id = &document.connector.id;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if id.is_empty() || id.len() > 64 || !id.chars().all(plain) {
        let expected = "a connector id of 1 to 64 lower-case letters, digits and \"-\"";
        let found = format!("{id:?}");
        return Err(Failed::new((Step::Manifest, "document.id"), expected, found, TELL_THE_AUTHOR));
    }
    Ok(())
}

/// Names and versions go into lines of logs and lists, where they must not look like others.
fn check_texts(manifest: &Manifest, document: &CapabilityDocument) -> Result<(), Failed> {
    let Manifest { package, version, connector_api, connector_abi, arch, os, .. } = manifest;
    let connector = &document.connector;
    let texts =
        [package, version, connector_api, connector_abi, arch, os, &connector.name, &connector.version];
    match texts.into_iter().find(|text| text.chars().any(disguises)) {
        None => Ok(()),
        Some(text) => {
            let code = (Step::Manifest, "manifest.control_characters");
            let expected = "names and versions without control characters";
            Err(Failed::new(code, expected, format!("{text:?}"), TELL_THE_AUTHOR))
        }
    }
}

/// Fields of a later time are ignored, but whoever prints the document has to be able to read them.
fn check_every_field(document: &[u8]) -> Result<(), Failed> {
    from_json::<serde_json::Value>("document.malformed", document).map(drop).map_err(|failed| {
        if depth(document) < MAX_DEPTH {
            return failed;
        }
        let expected = format!("fields less than {MAX_DEPTH} levels deep");
        let found = format!("{} levels", depth(document));
        Failed::new((Step::Manifest, "document.too_deep"), expected, found, TELL_THE_AUTHOR)
    })
}

/// How deep JSON that is well-formed goes.
fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_text, mut escaped) = (0_usize, 0, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_text,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => depth += 1,
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn code(checked: Result<(), Failed>) -> Option<String> {
        checked.err().map(|failed| failed.of("x.so").code.into_owned())
    }

    #[test]
    fn no_name_and_no_version_disguises_itself() {
        const NAMES: [&str; 6] = ["package", "version", "connector_api", "connector_abi", "arch", "os"];
        let good = json!({"package": "ä", "version": "1", "connector_api": "1", "connector_abi": "1", "arch": "x", "os": "y"});
        let document = json!({"schema": "connector.capabilities/v1", "connector": {"id": "a", "name": "Ä", "version": "1"}});
        let checked = |manifest: serde_json::Value, document: serde_json::Value| {
            let (manifest, document) =
                (serde_json::from_value(manifest).unwrap(), serde_json::from_value(document).unwrap());
            code(check_texts(&manifest, &document))
        };
        assert_eq!(checked(good.clone(), document.clone()), None);
        for bad in ["1\n", "\u{1b}[2K", "\u{9b}", "\u{202e}"] {
            for name in NAMES {
                let mut manifest = good.clone();
                manifest[name] = bad.into();
                assert_eq!(
                    checked(manifest, document.clone()).as_deref(),
                    Some("manifest.control_characters")
                );
            }
            for name in ["name", "version"] {
                let mut document = document.clone();
                document["connector"][name] = bad.into();
                assert_eq!(checked(good.clone(), document).as_deref(), Some("manifest.control_characters"));
            }
        }
    }

    #[test]
    fn what_cannot_be_read_as_a_whole_is_refused_for_its_depth_or_its_words() {
        let nested = |depth| format!(r#"{{"later": {}"]}}\"["{}}}"#, "[".repeat(depth), "]".repeat(depth));
        assert_eq!(code(check_every_field(nested(MAX_DEPTH - 2).as_bytes())), None);
        for depth in [MAX_DEPTH - 1, MAX_DEPTH, 100_000] {
            let code = code(check_every_field(nested(depth).as_bytes()));
            assert_eq!(code.as_deref(), Some("document.too_deep"), "{depth}");
        }
        assert_eq!(code(check_every_field(br#"{"later": 1e999}"#)).as_deref(), Some("document.malformed"));
    }
}
