//! Comments that are answered in private: where, how often, how soon, and after which silence.

use connector_api::{
    AnswerCommentRequest, AnsweredComment, CapabilityDocument, ChannelConnector, CommentAnswersRequest,
    ConnectorError, ErrorClass, EventKind,
    capabilities::document::{CommentRule, Support},
};
use serde_json::json;

use super::{Looked, Tried, differing, not_applicable};
use crate::{
    Finding,
    platform::{FakePlatform, is_taken},
    requests::content,
    subject::Subject,
};

pub(super) const ID: &str = "comments.as-declared";

/// Where the platform knows no country.
const NOWHERE: &str = "AQ";

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Whether a business registered there may answer.
    regions: Vec<(String, bool)>,
    kinds: Vec<(String, bool)>,
    count: Vec<Tried>,
    /// By seconds since the comment.
    ages: Vec<Tried>,
    /// By seconds since somebody wrote.
    silences: Vec<Tried>,
    /// What was wrong whatever the document says.
    pub(super) odd: Vec<String>,
}

pub(super) async fn look(
    _: &Subject,
    platform: &FakePlatform,
    document: &CapabilityDocument,
) -> Looked<Seen> {
    let rule = &document.comment_answers;
    if rule.support != Support::Native {
        return not_applicable("the document declares no answers to comments");
    }
    let home = platform.shown("state").await?["accounts"][0]["country"].clone();
    let mut stand = Stand { platform, rule, seen: Seen::default() };
    let looked = stand.look().await;
    platform.control("account", &json!({"country": home, "answers_comments": false})).await?;
    looked?;
    Ok(stand.seen)
}

struct Stand<'a> {
    platform: &'a FakePlatform,
    rule: &'a CommentRule,
    seen: Seen,
}

