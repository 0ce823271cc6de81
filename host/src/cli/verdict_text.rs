//! A verdict for people.

use connector_api::{
    Timestamp,
    capabilities::{Part, Permission, Reason, Step, Verdict},
};

const LONGEST_TEXT: usize = 60;

/// The verdict in a few lines.
pub(super) fn lines(verdict: &Verdict) -> Vec<String> {
    match verdict {
        Verdict::Allowed(permission) => {
            let mut lines = vec![format!("allowed: {}", costs(permission))];
            lines.extend(open_points(permission));
            lines
        }
        Verdict::Degraded { plan, losses, permission } => {
            let mut lines = vec![format!("degraded: {}", costs(permission))];
            lines.extend(losses.iter().map(|loss| format!("  loses {}: {}", loss.code, loss.text)));
            lines.extend(
                plan.iter().enumerate().map(|(index, step)| format!("  {}. {}", index + 1, message(step))),
            );
            lines.extend(open_points(permission));
            lines
        }
        Verdict::Denied { reasons } => {
            let mut lines = vec!["denied:".to_owned()];
            lines.extend(reasons.iter().flat_map(reason));
            lines
        }
        _ => vec!["a verdict of a later time".to_owned()],
    }
}

fn costs(permission: &Permission) -> String {
    let mut said = match (permission.costs, permission.left_after) {
        (0, None) => "no reply window applies".to_owned(),
        (costs, Some(left)) => format!("takes {costs} of the reply window's messages, {left} are left then"),
        (costs, None) => format!("takes {costs}, of any number of messages"),
    };
    if let Some(until) = permission.expires_at {
        said.push_str(&format!(", possible until {}", moment(until)));
    }
    said
}

fn open_points(permission: &Permission) -> Vec<String> {
    let mut lines = Vec::new();
    if !permission.needs.is_empty() {
        lines.push(format!(
            "  unless a missing fact speaks against it (see the --…-region options and --live): {}",
            permission.needs.join(", ")
        ));
    }
    lines.extend(permission.warnings.iter().map(|warning| format!("  provided: {warning}")));
    lines
}

fn reason(reason: &Reason) -> Vec<String> {
    let kind = if reason.permanent { "permanent" } else { "for now" };
    let sure = if reason.certain { "" } else { ", not certain" };
    let mut lines = vec![format!("  {} ({kind}{sure}): {}", reason.code, reason.text)];
    if let Some(remedy) = reason.remedy {
        lines.push(format!("    {}", remedy.text()));
    }
    if let Some(at) = reason.retry_at {
        lines.push(format!("    Possible again at {}.", moment(at)));
    }
    if let Some(evidence) = &reason.evidence {
        lines.push(format!("    Says: {} ({})", evidence.source, evidence.as_of));
    }
    lines
}

fn message(step: &Step) -> String {
    let parts: Vec<String> = step.parts.iter().map(part).collect();
    let quote = if step.quotes { " (quoting)" } else { "" };
    format!("{}{quote}", parts.join(" + "))
}

fn part(part: &Part) -> String {
    let text = part.text.as_deref().map(|text| format!(" {:?}", shortened(text))).unwrap_or_default();
    let mime = part.mime.as_deref().map(|mime| format!(" {mime}")).unwrap_or_default();
    let bytes = part.bytes.map(|bytes| format!(" {bytes} bytes")).unwrap_or_default();
    format!("{}{text}{mime}{bytes}", part.kind)
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST_TEXT {
        return text.to_owned();
    }
    let start: String = text.chars().take(LONGEST_TEXT).collect();
    format!("{start}…")
}

fn moment(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.as_millis())
        .map_or_else(|_| at.as_millis().to_string(), |at| format!("{at:.0}"))
}
