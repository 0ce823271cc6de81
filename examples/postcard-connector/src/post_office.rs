//! The imaginary platform, in memory: what a connector of yours has behind HTTP.

use std::sync::{Mutex, MutexGuard, PoisonError};

use connector_api::{ChannelMessage, Contact, Content, Event, EventKind, Timestamp};

/// Keeps every card that was ever posted, and the letters that customers answer with.
#[derive(Debug, Default)]
pub(crate) struct PostOffice {
    inside: Mutex<Inside>,
}

#[derive(Debug, Default)]
struct Inside {
    letters: Vec<String>,
    cards: Vec<Card>,
    media: Vec<String>,
}

/// A card of the business.
#[derive(Debug, Clone)]
struct Card {
    address: String,
    content: Content,
    taken_back: bool,
}

impl PostOffice {
    /// Takes a card and gives it a number.
    pub(crate) fn post(&self, address: &str, content: Content) -> String {
        let mut inside = self.open();
        inside.cards.push(Card { address: address.to_owned(), content, taken_back: false });
        format!("card-{}", inside.cards.len())
    }

    /// Changes a card on its way; whether there is such a card.
    pub(crate) fn rewrite(&self, address: &str, id: &str, content: Content) -> bool {
        self.with_card(address, id, |card| card.content = content)
    }

    /// Stops a card; whether there is such a card.
    pub(crate) fn take_back(&self, address: &str, id: &str) -> bool {
        self.with_card(address, id, |card| card.taken_back = true)
    }

    /// Keeps a medium and gives it a number.
    pub(crate) fn keep(&self, mime: &str) -> String {
        let mut inside = self.open();
        inside.media.push(mime.to_owned());
        format!("medium-{}", inside.media.len())
    }

    /// Whether a medium was kept under that number.
    pub(crate) fn has_medium(&self, id: &str) -> bool {
        let kept = self.open().media.len();
        number(id, "medium-").is_some_and(|n| n <= kept)
    }

    /// With a letter from each of these, who wrote of their own accord.
    pub(crate) fn with_letters_from(customers: Vec<String>) -> Self {
        Self { inside: Mutex::new(Inside { letters: customers, ..Inside::default() }) }
    }

    /// The letters behind the first `seen`, and how many there are: those that lay here at the start, and everybody's
    /// answer to every card that still stands.
    pub(crate) fn letters(&self, account: &str, seen: usize, now: Timestamp) -> (Vec<Event>, usize) {
        let inside = self.open();
        let first = inside.letters.iter().map(|from| Some((from, Content::text("Good day!"))));
        let thanks = inside.cards.iter().map(|card| {
            let said = match &card.content {
                Content::Text { text } => Content::text(format!("Thank you for “{text}”.")),
                // Whoever gets a video sends it on.
                Content::Media(medium) if medium.media_kind == "video" => card.content.clone(),
                other => Content::text(format!("Thank you for the {}.", other.kind())),
            };
            Some((&card.address, said)).filter(|_| !card.taken_back)
        });
        let all = first.chain(thanks).enumerate().skip(seen);
        let letters = all.filter_map(|(index, letter)| letter.map(|(from, said)| (index, from, said)));
        let events = letters.map(|(index, from, said)| {
            let id = format!("letter-{}", index + 1);
            let message = ChannelMessage::new(&id, now, said);
            let contact = Contact::new(from);
            let kind = EventKind::MessageReceived { conversation: from.clone(), contact, message };
            Event::new(account, id, now, kind)
        });
        (events.collect(), inside.letters.len() + inside.cards.len())
    }

    fn with_card(&self, address: &str, id: &str, change: impl FnOnce(&mut Card)) -> bool {
        let mut inside = self.open();
        let index = number(id, "card-").map(|n| n - 1);
        let card = index.and_then(|index| inside.cards.get_mut(index));
        card.filter(|card| card.address == address && !card.taken_back).map(change).is_some()
    }

    fn open(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The number behind `prefix`, from 1.
fn number(id: &str, prefix: &str) -> Option<usize> {
    id.strip_prefix(prefix)?.parse().ok().filter(|n| *n > 0)
}
