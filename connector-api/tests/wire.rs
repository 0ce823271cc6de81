//! The JSON of everything that crosses the boundary. A changed snapshot is a changed contract: a field may be added; none
//! may vanish, be renamed or change its type, because files of before and after have to understand each other.

#![allow(clippy::unwrap_used, reason = "a value that cannot be read fails the test")]

use std::collections::BTreeMap;

use connector_api::{
    capabilities::Reason,
    operation::{self as op, Call, Operation},
    *,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_seconds(1_767_225_600);

/// Objects whose keys are data.
const MAPS: &[&str] = &["facts", "urls", "refused"];

/// Holds the JSON of `value` against its snapshot, and against a reader of before that finds more than it knows.
#[track_caller]
fn check<T: Serialize + DeserializeOwned>(name: &str, value: &T) {
    let written = serde_json::to_value(value).unwrap();
    let read: T =
        serde_json::from_value(with_more_fields(&written)).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!(
        serde_json::to_value(read).unwrap(),
        written,
        "{name}: a field is lost, or an unknown one kept"
    );
    insta::assert_json_snapshot!(name, written);
}

#[allow(clippy::needless_pass_by_value, reason = "the calls read as a table")]
fn operation<O: Operation>(request: O::Request, reply: O::Reply) -> &'static str {
    let call = Call { trace_id: "message-1".to_owned(), deadline_ms: Some(30_000), request };
    check(&format!("{}-request", O::NAME), &call);
    check(&format!("{}-reply", O::NAME), &reply);
    O::NAME
}

/// The same with one more field in every object.
fn with_more_fields(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(with_more_fields).collect(),
        Value::Object(fields) => {
            let more = |(key, inside): (&String, &Value)| {
                let kept = MAPS.contains(&key.as_str());
                (key.clone(), if kept { inside.clone() } else { with_more_fields(inside) })
            };
            let later = ("of_a_later_time".to_owned(), json!({"a": [1]}));
            Value::Object(fields.iter().map(more).chain([later]).collect())
        }
        other => other.clone(),
    }
}

fn account() -> Account {
    let credentials = Credentials::permanent(Secret::new("token"))
        .renewable(NOW, Secret::new("refresh"), Some(NOW))
        .with_scopes(vec!["messages".to_owned()]);
    Account::new("-shop+/1", credentials)
}

fn contact() -> Contact {
    Contact::new("p1").with_handle(Some("ana".to_owned())).with_display_name(Some("Ana".to_owned()))
}

fn message(content: Content) -> ChannelMessage {
    ChannelMessage::new("m/1+=", NOW, content)
        .quoting(Some("m0".to_owned()))
        .answering(Some(CardAnswer::new(Some("m0".to_owned()), Some("track".to_owned()))))
        .automatic(Some("auto_reply".to_owned()))
}

fn profile() -> ContactProfile {
    ContactProfile::new(contact()).with_picture_url("https://platform.example/p").with_follows(Some(true))
}

fn automatic_text() -> AutomaticText {
    AutomaticText::new(Some("Where is my parcel?".to_owned()), "It is on its way.")
}

fn automatic_messages() -> AutomaticMessages {
    let message = AutomaticMessage::new("a1", automatic_text(), Review::Approved);
    let mut messages = AutomaticMessages::listed(Some(true), vec![message]);
    messages.changed = Some("a1".to_owned());
    messages
}

fn medium() -> Medium {
    Medium::by_id("video", "v1").with_mime("video/mp4").with_caption("Look!")
}

fn received() -> Event {
    let message = message(Content::text("hello"));
    let kind = EventKind::MessageReceived { conversation: "c1".to_owned(), contact: contact(), message };
    Event::new("shop", "m/1+=", NOW, kind)
}

