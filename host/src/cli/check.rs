//! `jackfield check`.

use std::{
    io::Read as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result, bail};
use clap::{ArgGroup, Args, ValueEnum};
use connector_api::{
    Timestamp,
    capabilities::{
        AccountLayer, Action, Context, ConversationLayer, Draft, Effective, LiveAnswer, Part, Policy, Region,
        Target, Verdict, WindowLedger, check,
    },
};
use jackfield::clock::Clock;
use jiff::SignedDuration;

use super::{
    connectors::Folder,
    documents::{Found, find},
    say, verdict_text,
};

/// The bytes at the beginning of a file that tell its type.
const HEAD_BYTES: u64 = 8192;
const DEGRADED: u8 = 10;
const DENIED: u8 = 20;

/// Reads the document in the file; neither runs the library nor needs a configuration or a running host.
///
/// Exit code 0 allowed, 10 degraded, 20 denied, 2 where the question cannot be answered.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, group = ArgGroup::new("what").required(true).multiple(true))]
pub(super) struct Options {
    /// A library, a capabilities.json, or the id of a connector in the folder.
    #[arg(value_name = "FILE|ID")]
    connector: String,
    #[command(flatten)]
    folder: Folder,
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    situation: Situation,
    /// As asked for or not at all: no splitting, no conversion.
    #[arg(long)]
    exact: bool,
    /// Let a missing fact deny.
    #[arg(long)]
    deny_unknown: bool,
    /// Print the verdict as JSON.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "Several of --text, --image … ask for one message with all of them.

The answer is about the channel. Unless --exact is given it may be another way to say the same (degraded): the plan then
lists the messages to send. The host's API sends what it is given or refuses, unless the message's `policy` permits more.

Exit codes: 0 allowed, 10 degraded, 20 denied, 2 the question cannot be answered.

Examples:
  jackfield check echo --dir connectors --text \"Hello\" --since-inbound 47h59m --sent 9
  jackfield check connectors/libecho_connector.so --text \"Look!\" --image photo.jpg --since-inbound 2h
  jackfield check echo --text \"Yes?\" --button Yes --button No --since-inbound 5m --exact
  jackfield check echo --image photo.png --account-region BR --peer-region DE --since-inbound 1h
  jackfield check echo --do start --json";

#[derive(Debug, Args)]
struct What {
    /// A text. With --button or --quick-reply: what stands above them.
    #[arg(long, group = "what")]
    text: Option<String>,
    /// An image; its type is found in its bytes.
    #[arg(long, value_name = "FILE", group = "what")]
    image: Vec<PathBuf>,
    /// A video.
    #[arg(long, value_name = "FILE", group = "what")]
    video: Vec<PathBuf>,
    /// A voice message.
    #[arg(long, value_name = "FILE", group = "what")]
    voice: Vec<PathBuf>,
    /// A file of another kind.
    #[arg(long, value_name = "FILE", group = "what")]
    file: Vec<PathBuf>,
    /// Where everybody can get the medium; it can become a link then.
    #[arg(long)]
    url: Option<String>,
    /// Content of which only the kind is known: post_share, sticker, …
    #[arg(long, value_name = "KIND", group = "what")]
    kind: Vec<String>,
    /// A button below the text; once for each.
    #[arg(long, value_name = "LABEL", group = "what")]
    button: Vec<String>,
    /// A quick reply below the text; once for each.
    #[arg(long, value_name = "LABEL", group = "what", conflicts_with = "button")]
    quick_reply: Vec<String>,
    /// Quote a message whose content is of this kind.
    #[arg(long, value_name = "KIND")]
    reply_to: Option<String>,
    /// Another action than sending.
    #[arg(long = "do", value_name = "ACTION", group = "what")]
    action: Option<Other>,
    /// The kind of content of the message that ACTION is applied to.
    #[arg(long, value_name = "KIND", requires = "action")]
    target: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Other {
    /// Write first to somebody who has not written.
    Start,
    /// Send one text to many.
    Broadcast,
    React,
    Edit,
    Delete,
    Typing,
    MarkRead,
}

#[derive(Debug, Args)]
struct Situation {
    /// Where the business account is registered, such as BR.
    #[arg(long, value_name = "REGION")]
    account_region: Option<Region>,
    /// Where the customer is.
    #[arg(long, value_name = "REGION")]
    peer_region: Option<Region>,
    /// Where the organisation that runs the host is registered.
    #[arg(long, value_name = "REGION")]
    organisation_region: Option<Region>,
    /// How long ago the customer wrote, such as 47h59m. Left out: the customer never wrote.
    #[arg(long, value_name = "DURATION", value_parser = ago)]
    since_inbound: Option<SignedDuration>,
    /// Messages sent since then, before the window closed.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "since_inbound")]
    sent: u32,
    /// Messages sent after it closed.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "since_inbound")]
    sent_after_close: u32,
    /// The customer had written before, too.
    #[arg(long, requires = "since_inbound")]
    wrote_again: bool,
    /// The window profile that the account plans by.
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
    /// A rule with an opt-in that the account turned on, such as outbound.post_share.
    #[arg(long, value_name = "RULE")]
    opt_in: Vec<String>,
    /// What the platform answered to a probe, such as region.media=false.
    #[arg(long, value_name = "CLAIM=BOOL", value_parser = answer)]
    live: Vec<(String, bool)>,
}

impl Options {
    pub(super) fn run(self) -> Result<ExitCode> {
        match self.verdict() {
            Ok(verdict) => self.say(&verdict),
            Err(error) => super::cannot_say(&error),
        }
    }

