//! What a library is refused for once its code runs. In a worker that code can say whatever it likes, so the host takes
//! only the code from there, and the words that go with it are its own.

use std::fmt::Display;

use crate::{LoadError, Step, error::Failed};

const REBUILD: &str = "Build the connector with the connector-api version that this host documents.";

/// A step that a library's code can fail, and what to do then.
#[derive(Debug)]
pub(crate) struct Refusal {
    step: Step,
    code: &'static str,
    fix: &'static str,
}

pub(crate) static NOT_OPENED: Refusal = Refusal {
    step: Step::Open,
    code: "open.refused",
    fix: "Install the libraries it needs, or get a file built for this system.",
};
pub(crate) static NO_HEADER: Refusal = Refusal { step: Step::Header, code: "header.missing", fix: REBUILD };
pub(crate) static OTHER_HEADER: Refusal =
    Refusal { step: Step::Header, code: "header.incompatible", fix: REBUILD };
pub(crate) static NO_ROOT_MODULE: Refusal = Refusal {
    step: Step::Header,
    code: "header.root_module",
    fix: "Tell the connector's author: the library failed while it was initialised.",
};
pub(crate) static NO_LAYOUT: Refusal = Refusal { step: Step::Layout, code: "layout.missing", fix: REBUILD };
pub(crate) static OTHER_LAYOUT: Refusal =
    Refusal { step: Step::Layout, code: "layout.incompatible", fix: REBUILD };

static ALL: [&Refusal; 6] =
    [&NOT_OPENED, &NO_HEADER, &OTHER_HEADER, &NO_ROOT_MODULE, &NO_LAYOUT, &OTHER_LAYOUT];

impl Refusal {
    pub(crate) fn failed(&self, expected: impl Into<String>, found: impl Display) -> Failed {
        Failed::new((self.step, self.code), expected, found, self.fix)
    }
}

/// What a worker says against its library.
pub(crate) fn from_worker(json: &[u8]) -> Failed {
    let told = serde_json::from_slice::<LoadError>(json);
    let known = |error: &LoadError| {
        ALL.into_iter().find(|known| (known.step, known.code) == (error.step, &*error.code))
    };
    match told.as_ref().ok().and_then(known).zip(told.as_ref().ok()) {
        Some((refusal, error)) => refusal.failed(&*error.expected, &error.found),
        None => {
            let found = told.map_or("a refusal that cannot be read".to_owned(), |error| {
                format!("the code {:?}", error.code)
            });
            let fix = "Do not use the file: it answers in the place of the program that tries it.";
            Failed::new((Step::Trial, "trial.contradicts"), "a refusal of the steps of a trial", found, fix)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(step: &str, code: &str, found: &str) -> LoadError {
        let json = json!({"path": "library", "step": step, "code": code, "expected": "a\nb", "found": found,
                          "fix": "chmod 777 /"});
        from_worker(json.to_string().as_bytes()).of("x.so")
    }

    #[test]
    fn a_known_code_comes_with_our_own_words() {
        let long = "\u{1b}x\n".repeat(10_000);
        for known in ALL {
            let step = serde_json::to_value(known.step).unwrap();
            let error = said(step.as_str().unwrap(), known.code, &long);
            assert_eq!((error.step, &*error.code, &*error.fix), (known.step, known.code, known.fix));
            assert_eq!(error.expected, "a\\nb");
            assert!(error.found.len() < 16 << 10 && !error.found.contains(char::is_control));
        }
    }

    #[test]
    fn any_other_refusal_is_no_refusal() {
        for (step, code) in
            [("trust", "trust.not_signed"), ("open", "layout.missing"), ("trial", "trial.not_made")]
        {
            assert_eq!(said(step, code, "x").code, "trial.contradicts", "{step} {code}");
        }
        assert_eq!(from_worker(b"{}").of("x.so").code, "trial.contradicts");
        assert_eq!(from_worker(b"").of("x.so").code, "trial.contradicts");
    }
}
