//! Whether operations beside sending say what became of them while the platform fails.

use connector_api::{
    AnswerCommentRequest, AutomaticAction, AutomaticMessagesRequest, AutomaticText, CapabilityDocument,
    ChannelConnector, CommentAnswersRequest, ConnectorError,
    capabilities::document::{AutomaticRule, Support},
    operation::{AnswerComment, AutomaticMessages, CommentAnswers, Operation, Send},
};
use serde_json::{Value, json};

use crate::{
    Finding, Outcome,
    claims::still,
    platform::{FakePlatform, ScriptedFault},
    requests::content,
    subject::Subject,
};

/// Each operation that the samples name, with what breaks then.
pub(super) async fn faults(subject: &Subject) -> Outcome {
    let (platform, document) = match still(subject).await {
        Ok(both) => both,
        Err(outcome) => return outcome,
    };
    if document.automatic_messages.is_empty() && document.comment_answers.support != Support::Native {
        return Outcome::NotApplicable(
            "the document declares neither automatic messages nor answers".to_owned(),
        );
    }
    let scripted = subject.samples.platform.iter().flat_map(|script| &script.faults);
    let named: Vec<_> = scripted.filter(|fault| fault.operation != Send::NAME).collect();
    if named.is_empty() {
        return Outcome::Skipped("conformance.json names no faults of operations beside send".to_owned());
    }
    let mut found = Vec::new();
    for (number, fault) in named.into_iter().enumerate() {
        let case = Case { platform, document: &document, fault, number };
        if let Err(text) = case.is_told().await {
            found.push(Finding::new(format!("{}: {text}", fault.name)));
        }
    }
    Outcome::of(found)
}

/// One operation, and what breaks.
struct Case<'a> {
    platform: &'a FakePlatform,
    document: &'a CapabilityDocument,
    fault: &'a ScriptedFault,
    number: usize,
}

type Done = Result<(), ConnectorError>;

impl Case<'_> {
    async fn is_told(&self) -> Result<(), String> {
        let (done, times) = match self.fault.operation.as_str() {
            AnswerComment::NAME => self.answer().await?,
            CommentAnswers::NAME => self.switch().await?,
            AutomaticMessages::NAME => self.create().await?,
            other => return Err(format!("the kit does not call {other} while something breaks")),
        };
        let word = match &done {
            Ok(()) => "done".to_owned(),
            Err(error) => match serde_json::to_value(error.class) {
                Ok(Value::String(word)) => word,
                _ => "unknown".to_owned(),
            },
        };
        if !self.fault.send_is.contains(&word) {
            let detail = done.err().map(|error| format!(" ({error})")).unwrap_or_default();
            return Err(format!("told as {word}{detail}, and not as {}", self.fault.send_is.join(" or ")));
        }
        if times > 1 {
            return Err(format!("the platform did it {times} times"));
        }
        Ok(())
    }

    async fn breaks(&self) -> Result<(), String> {
        self.platform.paced().await;
        self.platform.control("faults", &self.fault.fault).await.map(drop)
    }

    /// The account in a region where comments may be answered.
    async fn where_comments_are_answered(&self) -> Result<(), String> {
        let mut account = json!({"answers_comments": true});
        if let Some(region) = self.document.comment_answers.account_regions.first() {
            account["country"] = json!(region);
        }
        self.platform.control("account", &account).await.map(drop)
    }

    async fn answer(&self) -> Result<(Done, usize), String> {
        self.where_comments_are_answered().await?;
        let body = json!({"customer": format!("operation-fault-{}", self.number), "text": "how much?"});
        let said = self.platform.control("customer/comments", &body).await?;
        let comment = said["comment_id"].as_str().unwrap_or_default();
        let kind = self.document.comment_answers.kinds.first().map_or("text", String::as_str);
        let before = self.platform.taken().await?;
        self.breaks().await?;
        let account = self.platform.account().await;
        let request =
            AnswerCommentRequest::new(account, comment, content(kind, "a private answer"), "message-1");
        let done = self.platform.instance.answer_comment(request).await.map(drop);
        self.platform.mend().await?;
        Ok((done, self.platform.taken().await? - before))
    }

    async fn switch(&self) -> Result<(Done, usize), String> {
        self.where_comments_are_answered().await?;
        self.breaks().await?;
        let request = CommentAnswersRequest::new(self.platform.account().await, Some(true));
        let done = self.platform.instance.comment_answers(request).await.map(drop);
        self.platform.mend().await?;
        Ok((done, 1))
    }

    async fn act(
        &self,
        kind: &str,
        action: AutomaticAction,
    ) -> Result<connector_api::AutomaticMessages, ConnectorError> {
        let request = AutomaticMessagesRequest::new(self.platform.account().await, kind, action);
        self.platform.instance.automatic_messages(request).await
    }

    /// One of a kind that can be emptied first.
    async fn create(&self) -> Result<(Done, usize), String> {
        let is_emptied = |rule: &&AutomaticRule| rule.can_be_deleted == Some(true);
        let rule = self.document.automatic_messages.iter().find(is_emptied);
        let rule = rule.ok_or("no kind of automatic messages can be deleted again")?;
        self.empty(&rule.kind).await?;
        let text = AutomaticText::new(rule.title.map(|_| "title".to_owned()), "text");
        self.breaks().await?;
        let done = self.act(&rule.kind, AutomaticAction::Create { text }).await.map(drop);
        self.platform.mend().await?;
        Ok((done, self.empty(&rule.kind).await?))
    }

    /// Deletes all of a kind; how many there were.
    async fn empty(&self, kind: &str) -> Result<usize, String> {
        self.platform.paced().await;
        let listed = self.act(kind, AutomaticAction::List).await.map_err(|error| error.to_string())?;
        for message in &listed.messages {
            self.platform.paced().await;
            let deleted = self.act(kind, AutomaticAction::Delete { id: message.id.clone() }).await;
            deleted.map_err(|error| error.to_string())?;
        }
        Ok(listed.messages.len())
    }
}
