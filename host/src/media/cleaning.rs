//! Removes files that are past, files without a row, and rows without a file.

use std::{collections::BTreeMap, time::Duration};

use connector_api::Timestamp;
use futures_util::StreamExt;

use super::{MediaError, MediaKeeper, files::Found};
use crate::{clock::Clock, deliveries::millis, model::MediumId, store::MediaPast};

/// How often files that are past are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(15 * 60);
/// How often files and rows are compared: at the start, and after so many looks.
const COMPARE_EVERY: u32 = 4 * 24;
/// Between two batches, so that webhooks come first.
const BATCH_PAUSE: Duration = Duration::from_millis(100);
const BATCH: u32 = 100;
/// What nobody used in a message is kept so long; what is younger may be on its way to its row.
const UNUSED: Duration = Duration::from_secs(24 * 60 * 60);

/// Cleans up among files and their rows.
pub(crate) struct Cleaner {
    pub(crate) keeper: MediaKeeper,
    /// How long files of messages are kept.
    pub(crate) kept: Duration,
    pub(crate) clock: Clock,
}

impl Cleaner {
    /// Cleans up until it is cancelled.
    pub(crate) async fn run(self) {
        for look in 0_u32.. {
            if let Err(error) = self.look(look % COMPARE_EVERY == 0).await {
                tracing::error!(%error, "Old files cannot be removed");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    async fn look(&self, compare: bool) -> Result<(), MediaError> {
        let mut removed = self.past().await?;
        if compare {
            self.rows_without_file().await?;
            removed += self.files_without_row().await? + self.past().await?;
        }
        if removed > 0 {
            tracing::info!(removed, "Old files removed");
        }
        Ok(())
    }

    fn before(&self, period: Duration) -> Timestamp {
        Timestamp::from_millis(self.clock.now().as_millis().saturating_sub(millis(period)))
    }

    async fn past(&self) -> Result<u64, MediaError> {
        let past = MediaPast { used: self.before(self.kept), unused: self.before(UNUSED) };
        let mut removed = 0;
        loop {
            let batch = self.keeper.store.expire_media(past, BATCH).await?;
            if batch.is_empty() {
                return Ok(removed);
            }
            for medium in &batch {
                self.keeper.files.remove(medium).await?;
            }
            removed += batch.len() as u64;
            self.keeper.store.media_removed(batch.iter().map(|medium| medium.id).collect()).await?;
            tokio::time::sleep(BATCH_PAUSE).await;
        }
    }

    async fn rows_without_file(&self) -> Result<(), MediaError> {
        let mut after = None;
        loop {
            let batch = self.keeper.store.media_after(after, BATCH).await?;
            let Some(last) = batch.last() else { return Ok(()) };
            after = Some(last.id);
            for medium in &batch {
                if !self.keeper.files.has(medium).await? {
                    tracing::error!(medium = %medium.id, account = %medium.account, "A file is gone from its place");
                    self.keeper.store.medium_lost(medium.id).await?;
                }
            }
            tokio::time::sleep(BATCH_PAUSE).await;
        }
    }

    async fn files_without_row(&self) -> Result<u64, MediaError> {
        let young = self.before(UNUSED).as_millis();
        let mut batches = self.keeper.files.all().chunks(BATCH as usize).boxed();
        let mut removed = 0;
        while let Some(batch) = batches.next().await {
            let batch = batch.into_iter().collect::<Result<Vec<Found>, _>>()?;
            let old = batch.into_iter().filter(|found| found.written_ms < young);
            let (named, nameless): (Vec<_>, Vec<_>) = old.partition(|found| found.medium.is_some());
            let mut named: BTreeMap<MediumId, Found> =
                named.into_iter().filter_map(|found| Some((found.medium?, found))).collect();
            let unknown = self.keeper.store.media_without_row(named.keys().copied().collect()).await?;
            let orphans = unknown.iter().filter_map(|id| named.remove(id)).chain(nameless);
            for found in orphans {
                self.keeper.files.remove_found(&found).await?;
                removed += 1;
            }
            tokio::time::sleep(BATCH_PAUSE).await;
        }
        Ok(removed)
    }
}

#[cfg(test)]
#[path = "cleaning_tests.rs"]
mod tests;
