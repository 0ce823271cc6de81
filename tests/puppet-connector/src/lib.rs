//! A connector that does nothing by itself: each operation is a request to the program that its settings name, and a
//! webhook's body holds the events that it means. So a test says what a platform tells and answers, and sees what the
//! host asks.

use std::net::SocketAddr;

use connector_api::{operation as op, *};
use serde::Deserialize;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

export_connector! { connector: Puppet, capabilities: "../capabilities.json" }

/// One instance.
#[derive(Debug)]
pub struct Puppet {
    context: StartContext,
    settings: Settings,
}

/// What a test sets.
#[derive(Debug, Deserialize)]
pub struct Settings {
    /// Who answers.
    platform: SocketAddr,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer<T> {
    Ok(T),
    Error(ConnectorError),
}

impl StartConnector for Puppet {
    type Settings = Settings;

    fn start(context: StartContext, settings: Settings) -> Result<Self, ConnectorError> {
        Ok(Self { context, settings })
    }
}

macro_rules! pulled {
    ($($method:ident: $operation:ident;)*) => {
        #[async_trait]
        impl ChannelConnector for Puppet {
            fn capabilities(&self) -> &CapabilityDocument {
                &self.context.document
            }

            fn receive(&self, request: &WebhookRequest) -> WebhookOutcome {
                match serde_json::from_slice(&request.body) {
                    Ok(events) => WebhookOutcome::accepted(events),
                    Err(error) => WebhookOutcome::rejected(400, error.to_string()),
                }
            }

            $(async fn $method(
                &self,
                request: <op::$operation as op::Operation>::Request,
            ) -> Result<<op::$operation as op::Operation>::Reply, ConnectorError> {
                self.ask::<op::$operation>(request).await
            })*
        }
    };
}

pulled! {
    send: Send;
    answer_comment: AnswerComment;
    comment_answers: CommentAnswers;
    automatic_messages: AutomaticMessages;
    signal: Signal;
    begin_authorization: BeginAuthorization;
    complete_authorization: CompleteAuthorization;
    refresh_authorization: RefreshAuthorization;
    revoke_authorization: RevokeAuthorization;
    inspect_authorization: InspectAuthorization;
    account_profile: AccountProfile;
    contact_profile: ContactProfile;
    probe: Probe;
    history: History;
    configure_webhooks: ConfigureWebhooks;
    entry_points: EntryPoints;
}

impl Puppet {
    async fn ask<O: op::Operation>(&self, request: O::Request) -> Result<O::Reply, ConnectorError> {
        let answer = self.exchange(O::NAME, &request).await;
        let answer = answer.map_err(|error| ConnectorError::uncertain(error.to_string()))?;
        if answer.is_null() {
            return Err(ConnectorError::unsupported(O::NAME));
        }
        match serde_json::from_value(answer) {
            Ok(Answer::Ok(reply)) => Ok(reply),
            Ok(Answer::Error(error)) => Err(error),
            Err(error) => Err(ConnectorError::uncertain(error.to_string())),
        }
    }

    async fn exchange<T: serde::Serialize>(&self, name: &str, request: &T) -> std::io::Result<Value> {
        let body = serde_json::to_string(request)?;
        let length = body.len();
        let mut stream = TcpStream::connect(self.settings.platform).await?;
        let text = format!("POST /{name} HTTP/1.0\r\ncontent-length: {length}\r\n\r\n{body}");
        stream.write_all(text.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        Ok(serde_json::from_str(body)?)
    }
}