    fn verdict(&self) -> Result<Verdict> {
        let found = find(&self.connector, &self.folder)?;
        let now = Clock::system().now();
        let context = self.situation.context(&found, now)?;
        let policy = if self.exact { Policy::EXACT } else { Policy::LENIENT };
        let policy = Policy { deny_unknown: self.deny_unknown, ..policy };
        let of = |action| check(&found.document, &context, action, &policy);
        let Some(other) = self.what.action else { return Ok(of(Action::Send(&self.what.draft()?))) };
        let operation = match other {
            Other::Start => return Ok(of(Action::StartConversation)),
            Other::Broadcast => return Ok(of(Action::Broadcast)),
            Other::React => "react",
            Other::Edit => "edit",
            Other::Delete => "delete",
            Other::Typing => "typing",
            Other::MarkRead => "mark_read",
        };
        let target = self.what.target.clone().map(|kind| Target { kind: Some(kind), sent_at: Some(now) });
        let kind = self.what.text.as_ref().map(|_| "text");
        Ok(of(Action::Operate { operation, target: target.as_ref(), kind }))
    }

    fn say(&self, verdict: &Verdict) -> Result<ExitCode> {
        if self.json {
            say(format_args!("{:#}", serde_json::to_value(verdict)?))?;
        } else {
            say(verdict_text::lines(verdict).join("\n"))?;
        }
        Ok(match verdict {
            Verdict::Allowed(_) => ExitCode::SUCCESS,
            Verdict::Degraded { .. } => ExitCode::from(DEGRADED),
            _ => ExitCode::from(DENIED),
        })
    }
}

impl What {
    fn draft(&self) -> Result<Draft> {
        let mut draft = Draft::default();
        let choices = if self.button.is_empty() { &self.quick_reply } else { &self.button };
        if !choices.is_empty() {
            let kind = if self.button.is_empty() { "quick_replies" } else { "buttons" };
            draft = draft.and(Part::choices(kind, self.text.clone().unwrap_or_default(), choices));
        } else if let Some(text) = &self.text {
            draft = draft.and(Part::text(text));
        }
        let media =
            [("image", &self.image), ("video", &self.video), ("voice", &self.voice), ("file", &self.file)];
        for (kind, files) in media {
            for file in files {
                draft = draft.and(self.linked(medium(kind, file)?));
            }
        }
        for kind in &self.kind {
            draft = draft.and(self.linked(Part::of_kind(kind)));
        }
        if let Some(kind) = &self.reply_to {
            draft = draft.quoting(Target { kind: Some(kind.clone()), sent_at: None });
        }
        Ok(draft)
    }

