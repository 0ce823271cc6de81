//! Reading a running simulator, and waiting for what should happen.

use std::time::Duration;

use crate::error::SimulatorError;
use crate::judge::{Violation, ViolationKind};
use crate::observed::{Delivery, Outcome, ReceivedSend, SenderAction};
use crate::simulator::Simulator;
use crate::state::Conversation;

impl Simulator {
    /// Every message the API accepted, oldest first.
    #[must_use]
    pub fn sends(&self) -> Vec<ReceivedSend> {
        self.shared.world().sends.clone()
    }

    /// Every accepted typing indicator and mark-read call, oldest first.
    #[must_use]
    pub fn sender_actions(&self) -> Vec<SenderAction> {
        self.shared.world().sender_actions.clone()
    }

    /// Every conversation with its messages.
    #[must_use]
    pub fn conversations(&self) -> Vec<Conversation> {
        self.shared.world().conversations.clone()
    }

    /// Every webhook event so far, oldest first.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.world().deliveries.clone()
    }

    /// Every rule the client broke, oldest first.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        self.shared.world().violations.clone()
    }

    /// The kinds of every rule the client broke, oldest first.
    #[must_use]
    pub fn violation_kinds(&self) -> Vec<ViolationKind> {
        self.shared.world().violations.iter().map(|violation| violation.kind).collect()
    }

    /// The next accepted send that no earlier call of this returned.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::Timeout`] if none comes.
    pub async fn expect_send(&self, timeout: Duration) -> Result<ReceivedSend, SimulatorError> {
        self.shared
            .wait_for("accepted send", timeout, |world| {
                let send = world.sends.get(world.expected_sends)?.clone();
                world.expected_sends += 1;
                Some(send)
            })
            .await
    }

    /// Waits until the callback has accepted this event.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::NotDelivered`] if it never will, [`SimulatorError::Timeout`] if it
    /// takes too long.
    pub async fn wait_for_delivery(
        &self,
        event_id: &str,
        timeout: Duration,
    ) -> Result<Delivery, SimulatorError> {
        let done = |delivery: &Delivery| delivery.outcome != Outcome::Pending;
        let delivery = self.wait_for_event(event_id, timeout, done).await?;
        if delivery.outcome == Outcome::Delivered {
            return Ok(delivery);
        }
        Err(SimulatorError::NotDelivered {
            event_id: delivery.event_id,
            outcome: delivery.outcome.describe(),
        })
    }

    /// Waits until this event was posted at least so many times.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::Timeout`] if that takes too long.
    pub async fn wait_for_attempts(
        &self,
        event_id: &str,
        attempts: usize,
        timeout: Duration,
    ) -> Result<Delivery, SimulatorError> {
        let done = |delivery: &Delivery| delivery.attempts.len() >= attempts;
        self.wait_for_event(event_id, timeout, done).await
    }

    /// Waits for a delivery that satisfies a condition, whether it is in the log already or not.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::Timeout`] if none comes.
    pub async fn expect_delivery(
        &self,
        timeout: Duration,
        wanted: impl Fn(&Delivery) -> bool,
    ) -> Result<Delivery, SimulatorError> {
        self.shared
            .wait_for("matching webhook event", timeout, |world| {
                world.deliveries.iter().find(|&entry| wanted(entry)).cloned()
            })
            .await
    }

    async fn wait_for_event(
        &self,
        event_id: &str,
        timeout: Duration,
        done: impl Fn(&Delivery) -> bool,
    ) -> Result<Delivery, SimulatorError> {
        self.expect_delivery(timeout, |entry| entry.event_id == event_id && done(entry)).await
    }
}
