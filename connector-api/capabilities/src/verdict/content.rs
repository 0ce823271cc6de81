//! Whether one part can be sent as it is.

use super::case::Case;
use crate::{
    Part, Reason, ReasonCode,
    document::{
        ChoiceLimit, ContentRule, Direction, Limit, MediaLimit, MediaSource, RegionFeature, Support,
        TextLimit,
    },
    layers::outbound,
    text::measure,
};

/// What sending a part as it is leaves open.
#[derive(Debug, Clone, Default)]
pub(super) struct Fit {
    pub(super) needs: Vec<String>,
    pub(super) warnings: Vec<String>,
}

/// What one part is held against, and what was found.
struct Examination<'a, 'b> {
    case: &'a Case<'b>,
    part: &'a Part,
    rule: String,
    declared: Option<&'a ContentRule>,
    fit: Fit,
    reasons: Vec<Reason>,
}

impl Case<'_> {
    /// Whether `part` can be sent as it is.
    ///
    /// # Errors
    /// Every reason against it.
    pub(super) fn fits(&self, part: &Part) -> Result<Fit, Vec<Reason>> {
        let declared = self.effective.document.content_rule(Direction::Outbound, &part.kind);
        let rule = outbound(&part.kind);
        let mut examination =
            Examination { case: self, part, rule, declared, fit: Fit::default(), reasons: Vec::new() };
        examination.support();
        examination.lengths();
        examination.medium();
        examination.choices();
        if examination.reasons.is_empty() { Ok(examination.fit) } else { Err(examination.reasons) }
    }
}

impl Examination<'_, '_> {
    fn deny(&mut self, code: ReasonCode, text: String) -> &mut Reason {
        let evidence = self.declared.and_then(|rule| rule.evidence.as_ref());
        let index = self.reasons.len();
        self.reasons.push(self.case.against(code, text, &self.rule, evidence));
        &mut self.reasons[index]
    }

    fn too_much(&mut self, code: ReasonCode, text: String, amount: (&str, u64), most: u64) {
        let reason = self.deny(code, text);
        *reason = reason.clone().with(amount.0, amount.1).with("max", most);
    }

    fn need(&mut self, detail: &str) {
        self.fit.needs.push(format!("{}.{detail}", self.rule));
    }

    fn support(&mut self) {
        let (name, kind) = (self.case.name().to_owned(), self.part.kind.clone());
        match self.declared {
            Some(rule) if rule.support == Support::Native && rule.opt_in => {
                let text = format!(
                    "Sending content of kind {kind} is off for this account; turn on {} to send it.",
                    self.rule
                );
                self.deny(ReasonCode::CONTENT_OPT_IN_OFF, text);
            }
            Some(rule) if rule.support == Support::Native => {
                self.fit.warnings.extend(rule.conditions.iter().cloned());
            }
            _ => {
                let declared = self.declared.is_some_and(|rule| rule.support != Support::Unknown);
                let text = format!("{name} does not send content of kind {kind}.");
                let reason = self.deny(ReasonCode::CONTENT_KIND_UNSUPPORTED, text);
                reason.certain = declared;
                *reason = reason.clone().with("kind", kind.as_str());
            }
        }
    }

    fn lengths(&mut self) {
        let limits = self.declared.map(|rule| &rule.limits);
        if self.part.is_medium() {
            return self.caption(limits.and_then(|limits| limits.caption));
        }
        if self.part.kind != "text" {
            return;
        }
        let Some(text) = &self.part.text else { return self.need("length") };
        if text.trim().is_empty() {
            self.deny(ReasonCode::CONTENT_TEXT_EMPTY, "The text is empty.".to_owned());
        }
        match limits.and_then(|limits| limits.text) {
            Some(limit) => self.length("text", limit),
            None => self.need("text"),
        }
    }

    fn caption(&mut self, limit: Option<TextLimit>) {
        if self.part.text.as_ref().is_none_or(|text| text.is_empty()) {
            return;
        }
        match limit {
            Some(limit) => self.length("caption", limit),
            None => {
                let text = format!(
                    "{} takes no text together with content of kind {}.",
                    self.case.name(),
                    self.part.kind
                );
                self.deny(ReasonCode::CONTENT_CAPTION_UNSUPPORTED, text);
            }
        }
    }

    fn length(&mut self, what: &str, limit: TextLimit) {
        let length = measure(self.part.text.as_deref().unwrap_or_default(), limit.unit);
        let Some(most) = limit.max.number() else {
            if limit.max.is_unknown() {
                self.need(what);
            }
            return;
        };
        if length > most {
            let text =
                format!("The {what} has {length} {}; at most {most} are allowed.", limit.unit.plural());
            self.too_much(ReasonCode::CONTENT_TEXT_TOO_LONG, text, ("length", length), most);
        }
    }

    fn medium(&mut self) {
        if !self.part.is_medium() {
            return;
        }
        match self.declared.and_then(|rule| rule.limits.media.as_ref()) {
            Some(limit) => {
                self.mime(limit);
                self.size(limit);
                if limit.source == MediaSource::PublicUrl && self.part.url.is_none() {
                    self.need("url");
                }
            }
            None => self.need("limits"),
        }
        let regions = self.case.region_findings(RegionFeature::Media);
        self.reasons.extend(regions.reasons);
        self.fit.needs.extend(regions.needs);
    }

