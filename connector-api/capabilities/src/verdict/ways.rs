//! The ways to send a draft, the best first, by the declared ladders.

use super::{Loss, case::Case, content::Fit};
use crate::{
    Part, Reason, ReasonCode,
    document::{ContentRule, Direction, Limit},
    text,
};

/// So many ways to send a draft are looked at.
const MOST_CANDIDATES: usize = 64;
/// A text that comes apart into more pieces is too long.
const MOST_PIECES: usize = 100;
const SPLIT: &str = "split";
const LINK: &str = "link";

/// One way to send: messages, each of one or more parts.
#[derive(Debug, Clone, Default)]
pub(super) struct Way {
    pub(super) messages: Vec<Vec<Part>>,
    pub(super) losses: Vec<Loss>,
    pub(super) loses: bool,
    pub(super) splits: bool,
    pub(super) fit: Fit,
}

impl Case<'_> {
    pub(super) fn ways_of_one(&self, part: &Part) -> (Vec<Way>, Vec<Reason>) {
        match self.fits(part) {
            Ok(fit) => (vec![Way::exact(vec![part.clone()], fit)], Vec::new()),
            Err(reasons) => {
                let captioned = part.is_medium() && part.text.as_ref().is_some_and(|text| !text.is_empty());
                let caption = ReasonCode::CONTENT_CAPTION_UNSUPPORTED;
                let ways = if captioned && reasons.iter().any(|reason| reason.code == caption) {
                    self.ways_apart(&uncaptioned(part))
                } else {
                    self.ways_down(part)
                };
                (ways, reasons)
            }
        }
    }

    /// The ladder of one part that cannot be sent as it is.
    fn ways_down(&self, part: &Part) -> Vec<Way> {
        let rule = self.effective.document.content_rule(Direction::Outbound, &part.kind);
        if part.kind == "text" {
            return self.in_pieces(part, rule).into_iter().collect();
        }
        ladder(rule).iter().flat_map(|rung| self.rung(part, rung)).collect()
    }

    fn rung(&self, part: &Part, rung: &str) -> Vec<Way> {
        let (instead, loss) = match rung {
            LINK => match &part.url {
                Some(url) => {
                    let lines = part.text.iter().cloned().chain([url.clone()]);
                    let text = lines.collect::<Vec<_>>().join("\n");
                    (Part::text(text), loss("medium_as_link", "The file becomes a link in a text."))
                }
                None => return Vec::new(),
            },
            "text" if !part.choices.is_empty() => {
                let text = text::numbered(part.text.as_deref().unwrap_or_default(), &part.choices);
                (Part::text(text), loss("choices_as_text", "The choices become a numbered list in a text."))
            }
            "text" if part.is_medium() => return Vec::new(),
            kind if kind == part.kind => return Vec::new(),
            kind => {
                let text = format!("The content of kind {} becomes one of kind {kind}.", part.kind);
                (Part { kind: kind.to_owned(), ..part.clone() }, loss("converted", &text))
            }
        };
        let ways = match self.fits(&instead) {
            Ok(fit) => vec![Way::exact(vec![instead], fit)],
            Err(_) if instead.kind == "text" => self.ways_down(&instead),
            Err(_) => Vec::new(),
        };
        ways.into_iter().map(|way| way.losing(loss.clone())).collect()
    }

    /// A text that is too long, as several messages.
    fn in_pieces(&self, part: &Part, rule: Option<&ContentRule>) -> Option<Way> {
        let limit = rule.and_then(|rule| rule.limits.text)?;
        let pieces = text::split(part.text.as_deref()?, limit)?;
        if !(2..=MOST_PIECES).contains(&pieces.len()) {
            return None;
        }
        let mut way = Way { splits: true, ..Way::default() };
        for piece in pieces {
            let piece = Part { text: Some(piece), ..Part::of_kind(&part.kind) };
            way.fit = self.fits(&piece).ok()?;
            way.messages.push(vec![piece]);
        }
        let text = format!("The text is sent in {} messages.", way.messages.len());
        way.losses.push(loss("split", &text));
        Some(way)
    }

    pub(super) fn ways_of_several(&self, parts: &[Part]) -> (Vec<Way>, Vec<Reason>) {
        let mut reasons: Vec<Reason> =
            parts.iter().filter_map(|part| self.fits(part).err()).flatten().collect();
        if self.stand_together(parts) {
            if reasons.is_empty() {
                let fits = parts.iter().filter_map(|part| self.fits(part).ok());
                let fit = fits.fold(Fit::default(), Fit::and);
                return (vec![Way::exact(parts.to_vec(), fit)], reasons);
            }
        } else {
            let kinds: Vec<&str> = parts.iter().map(|part| part.kind.as_str()).collect();
            let text = format!("{} does not take {} in one message.", self.name(), kinds.join(" and "));
            let evidence = self.effective.document.composition.evidence.as_ref();
            let code = ReasonCode::CONTENT_COMBINATION_UNSUPPORTED;
            let reason = self.against(code, text, "composition", evidence);
            reasons.push(reason.with("kinds", &*kinds.join(", ")));
        }
        (self.ways_apart(parts), reasons)
    }

    fn stand_together(&self, parts: &[Part]) -> bool {
        let composition = &self.effective.document.composition;
        let mut kinds: Vec<&str> = parts.iter().map(|part| part.kind.as_str()).collect();
        kinds.sort_unstable();
        let allowed = composition.allowed_sets.iter().any(|set| {
            let mut set: Vec<&str> = set.iter().map(String::as_str).collect();
            set.sort_unstable();
            set == kinds
        });
        let count = parts.len() as u64;
        let crowded = parts.iter().any(|part| {
            let media = self.effective.document.content_rule(Direction::Outbound, &part.kind);
            let most = media.and_then(|rule| rule.limits.media.as_ref()).map(|limit| limit.per_message);
            let same = parts.iter().filter(|other| other.kind == part.kind).count() as u64;
            most.is_some_and(|most| most.forbids(same))
        });
        let enough = match composition.max_parts_per_message {
            Limit::At(most) => count <= most,
            Limit::Unbounded => true,
            Limit::Unknown => false,
        };
        allowed && enough && !crowded
    }

    /// The ladder of parts that may not stand in one message.
    fn ways_apart(&self, parts: &[Part]) -> Vec<Way> {
        let ladder = &self.effective.document.composition.ladder;
        if ladder.is_empty() {
            return self.one_by_one(parts);
        }
        ladder
            .iter()
            .flat_map(|rung| match rung.as_str() {
                SPLIT => self.one_by_one(parts),
                LINK => self.linked(parts),
                _ => Vec::new(),
            })
            .collect()
    }

    fn one_by_one(&self, parts: &[Part]) -> Vec<Way> {
        let order = &self.effective.document.composition.split_order;
        let mut parts: Vec<&Part> = parts.iter().collect();
        parts.sort_by_key(|part| order.iter().position(|kind| *kind == part.kind).unwrap_or(order.len()));
        let start = Way {
            splits: true,
            losses: vec![loss("split", "Each part is a message of its own.")],
            ..Way::default()
        };
        parts.into_iter().fold(vec![start], |ways, part| {
            let (next, _) = self.ways_of_one(part);
            let joined = ways.iter().flat_map(|way| next.iter().map(|next| way.clone().then(next)));
            joined.take(MOST_CANDIDATES).collect()
        })
    }

    /// All in one text, with the URL of each medium.
    fn linked(&self, parts: &[Part]) -> Vec<Way> {
        let mut lines = Vec::new();
        for part in parts {
            match (part.kind.as_str(), part.is_medium(), &part.url) {
                ("text", ..) => lines.extend(part.text.clone()),
                (_, true, Some(url)) => lines.extend(part.text.iter().chain([url]).cloned()),
                _ => return Vec::new(),
            }
        }
        let (ways, _) = self.ways_of_one(&Part::text(lines.join("\n")));
        let loss = loss("medium_as_link", "The file becomes a link in the text.");
        ways.into_iter().map(|way| way.losing(loss.clone())).collect()
    }
}

