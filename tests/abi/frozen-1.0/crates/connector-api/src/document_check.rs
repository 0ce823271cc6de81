//! What [`export_connector!`](crate::export_connector) checks of a capability document while it compiles.
//!
//! A document that is not JSON, or does not say whose it is, would only be refused when a host looks at the file. The
//! checks are the least that can be said at compile time; whether every claim can be read is for the crate's tests.

/// Fails the build where `document` is not JSON or lacks what a host needs to name the connector.
///
/// # Panics
/// While compiling, with what is wrong.
pub const fn check(document: &str) {
    let json = document.as_bytes();
    let mut found = Found { schema: false, id: false, name: false, version: false };
    let end = space(json, value(json, space(json, 0), Place::Outside, &mut found));
    assert!(end == json.len(), "the capability document is not JSON: something follows its last brace");
    assert!(found.schema, "the capability document lacks schema: write connector.capabilities/v1");
    assert!(found.id, "the capability document lacks connector.id, the connector's stable id");
    assert!(found.name, "the capability document lacks connector.name, its name for people");
    assert!(found.version, "the capability document lacks connector.version");
}

struct Found {
    schema: bool,
    id: bool,
    name: bool,
    version: bool,
}

/// In which object a key stands.
#[derive(Clone, Copy)]
enum Place {
    /// In none yet.
    Outside,
    Document,
    Connector,
    Elsewhere,
}

/// The position behind the value that begins at `at`.
const fn value(json: &[u8], at: usize, place: Place, found: &mut Found) -> usize {
    match byte(json, at) {
        b'{' => match place {
            Place::Outside => object(json, at + 1, Place::Document, found),
            inside => object(json, at + 1, inside, found),
        },
        b'[' => array(json, at + 1, found),
        b'"' => string(json, at + 1),
        b't' => word(json, at, b"true"),
        b'f' => word(json, at, b"false"),
        b'n' => word(json, at, b"null"),
        b'-' | b'0'..=b'9' => number(json, at),
        _ => panic!("the capability document is not JSON: a value is missing or not written as JSON"),
    }
}

const fn object(json: &[u8], at: usize, place: Place, found: &mut Found) -> usize {
    let mut at = space(json, at);
    if byte(json, at) == b'}' {
        return at + 1;
    }
    loop {
        assert!(byte(json, at) == b'"', "the capability document is not JSON: a key in quotes is missing");
        let key = at + 1;
        at = string(json, key);
        let end = at - 1;
        at = space(json, at);
        assert!(byte(json, at) == b':', "the capability document is not JSON: a key has no colon");
        at = space(json, at + 1);
        // Neither another type nor an empty text is an id.
        let text = byte(json, at) == b'"' && byte(json, at + 1) != b'"';
        let mut inside = Place::Elsewhere;
        match place {
            Place::Document if is(json, key, end, b"schema") => found.schema = text,
            Place::Document if is(json, key, end, b"connector") => inside = Place::Connector,
            Place::Connector if is(json, key, end, b"id") => found.id = text,
            Place::Connector if is(json, key, end, b"name") => found.name = text,
            Place::Connector if is(json, key, end, b"version") => found.version = text,
            _ => {}
        }
        at = space(json, value(json, at, inside, found));
        match byte(json, at) {
            b',' => at = space(json, at + 1),
            b'}' => return at + 1,
            _ => panic!("the capability document is not JSON: a comma or a closing brace is missing"),
        }
    }
}

const fn array(json: &[u8], at: usize, found: &mut Found) -> usize {
    let mut at = space(json, at);
    if byte(json, at) == b']' {
        return at + 1;
    }
    loop {
        at = space(json, value(json, at, Place::Elsewhere, found));
        match byte(json, at) {
            b',' => at = space(json, at + 1),
            b']' => return at + 1,
            _ => panic!("the capability document is not JSON: a comma or a closing bracket is missing"),
        }
    }
}

/// The position behind the closing quote of the string whose text begins at `at`.
const fn string(json: &[u8], mut at: usize) -> usize {
    loop {
        match byte(json, at) {
            b'"' => return at + 1,
            b'\\' => at += 2,
            0..=0x1f => panic!("the capability document is not JSON: a closing quote is missing"),
            _ => at += 1,
        }
    }
}

const fn number(json: &[u8], mut at: usize) -> usize {
    while matches!(byte(json, at), b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9') {
        at += 1;
    }
    at
}

const fn word(json: &[u8], at: usize, word: &[u8]) -> usize {
    assert!(
        at + word.len() <= json.len() && is(json, at, at + word.len(), word),
        "the capability document is not JSON: a word that is not true, false or null needs quotes"
    );
    at + word.len()
}

const fn is(json: &[u8], from: usize, to: usize, expected: &[u8]) -> bool {
    if to - from != expected.len() {
        return false;
    }
    let mut i = 0;
    while i < expected.len() {
        if json[from + i] != expected[i] {
            return false;
        }
        i += 1;
    }
    true
}

const fn space(json: &[u8], mut at: usize) -> usize {
    while matches!(byte(json, at), b' ' | b'\n' | b'\r' | b'\t') {
        at += 1;
    }
    at
}

/// The byte at `at`; behind the end 0, which is nowhere allowed.
const fn byte(json: &[u8], at: usize) -> u8 {
    if at < json.len() { json[at] } else { 0 }
}
