//! A local stand-in for the TikTok Business Messaging API.
//!
//! It serves the API, posts signed webhooks, plays the customers and colleagues, injects faults
//! and keeps a list of the rules its client broke. Nothing in it reaches TikTok. The comments
//! cite the project's protocol reference by section.
//!
//! ```no_run
//! # async fn example() -> Result<(), tiktok_simulator::SimulatorError> {
//! use std::time::Duration;
//! use tiktok_simulator::{Simulator, SimulatorConfig};
//!
//! let sim = Simulator::start(SimulatorConfig::default()).await?;
//! sim.set_webhook_url("http://127.0.0.1:8080/webhook")?;
//! let said = sim.customer("ana").says("oi").await?;
//! sim.wait_for_delivery(&said.event_id, Duration::from_secs(5)).await?;
//! let answer = sim.expect_send(Duration::from_secs(5)).await?;
//! assert_eq!(answer.conversation_id, said.conversation_id);
//! assert!(sim.violations().is_empty());
//! # Ok(())
//! # }
//! ```

mod actions;
mod api;
mod clock;
mod config;
mod control;
mod error;
mod fault;
mod ids;
mod judge;
mod media;
mod observed;
mod people;
mod reading;
mod regions;
mod review;
mod settings;
mod shared;
mod signature;
mod simulator;
mod state;
mod steering;
mod tokens;
mod utterance;
mod webhook;

pub use config::{AccountConfig, AppConfig, DEFAULT_SCOPES, SimulatorConfig};
pub use error::SimulatorError;
pub use fault::{Fault, FaultKind, ScopedFault};
pub use judge::{Violation, ViolationKind};
pub use observed::{Attempt, Delivery, Outcome, ReceivedSend, SenderAction, SentEvent};
pub use people::{BusinessHandle, CustomerHandle};
pub use settings::{
    EchoIdentifier, EchoMode, HistoryOrder, Settings, TextUnit, UnknownPath, WindowProfile, WrongMethod,
};
pub use signature::signature_header;
pub use simulator::Simulator;
pub use state::{
    Account, Arrival, AuditStatus, AutoMessage, AutoMessageType, AutoMessages, Automation, Comment, Content,
    Conversation, ConversationType, Customer, Direction, Face, Message, MessageStatus, Operation, Reaction,
    ReplySource, Source, StandingReaction,
};
pub use tokens::TokenPair;
pub use utterance::Utterance;