    fn mime(&mut self, limit: &MediaLimit) {
        let Some(mime) = self.part.mime.clone() else { return self.need("media_type") };
        if limit.mimes.is_empty() {
            return self.need("mimes");
        }
        if !limit.mimes.iter().any(|pattern| matches(pattern, &mime)) {
            let allowed = limit.mimes.join(", ");
            let text = format!("Files of type {mime} are not taken; allowed are {allowed}.");
            let reason = self.deny(ReasonCode::CONTENT_MIME_UNSUPPORTED, text);
            *reason = reason.clone().with("mime", mime.as_str()).with("allowed", allowed.as_str());
        }
    }

    fn size(&mut self, limit: &MediaLimit) {
        if limit.max_bytes.is_unknown() {
            self.need("max_bytes");
        }
        let Some(bytes) = self.part.bytes else { return self.need("size") };
        if let Some(most) = limit.max_bytes.number().filter(|most| bytes > *most) {
            let text = format!("The file has {bytes} bytes; at most {most} are allowed.");
            self.too_much(ReasonCode::CONTENT_MEDIA_TOO_LARGE, text, ("bytes", bytes), most);
        }
    }

    fn choices(&mut self) {
        let Some(limit) = self.declared.and_then(|rule| rule.limits.choices.as_ref()) else { return };
        self.layout(limit);
        let count = self.part.choices.len() as u64;
        if let Some(fewest) = limit.min.map(u64::from).filter(|fewest| count < *fewest) {
            let text = format!("choices: {count}, where at least {fewest} are needed.");
            let reason = self.deny(ReasonCode::CONTENT_CHOICES_TOO_FEW, text);
            *reason = reason.clone().with("choices", count).with("min", fewest);
        }
        for (what, amount, most) in amounts(self.part, limit) {
            if most.is_unknown() {
                self.need(what);
            } else if let Some(most) = most.number().filter(|most| amount > *most) {
                let text = format!("{what}: {amount}, where at most {most} are allowed.");
                self.too_much(ReasonCode::CONTENT_CHOICES_TOO_MANY, text, (what, amount), most);
            }
        }
    }

    fn layout(&mut self, limit: &ChoiceLimit) {
        let Some(layout) = self.part.layout.clone() else { return };
        if !limit.layouts.is_empty() && limit.layouts.iter().all(|known| known.layout != layout) {
            let known: Vec<&str> = limit.layouts.iter().map(|known| known.layout.as_str()).collect();
            let known = known.join(", ");
            let text = format!("The choices cannot be laid out as {layout}; there are {known}.");
            let reason = self.deny(ReasonCode::CONTENT_LAYOUT_UNSUPPORTED, text);
            *reason = reason.clone().with("layout", &*layout).with("allowed", &*known);
        }
    }
}

fn amounts(part: &Part, limit: &ChoiceLimit) -> Vec<(&'static str, u64, Limit)> {
    let longest = |texts: &[String]| texts.iter().map(|text| measure(text, limit.unit)).max();
    let title = measure(part.text.as_deref().unwrap_or_default(), limit.unit);
    let layout = limit.layouts.iter().find(|known| part.layout.as_ref() == Some(&known.layout));
    let label_max = layout.map_or(limit.label_max, |layout| layout.label_max);
    let mut amounts = vec![
        ("choices", part.choices.len() as u64, limit.max),
        ("title_length", title, limit.title_max),
        ("label_length", longest(&part.choices).unwrap_or_default(), label_max),
    ];
    amounts.extend(longest(&part.choice_ids).map(|longest| ("id_length", longest, limit.id_max)));
    amounts
}

/// Whether a media type belongs to a pattern: exact, without its parameters, `type/*`, `*/*`.
fn matches(pattern: &str, mime: &str) -> bool {
    let (mime, pattern) = (mime.to_ascii_lowercase(), pattern.to_ascii_lowercase());
    let essence = mime.split(';').next().unwrap_or_default().trim();
    let whole = pattern.strip_suffix("/*").filter(|whole| !whole.contains('*'));
    pattern == mime
        || pattern == essence
        || pattern == "*/*"
        || whole.is_some_and(|whole| essence.split('/').next() == Some(whole))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_media_type_belongs_to_a_pattern_exactly_without_parameters_or_by_its_first_half() {
        let table = [
            ("image/png", "image/png", true),
            ("image/png", "IMAGE/PNG", true),
            ("audio/ogg", "audio/ogg; codecs=opus", true),
            ("audio/ogg; codecs=opus", "audio/ogg; codecs=opus", true),
            ("audio/ogg; codecs=opus", "audio/ogg", false),
            ("image/*", "image/gif", true),
            ("image/*", "imagery/gif", false),
            ("*/*", "application/pdf", true),
            ("image/png", "image/pngx", false),
        ];
        for (pattern, mime, expected) in table {
            assert_eq!(matches(pattern, mime), expected, "{pattern} {mime}");
        }
    }
}