impl Stand<'_> {
    async fn look(&mut self) -> Result<(), String> {
        self.regions().await?;
        if let Some(region) = self.rule.account_regions.first() {
            self.live_in(region).await?;
        }
        self.switch_on().await?;
        self.answer_all_kinds().await?;
        self.ages().await?;
        self.silences().await?;
        self.switch_off().await
    }

    async fn live_in(&self, country: &str) -> Result<(), String> {
        self.platform.control("account", &json!({"country": country})).await.map(drop)
    }

    async fn switch(&self, enable: Option<bool>) -> Result<Option<bool>, ConnectorError> {
        self.platform.paced().await;
        let request = CommentAnswersRequest::new(self.platform.account().await, enable);
        self.platform.instance.comment_answers(request).await.map(|answers| answers.enabled)
    }

    /// In each declared region, and in one that is not.
    async fn regions(&mut self) -> Result<(), String> {
        if self.rule.account_regions.is_empty() {
            return Ok(());
        }
        for region in self.rule.account_regions.iter().map(String::as_str).chain([NOWHERE]) {
            self.live_in(region).await?;
            let switched = self.platform.provoking(self.switch(Some(true))).await?;
            if switched.as_ref().is_err_and(|error| error.class == ErrorClass::Unsupported) {
                return Ok(());
            }
            self.seen.regions.push((region.to_owned(), is_taken(switched)?));
        }
        Ok(())
    }

    async fn switch_on(&mut self) -> Result<(), String> {
        match self.switch(Some(true)).await {
            Err(error) if error.class == ErrorClass::Unsupported => {
                self.platform.control("account", &json!({"answers_comments": true})).await?;
            }
            Err(error) => return Err(format!("it cannot be switched on: {error}")),
            Ok(_) if self.switch(None).await.map_err(|error| error.to_string())? == Some(false) => {
                self.seen.odd.push("switched on, it is told as off".to_owned());
            }
            Ok(_) => {}
        }
        Ok(())
    }

    /// Somebody comments, and the event that tells it is looked at.
    async fn comment(&mut self, customer: &str) -> Result<String, String> {
        let body = json!({"customer": customer, "text": "how much?"});
        let said = self.platform.control("customer/comments", &body).await?;
        let id = said["comment_id"].as_str().unwrap_or_default().to_owned();
        let is_it = |event: &connector_api::Event| matches!(&event.kind, EventKind::Commented { comment, .. } if comment.id == id);
        let event = self.platform.arrives("a comment", is_it).await?;
        if let EventKind::Commented { comment, .. } = event.kind {
            if !comment.answerable {
                self.seen.odd.push("a comment that may be answered is not told as that".to_owned());
            }
            if comment.text.is_some_and(|text| text != "how much?") {
                self.seen.odd.push("a comment is not told as it was written".to_owned());
            }
        }
        Ok(id)
    }

    /// Waits for nobody: what matters is when.
    async fn answer(&self, comment: &str, kind: &str) -> Result<AnsweredComment, ConnectorError> {
        self.platform.unpaced();
        let account = self.platform.account().await;
        let request =
            AnswerCommentRequest::new(account, comment, content(kind, "a private answer"), "message-1");
        self.platform.instance.answer_comment(request).await
    }

    async fn is_answered(&self, comment: &str) -> Result<bool, String> {
        is_taken(self.platform.provoking(self.answer(comment, "text")).await?)
    }

    /// Each kind once; the first comment a second time, after the silence.
    async fn answer_all_kinds(&mut self) -> Result<(), String> {
        for kind in &self.rule.kinds {
            let comment = self.comment(&format!("comment-{kind}")).await?;
            let before = self.platform.taken().await?;
            self.platform.paced().await;
            let answered = self.answer(&comment, kind).await;
            let taken = self.platform.taken().await? - before;
            let answer = match answered {
                Ok(answer) => answer,
                Err(error) => {
                    self.seen.odd.push(format!("a comment is not answered by {kind}: {error}"));
                    self.seen.kinds.push((kind.clone(), false));
                    continue;
                }
            };
            self.seen.kinds.push((kind.clone(), true));
            self.told(&answer, taken).await?;
            self.platform.wait(u64::from(self.rule.quiet_seconds.unwrap_or_default()) + 1).await?;
            let again = self.is_answered(&comment).await?;
            self.seen.count = vec![Tried { size: 1, taken: true }, Tried { size: 2, taken: again }];
        }
        Ok(())
    }

    /// It is one message, and somebody says in which conversation.
    async fn told(&mut self, answer: &AnsweredComment, taken: usize) -> Result<(), String> {
        if taken != 1 {
            self.seen.odd.push(format!("one answer is {taken} messages at the platform"));
        }
        let Some(id) = answer.receipt.message_id.clone().filter(|id| !id.is_empty()) else {
            self.seen.odd.push("the platform took an answer, and no id came back".to_owned());
            return Ok(());
        };
        if answer.conversation.is_some() {
            return Ok(());
        }
        let is_echo = |event: &connector_api::Event| match &event.kind {
            EventKind::MessageEchoed { message, conversation, .. } => {
                message.id == id && !conversation.is_empty()
            }
            _ => false,
        };
        self.platform.arrives("an echo that says where the answer went", is_echo).await.map(drop)
    }

    /// A second before a comment is too old, and when it is.
    async fn ages(&mut self) -> Result<(), String> {
        let Some(most) = self.rule.max_age_seconds.number().filter(|most| *most > 0) else { return Ok(()) };
        for age in [most - 1, most] {
            let comment = self.comment(&format!("age-{age}")).await?;
            self.platform.wait(age).await?;
            let taken = self.is_answered(&comment).await?;
            self.seen.ages.push(Tried { size: age, taken });
        }
        Ok(())
    }

    /// A second before the silence is long enough, and when it is.
    async fn silences(&mut self) -> Result<(), String> {
        let Some(least) = self.rule.quiet_seconds.map(u64::from).filter(|least| *least > 0) else {
            return Ok(());
        };
        self.platform.says("silence", "hello").await?;
        let comment = self.comment("silence").await?;
        for (passes, silence) in [(least - 1, least - 1), (1, least)] {
            self.platform.wait(passes).await?;
            let taken = self.is_answered(&comment).await?;
            self.seen.silences.push(Tried { size: silence, taken });
        }
        Ok(())
    }

    async fn switch_off(&mut self) -> Result<(), String> {
        let comment = self.comment("switched-off").await?;
        match self.switch(Some(false)).await {
            Err(error) if error.class == ErrorClass::Unsupported => return Ok(()),
            Err(error) => return Err(format!("it cannot be switched off: {error}")),
            Ok(_) => {}
        }
        if self.is_answered(&comment).await? {
            self.seen.odd.push("a comment is answered though that is switched off".to_owned());
        }
        Ok(())
    }
}

pub(super) fn against(document: &CapabilityDocument, seen: &Seen) -> Vec<Finding> {
    let rule = &document.comment_answers;
    let mut found = Vec::new();
    for (index, kind) in rule.kinds.iter().enumerate() {
        if !seen.kinds.iter().any(|(known, taken)| known == kind && *taken) {
            let leaf = format!("/comment_answers/kinds/{index}");
            found.push(Finding::of_leaf(leaf, format!("no comment was answered by {kind}")));
        }
    }
    for (index, region) in rule.account_regions.iter().enumerate().filter(|_| !seen.regions.is_empty()) {
        if !seen.regions.iter().any(|(known, taken)| known == region && *taken) {
            let leaf = format!("/comment_answers/account_regions/{index}");
            found.push(Finding::of_leaf(leaf, format!("nobody in {region} may answer comments")));
        }
    }
    let others =
        seen.regions.iter().filter(|(region, taken)| *taken && !rule.account_regions.contains(region));
    found.extend(others.map(|(region, _)| {
        Finding::of_leaf(
            "/comment_answers/account_regions",
            format!("a business in {region} may answer, too"),
        )
    }));
    let leaf = |name: &str| format!("/comment_answers/{name}");
    found.extend(
        rule.max_count
            .number()
            .and_then(|most| differing(&leaf("max_count"), &seen.count, |size| size <= most)),
    );
    found.extend(
        rule.max_age_seconds
            .number()
            .and_then(|most| differing(&leaf("max_age_seconds"), &seen.ages, |age| age < most)),
    );
    found.extend(rule.quiet_seconds.and_then(|least| {
        differing(&leaf("quiet_seconds"), &seen.silences, |silence| silence >= u64::from(least))
    }));
    found
}
