//! Whether the platform is as the document claims.

use crate::{
    claims::{also, checks},
    suite::{Check, table},
};

pub(crate) static CHECKS: &[Check] = table![
    "automatic.read-back", 4, "automatic messages are made, changed, ordered, switched and removed, and read back as they were written",
        "people see in a list what customers are sent", "compare automatic_messages with the platform's own words",
        also::automatic_read_back;
    "automatic.as-declared", 4, "each kind of automatic messages has the declared limits at the platform, and no others",
        "people write up to a limit, and see only the buttons that are declared",
        "declare what the platform takes, and what it refuses", checks::automatic;
    "comments.are-answered", 4, "a comment arrives, is answered by one message, and not while that is switched off",
        "the answer is private and cannot be taken back", "compare answer_comment and comment_answers with the platform's own words",
        also::comments_answered;
    "comments.as-declared", 4, "comments are answered where, how often, how soon and after which silence the document says",
        "the host refuses by it, and offers by it", "declare what the platform takes, and what it refuses", checks::comments;
    "choices.as-declared", 4, "the platform takes a question card of exactly the declared sizes, and refuses one that is larger, in each layout",
        "people write up to them", "declare what the platform takes, and what it refuses", checks::choices;
    "rate.as-declared", 4, "as many calls as declared are taken at once, one more is told as throttled, and then again after the declared time",
        "a host that calls more often is locked out, and one that waits longer is slow",
        "declare what the platform grants, and answer Throttled", checks::rate;
    "statuses.as-declared", 4, "each status has its signal, or is declared as not available",
        "people wait for a mark that never comes", "declare the statuses that the platform tells", checks::statuses;
    "entry-points.as-declared", 4, "links are made as declared, with a text where one can be prefilled",
        "customers begin there", "compare entry_points with the document", checks::entry;
    "facts.as-declared", 4, "each probe answers every claim that the document gives it, and a customer keeps one id where the document says so",
        "verdicts and conversations depend on it", "answer every claim of a probe, and use ids that stay", checks::facts;
    "arrivals.as-declared", 4, "customers are told to come in each way that the document names",
        "the inbox says how a conversation began", "add how they come to \"platform.arrivals\", or take the way out", checks::arrivals;
    "uploads.as-declared", 4, "an upload can be sent as long as declared, and no longer",
        "the host uploads again when it is over", "declare what the platform keeps", checks::uploads;
    "history.as-declared", 4, "the platform shows as much of the past as declared, and no more",
        "the host reads back by it", "declare what the platform shows", checks::history;
    "platform.no-rule-broken", 4, "no request broke a rule of the platform", "platforms block applications that do",
        "the judge names the request and the rule", super::platform::no_rule_broken;
];