fn receipt() -> Receipt {
    Receipt::new(Some("m1".to_owned())).with_request_id(Some("r1".to_owned()))
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn every_operation() {
    let authorized = || Authorized::new(account(), vec!["profile".to_owned()]);
    let page = || EventPage::new(vec![received()], text("next"));
    let referral = Referral::new("ad").with_ad(text("a1"), text("Spring"), text("v1"));
    let listed = ListedConversation::new("c1", Some(NOW), vec![ListedReferral::new(referral, Some(NOW))]);
    let history = page().with_conversations(vec![listed]).with_profiles(vec![profile()]);
    let called = [
        operation::<op::Send>(
            SendRequest::new(account(), "c1", Content::text("hello"), "host-1").quoting(text("m0")),
            receipt(),
        ),
        operation::<op::StartConversation>(
            StartConversationRequest::new(account(), "p1", Content::text("hello"), "host-1"),
            StartedConversation::new("c1", receipt()),
        ),
        operation::<op::AnswerComment>(
            AnswerCommentRequest::new(account(), "k1", Content::text("hello"), "host-1"),
            AnsweredComment::new(text("c1"), receipt()),
        ),
        operation::<op::CommentAnswers>(
            CommentAnswersRequest::new(account(), Some(true)),
            CommentAnswers::new(Some(true)),
        ),
        operation::<op::AutomaticMessages>(
            AutomaticMessagesRequest::new(
                account(),
                "suggested_question",
                AutomaticAction::Update { id: "a1".to_owned(), text: automatic_text() },
            ),
            automatic_messages(),
        ),
        operation::<op::Edit>(EditRequest::new(account(), "c1", "m1", Content::text("bye")), Done::new()),
        operation::<op::Delete>(DeleteRequest::new(account(), "c1", "m1"), Done::new()),
        operation::<op::UploadMedia>(
            UploadMediaRequest::new(account(), "image/png", vec![1, 2, 3]),
            UploadedMedia::new("v1").with_valid_seconds(3600),
        ),
        operation::<op::FetchMedia>(
            FetchMediaRequest::new(account(), "c1", "m1", "v1", "image", 3_000_000),
            FetchedMedia::new(vec![1, 2, 3], text("image/png")),
        ),
        operation::<op::Signal>(SignalRequest::new(account(), "c1", Signal::MarkRead), Done::new()),
        operation::<op::BeginAuthorization>(
            BeginAuthorizationRequest::new("https://inbox.example/callback", "state"),
            AuthorizationPage::new("https://platform.example/consent"),
        ),
        operation::<op::CompleteAuthorization>(
            CompleteAuthorizationRequest::new(Secret::new("code"), "https://inbox.example/callback", NOW),
            authorized(),
        ),
        operation::<op::RefreshAuthorization>(RefreshAuthorizationRequest::new(account(), NOW), authorized()),
        operation::<op::RevokeAuthorization>(AccountRequest::new(account()), Done::new()),
        operation::<op::InspectAuthorization>(
            AccountRequest::new(account()),
            GrantInspection::new(
                text("-shop+/1"),
                vec!["messages".to_owned()],
                vec![MissingScope::new("profile", "Names are not shown.")],
            ),
        ),
        operation::<op::AccountProfile>(
            AccountRequest::new(account()),
            AccountProfile::new(text("shop"), text("Shop"))
                .with_picture_url("https://platform.example/p")
                .with_profile_url(text("https://platform.example/@shop")),
        ),
        operation::<op::ContactProfile>(ContactProfileRequest::new(account(), "c1"), profile()),
        operation::<op::Probe>(
            ProbeRequest::new(account(), vec!["media".to_owned()])
                .with_conversation("c1")
                .with_answered(true),
            ProbeAnswer::new(BTreeMap::from([("media".to_owned(), true)])),
        ),
        operation::<op::History>(
            HistoryRequest::new(account()).with_conversation("c1").with_cursor(text("here")),
            history,
        ),
        operation::<op::Poll>(
            PollRequest::new(NOW).with_account(account()).with_cursor(text("here")),
            page(),
        ),
        operation::<op::ConfigureWebhooks>(
            ConfigureWebhooksRequest::new(text("https://inbox.example/webhooks/shop")),
            WebhookConfiguration::new(text("https://inbox.example/webhooks/shop")),
        ),
        operation::<op::EntryPoints>(
            EntryPointsRequest::new(account())
                .with_handle(text("shop"))
                .with_reference("flyer")
                .with_prefilled_text("Hello!"),
            EntryPoints::new(BTreeMap::from([(
                "qr_code".to_owned(),
                "https://platform.example/q".to_owned(),
            )]))
            .with_refused(BTreeMap::from([(
                "chat_link".to_owned(),
                Reason::permanent(ReasonCode::OPERATION_UNSUPPORTED, "There are no chat links."),
            )])),
        ),
    ];
    assert_eq!(called, op::NAMES, "an operation has no snapshot");
}

#[test]
fn webhooks() {
    let headers = vec![("X-Signature".to_owned(), "s".to_owned())];
    check("webhook-request", &WebhookRequest::post(headers, b"body".to_vec(), NOW).with_target("GET", "a=1"));
    let request = WebhookRequest::post(Vec::new(), b"body".to_vec(), NOW);
    check("webhook-request-decoded", &request.verified(Verification::Skipped));
    let later = json!({"method": "POST", "headers": [], "received_at": 0, "verification": "of a later time"});
    let later: WebhookRequest = serde_json::from_value(later).unwrap();
    assert_eq!(later.verification(), Verification::Full);
    let outcome = WebhookOutcome::accepted(vec![received()]).because("why").stale(true);
    check("webhook-outcome", &outcome.with_header("x-answer", "42"));
    check("webhook-handshake", &WebhookOutcome::handshake("challenge"));
    check("webhook-rejected", &WebhookOutcome::rejected(401, "no signature"));
}

#[test]
fn every_kind_of_event() {
    let conversation = || "c1".to_owned();
    let kinds = [
        ("message_received", received().kind),
        (
            "message_echoed",
            EventKind::MessageEchoed {
                conversation: conversation(),
                contact: contact(),
                message: message(Content::text("hello")),
                origin: EchoOrigin::App,
            },
        ),
        ("conversation_read", EventKind::ConversationRead { conversation: conversation(), up_to: NOW }),
        (
            "message_status",
            EventKind::MessageStatus {
                conversation: conversation(),
                message: "m1".to_owned(),
                status: DeliveryStatus::Failed,
                reason: Some(Reason::permanent(ReasonCode::PLATFORM_REFUSED, "No such number.")),
            },
        ),
        (
            "message_reacted",
            EventKind::MessageReacted {
                conversation: conversation(),
                contact: contact(),
                message: "m1".to_owned(),
                reaction: Reaction::new(text("🔥"), text("https://platform.example/r")).removed(true),
            },
        ),
        (
            "commented",
            EventKind::Commented {
                contact: Some(contact()),
                comment: Comment::new("7400000000000000001", CommentAction::Written)
                    .with_text(text("How much?"))
                    .under(text("7400000000000000002"), text("7400000000000000003"))
                    .answerable(),
            },
        ),
        (
            "message_withheld",
            EventKind::MessageWithheld {
                reason: Reason::permanent(ReasonCode::PLATFORM_REFUSED, "Not handed on."),
            },
        ),
        (
            "automatic_message_changed",
            EventKind::AutomaticMessageChanged {
                kind: "welcome_message".to_owned(),
                id: "a1".to_owned(),
                change: "approved".to_owned(),
            },
        ),
        ("account_disconnected", EventKind::AccountDisconnected { reason: "Revoked.".to_owned() }),
        ("notice", EventKind::Notice { name: "maintenance".to_owned() }),
    ];
    for (name, kind) in kinds {
        let event = Event::new("shop", "key", NOW, kind);
        assert_eq!(serde_json::to_value(&event).unwrap()["kind"]["type"], name);
        check(&format!("event-{name}"), &event);
    }
}

#[test]
fn every_content() {
    let fallback = Content::Fallback {
        original_kind: "sticker".to_owned(),
        text: "A sticker.".to_owned(),
        url: text("https://platform.example/s"),
        medium: Some(Medium::by_url("sticker", "https://platform.example/s")),
    };
    let card = QuestionCard::new(
        "buttons",
        "What do you need?",
        vec![CardButton::new("Track parcel", text("track")), CardButton::new("A person", None)],
    );
    check("content-question-card", &Content::QuestionCard(card));
    check(
        "content-post",
        &Content::Post(SharedPost::new(text("7400000000000000001"), text("https://platform.example/v"))),
    );
    check("content-text", &Content::text("hello"));
    check("content-media", &Content::Media(medium()));
    check("content-media-url", &Content::Media(Medium::by_url("voice", "https://shop.example/v")));
    check("content-fallback", &fallback);
    assert_eq!((Content::Media(medium()).kind(), fallback.kind()), ("video", "sticker"));
}

#[test]
fn errors() {
    let platform = PlatformError { code: text("40100"), message: "busy".to_owned(), request_id: text("r1") };
    let error = ConnectorError::new(ErrorClass::Throttled, ReasonCode::RATE_LIMITED, "Too often.");
    check("error", &error.with_platform(platform).with_retry_after_ms(1_500));
    check("error-unsupported", &ConnectorError::unsupported("poll"));
    check("error-content", &ConnectorError::unsupported_content("video"));
    check("error-settings", &ConnectorError::settings("account is missing"));
    check("error-uncertain", &ConnectorError::uncertain("No answer."));
    let classes = [
        (ErrorClass::Refused, "refused"),
        (ErrorClass::Throttled, "throttled"),
        (ErrorClass::Unavailable, "unavailable"),
        (ErrorClass::CredentialsExpired, "credentials_expired"),
        (ErrorClass::CredentialsRevoked, "credentials_revoked"),
        (ErrorClass::Unsupported, "unsupported"),
        (ErrorClass::Invalid, "invalid"),
        (ErrorClass::Uncertain, "uncertain"),
    ];
    for (class, name) in classes {
        assert_eq!(serde_json::to_value(class).unwrap(), name);
    }
}

#[test]
fn starting() {
    let settings = json!({"account": "shop"});
    let request = boundary::StartRequest { instance: "shop".to_owned(), settings, worker_threads: Some(1) };
    insta::assert_json_snapshot!("start-request", request);
}

#[test]
fn what_a_later_time_adds_is_read_as_unknown_or_with_care() {
    let content: Content = read(json!({"kind": "hologram", "depth": 3}));
    assert_eq!(content, Content::Unknown);
    let event: Event = read(json!({"account": "shop", "dedup_key": "k", "occurred_at": 0,
                                   "kind": {"type": "message_sung", "tune": ["a"]}}));
    assert_eq!(event.kind, EventKind::Unknown);
    assert_eq!(read::<EchoOrigin>(json!("watch")), EchoOrigin::Unknown);
    assert_eq!(read::<Signal>(json!("wave")), Signal::Unknown);
    assert_eq!(read::<CommentAction>(json!("framed")), CommentAction::Unknown);
    assert_eq!(read::<Review>(json!("appealed")), Review::Unknown);
    assert_eq!(read::<AutomaticAction>(json!({"do": "sing"})), AutomaticAction::Unknown);
    assert_eq!(read::<ErrorClass>(json!("imploded")), ErrorClass::Uncertain, "the careful reading");
}

#[test]
fn what_an_earlier_time_leaves_out_has_a_default() {
    let call: Call<PollRequest> = read(json!({"request": {"now": 0}}));
    assert!(call.request.account.is_none() && call.request.cursor.is_none() && call.deadline_ms.is_none());
    let outcome: WebhookOutcome = read(json!({"status": 200, "authentic": true}));
    assert_eq!(outcome, WebhookOutcome::accepted(Vec::new()));
    assert_eq!(read::<Receipt>(json!({})), Receipt::new(None));
    assert_eq!(read::<EventPage>(json!({})).events, []);
}

fn read<T: DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).unwrap()
}
