//! Content that is exactly as large as a document allows, and content that is one larger.

use connector_api::{
    CapabilityDocument, Content,
    capabilities::{
        Draft, Part,
        document::{ChoiceLimit, ContentRule, Limit, MediaLimit, TextLimit, TextUnit},
    },
};

use crate::declared::goes_out;

/// A larger text is not made; neither are more choices.
const LONGEST: u64 = 1 << 20;
const MOST_CHOICES: u64 = 1000;

/// A draft about a limit.
pub(crate) struct Sized {
    /// JSON pointer to the limit.
    pub(crate) leaf: String,
    pub(crate) draft: Draft,
    /// What is sent, where that matters.
    pub(crate) content: Option<Content>,
}

/// Drafts about every limit of content.
#[derive(Default)]
pub(crate) struct Sizes {
    /// Those at a limit.
    pub(crate) at: Vec<Sized>,
    /// Those one above it.
    pub(crate) above: Vec<Sized>,
}

impl Sizes {
    pub(crate) fn of(document: &CapabilityDocument) -> Self {
        let mut sizes = Self::default();
        for (index, rule) in document.content.iter().enumerate().filter(|(_, rule)| goes_out(rule)) {
            let limits = format!("/content/{index}/limits");
            if let Some(limit) = rule.limits.text {
                sizes.text(&limits, limit);
            }
            if let Some(media) = &rule.limits.media {
                sizes.media(&limits, rule, media);
            }
            if let Some(choices) = &rule.limits.choices {
                sizes.choices(&limits, &rule.kind, choices);
            }
        }
        sizes.parts(document);
        sizes
    }

    fn text(&mut self, limits: &str, limit: TextLimit) {
        let Some((good, bad)) = texts(limit) else { return };
        let sized = |text: String| Sized {
            leaf: format!("{limits}/text/max"),
            draft: Draft::of(Part::text(&text)),
            content: Some(Content::text(text)),
        };
        self.at.extend(good.into_iter().map(sized));
        self.above.extend(bad.into_iter().map(sized));
    }

    fn media(&mut self, limits: &str, rule: &ContentRule, media: &MediaLimit) {
        let mime = media.mimes.first().map_or("application/octet-stream", |mime| mime);
        let sized = |leaf: &str, part: Part| Sized {
            leaf: format!("{limits}/{leaf}"),
            draft: Draft::of(part),
            content: None,
        };
        let of = |mime: &str, bytes| Part::medium(&rule.kind, mime, bytes);
        for (place, mime) in media.mimes.iter().enumerate() {
            let bytes = media.max_bytes.number().unwrap_or(1);
            self.at.push(sized(&format!("media/mimes/{place}"), of(mime, bytes)));
        }
        if let Some(more) = media.max_bytes.number().and_then(|most| most.checked_add(1)) {
            self.above.push(sized("media/max_bytes", of(mime, more)));
        }
        if !media.mimes.is_empty() && media.mimes.iter().all(|mime| !mime.contains('*')) {
            self.above.push(sized("media/mimes/0", of("application/x-conformance", 1)));
        }
        if let Some((good, bad)) = rule.limits.caption.and_then(texts) {
            let with = |text: String| sized("caption/max", of(mime, 1).with_text(text));
            self.at.extend(good.into_iter().map(with));
            self.above.extend(bad.into_iter().map(with));
        }
    }

    fn choices(&mut self, limits: &str, kind: &str, choices: &ChoiceLimit) {
        let bounded = |limit: Limit, most: u64| limit.number().filter(|number| (1..most).contains(number));
        let (most, title, label) = (
            bounded(choices.max, MOST_CHOICES),
            bounded(choices.title_max, LONGEST),
            bounded(choices.label_max, LONGEST),
        );
        let sized = |leaf: &str, (title, count, label): (u64, u64, u64)| {
            let labels = (0..count).map(|_| letters(label));
            let draft = Draft::of(Part::choices(kind, letters(title), labels));
            Sized { leaf: format!("{limits}/choices/{leaf}"), draft, content: None }
        };
        self.at.push(sized("max", (title.unwrap_or(1), most.unwrap_or(1), label.unwrap_or(1))));
        self.above.extend(most.map(|most| sized("max", (1, most + 1, 1))));
        self.above.extend(title.map(|title| sized("title_max", (title + 1, 1, 1))));
        self.above.extend(label.map(|label| sized("label_max", (1, 1, label + 1))));
    }

    /// One part more than a message may have.
    fn parts(&mut self, document: &CapabilityDocument) {
        let most = document.composition.max_parts_per_message.number().filter(|most| *most < MOST_CHOICES);
        let kind = document.content.iter().find(|rule| goes_out(rule)).map(|rule| rule.kind.as_str());
        let (Some(most), Some(kind)) = (most, kind) else { return };
        let part = || if kind == "text" { Part::text("a") } else { Part::of_kind(kind) };
        let draft = Draft { parts: (0..=most).map(|_| part()).collect(), quotes: None };
        let leaf = "/composition/max_parts_per_message".to_owned();
        self.above.push(Sized { leaf, draft, content: None });
    }
}

fn letters(count: u64) -> String {
    "a".repeat(usize::try_from(count).unwrap_or_default())
}

/// A text of exactly so many units, of letters that each unit counts differently where there is room for one; `None` where
/// it is longer than one is made.
pub(crate) fn telling(units: u64, unit: TextUnit) -> Option<String> {
    let (good, _) = texts(TextLimit { max: Limit::At(units), unit })?;
    Some(good.into_iter().find(|text| text.contains('😀')).unwrap_or_else(|| letters(units)))
}

/// Texts of exactly so many units, and of one more, made of letters that each unit counts differently.
fn texts(limit: TextLimit) -> Option<(Vec<String>, Vec<String>)> {
    let most = limit.max.number().filter(|most| *most < LONGEST)?;
    let most = usize::try_from(most).ok()?;
    // Bytes, UTF-16 units, code points and graphemes of each.
    let letters =
        [("a", [1, 1, 1, 1]), ("é", [2, 1, 1, 1]), ("😀", [4, 2, 1, 1]), ("e\u{301}", [3, 2, 2, 1])];
    let column = match limit.unit {
        TextUnit::Bytes => 0,
        TextUnit::CodePoints => 2,
        TextUnit::Graphemes => 3,
        TextUnit::Utf16 | TextUnit::Unknown => 1,
    };
    let of = |extra: usize| {
        let made = letters.iter().map(|(letter, sizes)| {
            let whole = most / sizes[column];
            letter.repeat(whole) + &"a".repeat(most - whole * sizes[column] + extra)
        });
        made.collect()
    };
    Some((of(0), of(1)))
}

#[cfg(test)]
mod tests {
    use connector_api::capabilities::text::measure;

    use super::*;

    #[test]
    fn texts_are_as_long_as_their_unit_says() {
        for unit in [TextUnit::Bytes, TextUnit::Utf16, TextUnit::CodePoints, TextUnit::Graphemes] {
            let (good, bad) = texts(TextLimit { max: Limit::At(7), unit }).unwrap();
            assert!(good.iter().all(|text| measure(text, unit) == 7), "{unit:?} {good:?}");
            assert!(bad.iter().all(|text| measure(text, unit) == 8), "{unit:?} {bad:?}");
        }
    }
}
