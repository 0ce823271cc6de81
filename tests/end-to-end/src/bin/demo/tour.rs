//! What there is to try in the demo: lines for a shell, which `--check` types as they are printed.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use end_to_end::{HostProcess, SimulatorProcess, artifact, eventually};
use serde_json::Value;

/// Lines to type begin with it.
const INDENT: &str = "  ";
/// What would never end.
const ENDLESS: &str = "curl -sN";

/// Where the lines lead.
pub(super) struct Tour<'a> {
    host: &'a HostProcess,
    simulator: &'a SimulatorProcess,
    account: String,
    conversation: String,
}

impl<'a> Tour<'a> {
    /// Begins where an account is connected and a customer has written.
    ///
    /// # Errors
    /// Where that does not arrive.
    pub(super) async fn begin(host: &'a HostProcess, simulator: &'a SimulatorProcess) -> Result<Self> {
        let account = first(host, "/v1/accounts", "the account").await?;
        let conversation = first(host, "/v1/conversations", "the conversation").await?;
        Ok(Self { host, simulator, account, conversation })
    }

    /// What people are shown.
    ///
    /// # Errors
    /// Where the simulator does not say where it is.
    pub(super) fn text(&self) -> Result<String> {
        let (api, sim) = (self.host.api().base(), self.simulator.ready("listening")?);
        let folder = self.host.folder().display();
        Ok(format!(
            "
The host:           {api}
Its routes:         {api}/v1/openapi.json
Its folder:         {folder}   (database, connectors, media; goes with the demo)
Its configuration:  {folder}/jackfield.toml
The simulator:      {sim}   (open it: a page on which you write as the customer)

A business account is connected, and the customer ana has written. Type these:

  export KEY={key}
  export CONVERSATION={conversation} ACCOUNT={account}
  ask() {{ curl -s -H \"Authorization: Bearer $KEY\" -H 'Content-Type: application/json' \"$@\"; echo; }}
  ask {api}/v1/conversations
  ask {api}/v1/conversations/$CONVERSATION/messages

Watch what happens, in another terminal:

  curl -sN '{api}/v1/events?after=0' -H 'Authorization: Bearer {key}'

Answer, and see the status go from queued to delivered:

  ask {api}/v1/conversations/$CONVERSATION/messages -d '{{\"content\": {{\"kind\": \"text\", \"text\": \"Sim, temos!\"}}}}'

Be the customer, who writes and reads:

  ask {sim}/control/customer/says -d '{{\"customer\": \"ana\", \"text\": \"oi\"}}'
  ask {sim}/control/customer/reads -d '{{\"customer\": \"ana\"}}'

Be refused: 6,001 characters are one too many, and nothing is sent. A check says so before you try:

  ask {api}/v1/conversations/$CONVERSATION/messages -d '{{\"content\": {{\"kind\": \"text\", \"text\": \"'$(printf %06001d 0)'\"}}}}'
  ask {api}/v1/check -d '{{\"checks\": [{{\"conversation\": \"'$CONVERSATION'\", \"action\": {{\"do\": \"send\", \"draft\": {{\"parts\": [{{\"kind\": \"video\"}}]}}}}}}]}}'

Ask the host how it is, here or in another terminal; `accounts`, `keys` and the other commands work likewise. The secrets are the
simulator's, made up like everything else:

  export {exports}
  {jackfield} doctor --live --config {folder}/jackfield.toml

Answer a comment in private. Accounts may in Thailand, Indonesia and Vietnam only (this one is moved to TH at the simulator); the host
has to know where the account is, the account has to opt in, and the platform's own switch has to be on. Then it is sent, once:

  ask {sim}/control/account -d '{{\"country\": \"TH\"}}'
  ask -X PUT {api}/v1/accounts/$ACCOUNT/layer -d '{{\"region\": \"TH\", \"opt_ins\": [\"initiation.business.comment\"]}}'
  ask -X PUT {api}/v1/accounts/$ACCOUNT/comment-answers -d '{{\"enabled\": true}}'
  ask {sim}/control/customer/comments -d '{{\"customer\": \"bia\", \"text\": \"quanto custa?\"}}'
  until ask {api}/v1/accounts/$ACCOUNT/comments | grep '\"answerable\":true'; do sleep 1; done
  COMMENT=$(ask {api}/v1/accounts/$ACCOUNT/comments | grep -o '\"id\":\"[^\"]*' | head -1 | cut -d'\"' -f4)
  ask {api}/v1/accounts/$ACCOUNT/comments/$COMMENT/answer -d '{{\"content\": {{\"kind\": \"text\", \"text\": \"90 reais\"}}}}'

Ctrl-C stops everything.",
            exports = self.host.exports(),
            jackfield = artifact("jackfield")?.display(),
            key = self.host.api().key(),
            conversation = self.conversation,
            account = self.account,
        ))
    }

    /// Types every line that ends.
    ///
    /// # Errors
    /// Where a line fails, or something is not answered as the text says.
    pub(super) fn type_it(&self) -> Result<()> {
        let text = self.text()?;
        let lines = text.lines().filter_map(|line| line.strip_prefix(INDENT));
        let script: Vec<&str> = lines.filter(|line| !line.starts_with(ENDLESS)).collect();
        let output = Command::new("bash").args(["-eu", "-c", &script.join("\n")]).output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        ensure!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        for what in [
            "\"status\":\"queued\"",
            "The platform delivers webhooks to",
            "\"code\":\"content.text_too_long\"",
            "\"code\":\"content.kind_unsupported\"",
            "\"opt_ins\":[\"initiation.business.comment\"]",
            "\"enabled\":true",
        ] {
            ensure!(said.contains(what), "nothing answers {what}:\n{said}");
        }
        let last = said.lines().rfind(|line| !line.is_empty()).unwrap_or_default();
        let last: Value = serde_json::from_str(last).with_context(|| last.to_owned())?;
        let status = last["answer"]["status"].as_str().with_context(|| last.to_string())?;
        ensure!(["sent", "delivered"].contains(&status), "the comment is not answered: {last}");
        Ok(())
    }
}

/// The id of the first of a list, once there is one.
async fn first(host: &HostProcess, path: &str, what: &str) -> Result<String> {
    let look = || async {
        let items = host.api().items(path).await?;
        Ok(items.first().and_then(|one| one["id"].as_str()).map(str::to_owned))
    };
    eventually(what, look).await
}
