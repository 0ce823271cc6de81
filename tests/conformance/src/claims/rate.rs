//! How many calls an application may make at once, and how soon again.

use connector_api::{
    CapabilityDocument, ChannelConnector, ConnectorError, Content, ErrorClass, Receipt, SendRequest,
    capabilities::document::{RateLimit, RateScope},
};

use super::{Looked, Tried, differing, not_applicable};
use crate::{Finding, platform::FakePlatform, subject::Subject};

pub(super) const ID: &str = "rate.as-declared";

/// More are not made at once.
const MOST: u32 = 200;
const LONGEST_SECONDS: u32 = 3_600;
/// Fewer messages than any reply window has.
const OF_ONE_CUSTOMER: usize = 3;

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    calls: Vec<Tried>,
    /// By seconds since as many as are declared.
    again: Vec<Tried>,
}

fn of_the_app(document: &CapabilityDocument) -> Option<(usize, &RateLimit)> {
    let mut of_app = document.rates.iter().enumerate().filter(|(_, rate)| rate.scope == RateScope::App);
    of_app.next().filter(|_| of_app.next().is_none())
}

pub(super) async fn look(
    _: &Subject,
    platform: &FakePlatform,
    document: &CapabilityDocument,
) -> Looked<Seen> {
    let Some((_, rate)) = of_the_app(document) else {
        return not_applicable("the document declares no rate of an application, or several");
    };
    if rate.max > MOST || rate.per_seconds == 0 || rate.per_seconds > LONGEST_SECONDS {
        return not_applicable("the rate cannot be reached at once");
    }
    let most = usize::try_from(rate.max).unwrap_or_default();
    let mut conversations = Vec::new();
    for number in 0..=most.div_ceil(OF_ONE_CUSTOMER) {
        conversations.push(platform.conversation(&format!("rate-{number}")).await?);
    }
    platform.wait(u64::from(rate.per_seconds)).await?;
    let place = |number: usize| conversations.get(number / OF_ONE_CUSTOMER).cloned().unwrap_or_default();
    let mut taken = 0;
    for number in 0..most {
        if !is_admitted(send(platform, place(number)).await)? {
            break;
        }
        taken += 1;
    }
    let more = is_admitted(platform.provoking(send(platform, place(most))).await?)?;
    let mut seen = Seen::default();
    seen.calls.push(Tried { size: u64::from(rate.max), taken: taken == most });
    seen.calls.push(Tried { size: u64::from(rate.max) + 1, taken: more });
    let seconds = u64::from(rate.per_seconds);
    for (passes, since) in [(seconds - 1, seconds - 1), (1, seconds)] {
        platform.wait(passes).await?;
        let taken = is_admitted(platform.provoking(send(platform, place(most))).await?)?;
        seen.again.push(Tried { size: since, taken });
    }
    platform.wait(seconds).await?;
    Ok(seen)
}

/// At once: the clock stands still.
async fn send(platform: &FakePlatform, conversation: String) -> Result<Receipt, ConnectorError> {
    platform.unpaced();
    let account = platform.account().await;
    let request = SendRequest::new(account, conversation, Content::text("conformance"), "message-1");
    platform.instance.send(request).await
}

fn is_admitted(sent: Result<Receipt, ConnectorError>) -> Result<bool, String> {
    match sent {
        Ok(_) => Ok(true),
        Err(error) if error.class == ErrorClass::Throttled => Ok(false),
        Err(error) => Err(error.to_string()),
    }
}

pub(super) fn against(document: &CapabilityDocument, seen: &Seen) -> Vec<Finding> {
    let Some((index, rate)) = of_the_app(document) else { return Vec::new() };
    let (max, per_seconds) = (u64::from(rate.max), u64::from(rate.per_seconds));
    let calls = differing(&format!("/rates/{index}/max"), &seen.calls, |calls| calls <= max);
    let again =
        differing(&format!("/rates/{index}/per_seconds"), &seen.again, |seconds| seconds >= per_seconds);
    calls.into_iter().chain(again).collect()
}
