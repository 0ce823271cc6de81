//! Text from outside, made fit for one line of a log or a terminal.

/// Without what begins a line, moves the cursor or turns the text around: whoever wrote it could pass for somebody else.
#[must_use]
pub fn printable(text: &str) -> String {
    let escaped = |c: char| if disguises(c) { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escaped).collect()
}

/// Whether a character is not seen but changes how others are seen.
pub(crate) fn disguises(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// At most `max` bytes of a text, and a mark where there was more.
pub(crate) fn cut(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    format!("{}…", text.get(..text.floor_char_boundary(max)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_disguises_is_shown_and_the_rest_stays() {
        assert_eq!(printable("ana\nok \u{1b}[2K\u{7f}\u{85}"), "ana\\nok \\u{1b}[2K\\u{7f}\\u{85}");
        assert_eq!(printable("\u{202e}tac\u{2066}"), "\\u{202e}tac\\u{2066}");
        assert_eq!(printable("Übergröße 猫 …"), "Übergröße 猫 …");
    }

    #[test]
    fn a_cut_is_marked_and_never_inside_a_character() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("aä", 2), "a…");
        assert_eq!(cut("猫猫", 3), "猫…");
    }
}
