//! Writes that wait for the writer: in turns, so that nobody waits for all that somebody else has brought.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

use super::StoreError;

/// Writes that may wait; beyond that the store says that it is unavailable.
const MOST: usize = 4096;
/// Of these so many may be about one and the same, so that there is room for others.
const MOST_OF_ONE: usize = MOST / 4;
/// So many about the same may share a commit: a burst, about 2,400 events a second, leaves processors and disk to others.
const TOGETHER_OF_ONE: usize = 2;

/// What writes are about, as a number: those about the same are done in their order and share their turns.
pub(super) type About = u64;

/// Where writes come out, one at a time.
pub(super) struct Waiting<T>(Arc<Shared<T>>);

/// What has joined one commit.
#[derive(Default)]
pub(super) struct Group {
    count: usize,
    of: HashMap<About, usize>,
}

/// Where writes are put in. The queue is closed when the last of these is gone.
pub(super) struct Putting<T> {
    shared: Arc<Shared<T>>,
    /// Counts those that are left.
    _open: Arc<Open<T>>,
}

struct Shared<T> {
    turns: Mutex<Turns<T>>,
    arrived: Condvar,
}

struct Turns<T> {
    next: VecDeque<Turn<T>>,
    /// What waits of those that have a turn in `next`.
    shared: HashMap<About, VecDeque<T>>,
    count: usize,
    closed: bool,
}

enum Turn<T> {
    Own(T),
    Of(About),
}

struct Open<T>(Arc<Shared<T>>);

/// A queue's two ends.
pub(super) fn queue<T>() -> (Putting<T>, Waiting<T>) {
    let turns = Turns { next: VecDeque::new(), shared: HashMap::new(), count: 0, closed: false };
    let shared = Arc::new(Shared { turns: Mutex::new(turns), arrived: Condvar::new() });
    let putting = Putting { shared: Arc::clone(&shared), _open: Arc::new(Open(Arc::clone(&shared))) };
    (putting, Waiting(shared))
}

impl<T> Clone for Putting<T> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), _open: Arc::clone(&self._open) }
    }
}

impl<T> Putting<T> {
    /// Puts a write in, with a turn of its own or with those that are about the same.
    ///
    /// # Errors
    /// Where too much waits.
    pub(super) fn put(&self, write: T, about: Option<About>) -> Result<(), StoreError> {
        let full = |what: &str| StoreError::Unavailable(format!("too many writes wait{what}"));
        let mut turns = self.shared.lock();
        if turns.count >= MOST {
            return Err(full(""));
        }
        match about {
            None => turns.next.push_back(Turn::Own(write)),
            Some(about) => match turns.shared.get_mut(&about) {
                Some(same) if same.len() >= MOST_OF_ONE => return Err(full(" about the same")),
                Some(same) => same.push_back(write),
                None => {
                    turns.shared.insert(about, VecDeque::from([write]));
                    turns.next.push_back(Turn::Of(about));
                }
            },
        }
        turns.count += 1;
        drop(turns);
        self.shared.arrived.notify_one();
        Ok(())
    }
}

impl Group {
    /// How many writes have joined.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    fn has_room(&self, about: About) -> bool {
        self.of.get(&about).is_none_or(|count| *count < TOGETHER_OF_ONE)
    }

    fn joined(&mut self, about: Option<About>) {
        self.count += 1;
        if let Some(about) = about {
            *self.of.entry(about).or_default() += 1;
        }
    }
}

impl<T> Waiting<T> {
    /// A new group's first write; blocks until there is one. `None` once the queue is closed and empty.
    pub(super) fn next(&self) -> Option<(Group, T)> {
        let mut group = Group::default();
        let mut turns = self.0.lock();
        loop {
            if let Some(write) = turns.take(&mut group) {
                return Some((group, write));
            }
            if turns.closed {
                return None;
            }
            turns = self.0.arrived.wait(turns).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The next write, if one waits and may join.
    pub(super) fn try_next(&self, group: &mut Group) -> Option<T> {
        self.0.lock().take(group)
    }
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, Turns<T>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Turns<T> {
    /// Where it is the turn of what has no room in the group, the group is closed: by then the others have had as many turns.
    fn take(&mut self, group: &mut Group) -> Option<T> {
        let joins = |turn: &mut Turn<T>| match turn {
            Turn::Own(_) => true,
            Turn::Of(about) => group.has_room(*about),
        };
        let (write, about) = match self.next.pop_front_if(joins)? {
            Turn::Own(write) => (write, None),
            Turn::Of(about) => {
                let same = self.shared.get_mut(&about)?;
                let write = same.pop_front()?;
                match same.is_empty() {
                    true => drop(self.shared.remove(&about)),
                    false => self.next.push_back(Turn::Of(about)),
                }
                (write, Some(about))
            }
        };
        self.count -= 1;
        group.joined(about);
        Some(write)
    }
}

impl<T> Drop for Open<T> {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.arrived.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What waits, by the groups that it makes.
    fn groups<T>(waiting: &Waiting<T>) -> Vec<Vec<T>> {
        let group = || {
            let mut group = Group::default();
            let writes: Vec<T> = std::iter::from_fn(|| waiting.try_next(&mut group)).collect();
            (!writes.is_empty()).then_some(writes)
        };
        std::iter::from_fn(group).collect()
    }

    fn all<T>(waiting: &Waiting<T>) -> Vec<T> {
        groups(waiting).into_iter().flatten().collect()
    }

    #[test]
    fn whoever_brings_much_takes_turns_with_the_others() {
        let (putting, waiting) = queue();
        for (write, about) in [
            ("a1", Some(1)),
            ("a2", Some(1)),
            ("a3", Some(1)),
            ("b1", Some(2)),
            ("own", None),
            ("b2", Some(2)),
        ] {
            putting.put(write, about).unwrap();
        }
        assert_eq!(waiting.next().unwrap().1, "a1");
        putting.put("late", None).unwrap();
        assert_eq!(all(&waiting), ["b1", "own", "a2", "late", "b2", "a3"]);
    }

    #[test]
    fn a_commit_takes_few_writes_about_the_same_and_any_number_of_others() {
        let (putting, waiting) = queue();
        for write in 0..6 {
            putting.put(write, Some(1)).unwrap();
        }
        for write in 10..16 {
            putting.put(write, None).unwrap();
        }
        assert_eq!(groups(&waiting), [vec![0, 10, 11, 12, 13, 14, 15, 1], vec![2, 3], vec![4, 5]]);
    }

    #[test]
    fn what_is_too_much_of_one_leaves_room_for_others() {
        let (putting, waiting) = queue();
        let taken = (0..2 * MOST).filter(|n| putting.put(*n, Some(1)).is_ok()).count();
        assert_eq!(taken, MOST_OF_ONE);
        let taken = (0..2 * MOST).filter(|n| putting.put(*n, None).is_ok()).count();
        assert_eq!(taken, MOST - MOST_OF_ONE);
        assert!(putting.put(0, Some(2)).is_err());
        assert_eq!(all(&waiting).len(), MOST);
        putting.put(0, Some(1)).unwrap();
    }

    #[test]
    fn it_ends_when_nobody_puts_anything_in_and_nothing_is_left() {
        let (putting, waiting) = queue();
        putting.clone().put(1, Some(1)).unwrap();
        let ended = std::thread::spawn(move || (waiting.next(), waiting.next()));
        drop(putting);
        let (one, none) = ended.join().unwrap();
        assert_eq!((one.map(|(group, write)| (group.count(), write)), none.is_none()), (Some((1, 1)), true));
    }
}
