//! The limits of answer cards (protocol reference, section 4.1).

use serde_json::Value;

use super::Refusal;
use crate::settings::TextUnit;

const MAX_TITLE: usize = 40;
const MAX_ID: usize = 40;

/// Checks the `template` member of a send.
pub(crate) fn check(template: &Value, unit: TextUnit) -> Result<(), Refusal> {
    let max_label = match template["type"].as_str() {
        Some("QA_BUTTON_CARD") => 20,
        Some("QA_LINK_CARD") => 40,
        Some(_) => return Err(Refusal::param("template.type")),
        None => return Err(Refusal::missing("template.type")),
    };
    text(&template["title"], "template.title", MAX_TITLE, unit)?;
    let buttons = template["buttons"].as_array().ok_or_else(|| Refusal::missing("template.buttons"))?;
    if !(1..=3).contains(&buttons.len()) {
        return Err(Refusal::param("template.buttons"));
    }
    for button in buttons {
        if button["type"] != "REPLY" {
            return Err(Refusal::param("template.buttons.type"));
        }
        text(&button["title"], "template.buttons.title", max_label, unit)?;
        if !button["id"].is_null() {
            text(&button["id"], "template.buttons.id", MAX_ID, unit)?;
        }
    }
    Ok(())
}

fn text(value: &Value, name: &str, max: usize, unit: TextUnit) -> Result<(), Refusal> {
    match value.as_str() {
        None | Some("") => Err(Refusal::missing(name)),
        Some(text) if unit.length(text) > max => Err(Refusal::param(name)),
        Some(_) => Ok(()),
    }
}