impl Way {
    fn exact(parts: Vec<Part>, fit: Fit) -> Self {
        Self { messages: vec![parts], fit, ..Self::default() }
    }

    fn losing(mut self, loss: Loss) -> Self {
        self.loses = true;
        self.losses.insert(0, loss);
        self
    }

    fn then(mut self, next: &Self) -> Self {
        self.messages.extend(next.messages.iter().cloned());
        self.losses.extend(next.losses.iter().cloned());
        self.loses |= next.loses;
        self.splits |= next.splits;
        self.fit = self.fit.and(next.fit.clone());
        self
    }
}

impl Fit {
    fn and(mut self, other: Self) -> Self {
        self.needs.extend(other.needs);
        self.warnings.extend(other.warnings);
        self
    }
}

pub(super) fn loss(code: &str, text: &str) -> Loss {
    Loss { code: code.to_owned(), text: text.to_owned() }
}

fn ladder(rule: Option<&ContentRule>) -> Vec<String> {
    rule.map_or_else(Vec::new, |rule| {
        if rule.ladder.is_empty() { rule.becomes.iter().cloned().collect() } else { rule.ladder.clone() }
    })
}

/// A medium and its caption, each for itself.
fn uncaptioned(part: &Part) -> [Part; 2] {
    let caption = Part::text(part.text.clone().unwrap_or_default());
    [caption, Part { text: None, ..part.clone() }]
}