    fn linked(&self, part: Part) -> Part {
        match &self.url {
            Some(url) => part.with_url(url),
            None => part,
        }
    }
}

fn medium(kind: &str, file: &Path) -> Result<Part> {
    let unreadable = || format!("reading {}", file.display());
    let metadata = std::fs::metadata(file).with_context(unreadable)?;
    if !metadata.is_file() {
        bail!("{} is no file", file.display());
    }
    let mut head = Vec::new();
    std::fs::File::open(file).with_context(unreadable)?.take(HEAD_BYTES).read_to_end(&mut head)?;
    let mime = infer::get(&head).map_or("application/octet-stream", |found| found.mime_type());
    Ok(Part::medium(kind, mime, metadata.len()))
}

impl Situation {
    fn context(&self, found: &Found, now: Timestamp) -> Result<Context> {
        let account = AccountLayer {
            region: self.account_region,
            opt_ins: self.opt_in.iter().cloned().collect(),
            window_profile: self.profile.clone(),
            ..AccountLayer::default()
        };
        let declared =
            |name: &String| found.document.windows.iter().any(|w| w.profile.as_ref() == Some(name));
        let rules = found.document.opt_ins();
        if let Some(name) = self.opt_in.iter().find(|name| !rules.contains(name)) {
            let known = if rules.is_empty() { "none".to_owned() } else { rules.join(", ") };
            bail!("the document declares no opt-in {name}; it declares: {known}");
        }
        let claims: Vec<&String> = found.document.probes.iter().flat_map(|probe| &probe.answers).collect();
        if let Some((claim, _)) = self.live.iter().find(|(claim, _)| !claims.contains(&claim)) {
            bail!("no probe of the document answers {claim}");
        }
        if let Some(name) = self.profile.as_ref().filter(|name| !declared(name)) {
            bail!("the document declares no window profile {name}");
        }
        let conversation =
            ConversationLayer { peer_region: self.peer_region, ..ConversationLayer::default() };
        let ledger = self.ledger(&Effective::of(&found.document, &account, &conversation), now);
        let context = Context::new(now, ledger)
            .with_organisation_region(self.organisation_region)
            .with_account(account)
            .with_conversation(conversation);
        Ok(self.live.iter().fold(context, |context, (claim, available)| {
            context.with_live(LiveAnswer { claim: claim.clone(), available: *available, observed_at: now })
        }))
    }

    fn ledger(&self, effective: &Effective<'_>, now: Timestamp) -> WindowLedger {
        let Some(since) = self.since_inbound else { return WindowLedger::default() };
        let millis = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        let inbound = Timestamp::from_millis(now.as_millis().saturating_sub(millis));
        let ledger =
            WindowLedger { wrote_again: self.wrote_again, ..WindowLedger::default().inbound(inbound) };
        match effective.window() {
            Some(window) => WindowLedger {
                used_after_close: self.sent_after_close,
                total: self.sent.saturating_add(self.sent_after_close),
                ..ledger.taken(window, self.sent, inbound)
            },
            None => ledger,
        }
    }
}

fn ago(text: &str) -> Result<SignedDuration, String> {
    match text.parse::<SignedDuration>() {
        Ok(duration) if duration.is_negative() => Err("the customer cannot write in the future".to_owned()),
        Ok(duration) => Ok(duration),
        Err(_) => Err("write a duration with its unit, such as 47h59m".to_owned()),
    }
}

fn answer(text: &str) -> Result<(String, bool), String> {
    let (claim, available) = text.split_once('=').ok_or("write CLAIM=true or CLAIM=false")?;
    let available = available.parse().map_err(|_| "write true or false behind the =")?;
    Ok((claim.to_owned(), available))
}
