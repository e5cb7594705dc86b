//! The state machine behind the log: what was agreed on is executed, entry by entry, the same on every validator. No clock, no luck.
use crate::codec::Malformed;
use crate::entry;
use crate::keymap::{Keymap, Label};
use crate::merkle::Frontier;
use crate::validators::Validators;
use crate::{Entry, Genesis, Hash, Head, KeyId, Kind, Leaf, pbft};

mod consents;
mod credentials;
mod keys;
mod office;
mod records;
mod row;
mod rules;
mod seen;
mod snapshot;
mod state;
#[cfg(test)]
mod tests;
mod void;
mod window;

use row::{Key, Office, Submitter};
use rules::{Case, judge};
use seen::Seen;
use state::{Effect, State};

pub use credentials::Status;
pub use keys::MOST_KEYS;
pub use void::Void;
pub use window::WINDOW;

/// Why an entry isn't voted for. Nothing of it gets onto the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The bytes are not an entry.
    #[error(transparent)]
    Malformed(#[from] entry::Malformed),
    /// Nobody knows who handed it in.
    #[error("the key that handed the entry in is not one of this ledger's")]
    UnknownSubmitter,
    /// Who handed it in did not sign it, or signed it for another ledger.
    #[error("the entry is not signed by the key that handed it in, or is for another ledger")]
    Signature,
    /// A key that is to be bound didn't prove that it is there.
    #[error("the key that is to be bound did not sign its own binding")]
    Possession,
}

/// Another set of validators takes over after this block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Its number: one more than the last one's.
    pub epoch: u64,
    /// Who they are.
    pub validators: Validators,
}

/// What came of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Executed {
    /// The log and the state after it.
    pub head: Head,
    /// The leaves it appended: one for each entry, in order, and one that ends it; none when it had no entries.
    pub leaves: Vec<Leaf>,
    /// What came of each entry.
    pub outcomes: Vec<Result<(), Void>>,
    /// Whether a change of the validators waits for the next checkpoint, or for this block's.
    pub ends: bool,
    /// Who takes over, when this block is the last of its set.
    pub turn: Option<Turn>,
}

/// The state machine. A copy costs the rows of the state, and shares what was verified.
#[derive(Clone)]
pub struct App {
    ledger: Hash,
    interval: u64,
    seq: u64,
    time: u64,
    log: Frontier,
    state: State,
    seen: Seen,
}

impl App {
    /// As the ledger begins: block 0.
    #[must_use]
    pub fn genesis(genesis: &Genesis) -> Self {
        let mut state = State::default();
        state.put(Effect::new(0_u64, Office::default()));
        state.put(Effect::new(0_u64, genesis.validators.clone()));
        for public in &genesis.submitters {
            let row = Submitter { public: *public, active: true, window: window::Window::new() };
            state.put(Effect::new(KeyId::of(public), row));
        }
        state.seal();
        let (ledger, interval, time) = (genesis.id(), genesis.interval, genesis.made_at);
        Self { ledger, interval, seq: 0, time, log: Frontier::new(), state, seen: Seen::default() }
    }

    /// Whether a validator may vote for an entry: its format, and the signatures that anyone can check. What passed once passes always: who may
    /// no longer hand entries in stays known here, and is found when the entry is executed.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, bytes: &[u8]) -> Result<Entry, Refused> {
        let (entry, digest) = (Entry::decode(bytes)?, Hash::of(&[bytes]));
        if self.seen.submitter(&digest) {
            return Ok(entry);
        }
        let submitter = self.state.get::<Submitter>(entry.submitter).ok_or(Refused::UnknownSubmitter)?;
        if !entry.is_submitted_by(&self.ledger, &submitter.public) {
            return Err(Refused::Signature);
        }
        if entry.statement.kind == Kind::KeyBind && !possessed(&entry) {
            return Err(Refused::Possession);
        }
        let actor = entry.actor.and_then(|actor| self.state.get::<Key>(actor.key));
        self.seen.remember(digest, actor.is_some_and(|key| entry.is_said_by(&key.public)));
        Ok(entry)
    }

    /// Executes the next block. Time never goes back: one before the last block's counts as that one's. O(entries · log state).
    pub fn execute(&mut self, seq: u64, time: u64, batch: &[impl AsRef<[u8]>]) -> Executed {
        (self.seq, self.time) = (seq, self.time.max(time));
        let mut leaves = Vec::with_capacity(batch.len() + 1);
        let mut outcomes = Vec::with_capacity(batch.len());
        for bytes in batch {
            let outcome = self.turn_of(bytes.as_ref());
            let number = outcome.map_or_else(Void::number, |()| 0);
            leaves.push(Leaf::Entry { outcome: number, seq, time: self.time, entry: bytes.as_ref().to_vec() });
            outcomes.push(outcome);
        }
        if !batch.is_empty() {
            leaves.push(Leaf::End { seq, time: self.time, keymap: self.state.map().root() });
        }
        let ends = self.state.office().next.is_some();
        let turn = self.take_over();
        leaves.iter().for_each(|leaf| self.log.append(leaf.hash()));
        self.state.seal();
        Executed { head: self.head(), leaves, outcomes, ends, turn }
    }

    /// The log and the state as they are.
    #[must_use]
    pub fn head(&self) -> Head {
        let map = self.state.map().root();
        let numbers = [self.interval, self.seq, self.time].map(u64::to_be_bytes).concat();
        let parts = [b"vaidya/ledger/state/v1", self.ledger.0.as_slice(), &numbers, &map.0, &self.state.digest().0];
        Head { seq: self.seq, size: self.log.size(), root: self.log.root(), state: Hash::of(&parts) }
    }

    /// The time of the last block, ms since 1970.
    #[must_use]
    pub fn time(&self) -> u64 {
        self.time
    }

    /// Which ledger this is.
    #[must_use]
    pub fn ledger(&self) -> Hash {
        self.ledger
    }

    /// The edge of the log.
    #[must_use]
    pub fn log(&self) -> &Frontier {
        &self.log
    }

    /// Labels and the hashes of their live keys, for proofs of presence and absence.
    #[must_use]
    pub fn map(&self) -> &Keymap {
        self.state.map()
    }

    /// A person's live keys, by key id, with their bindings.
    #[must_use]
    pub fn live_keys(&self, label: &Label) -> Vec<(KeyId, Hash)> {
        self.state.get::<row::Person>(Hash(*label)).map(|person| person.0.clone()).unwrap_or_default()
    }

    /// How often the set of validators has changed.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.state.office().epoch
    }

    /// How many changes were agreed to: the serial that the next proposal must have.
    #[must_use]
    pub fn serial(&self) -> u64 {
        self.state.office().serial
    }

    /// Who validates in an epoch, from 0 to [`App::epoch`].
    #[must_use]
    pub fn validators(&self, epoch: u64) -> Option<&Validators> {
        self.state.get(epoch)
    }

    /// Whether a sequence number can still be used by that submitter: what a client asks when it starts.
    #[must_use]
    pub fn is_free(&self, submitter: KeyId, sequence: u64) -> bool {
        self.state.get::<Submitter>(submitter).is_some_and(|row| row.active && row.window.is_free(sequence))
    }

    /// Everything, as bytes. The same state has the same bytes.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        snapshot::write(self)
    }

    /// From [`App::snapshot`]. Whoever reads it compares [`App::head`] with one that is signed.
    ///
    /// # Errors
    /// When the bytes are not a snapshot, or not its only spelling.
    pub fn restore(bytes: &[u8]) -> Result<Self, Malformed> {
        snapshot::read(bytes)
    }

    /// One entry's turn: it has all its effects, or none.
    fn turn_of(&mut self, bytes: &[u8]) -> Result<(), Void> {
        let (entry, digest) = (Entry::decode(bytes).map_err(|_| Void::Malformed)?, Hash::of(&[bytes]));
        let case = Case { ledger: &self.ledger, state: &self.state, entry: &entry, time: self.time };
        let effects = judge(&case, &digest, &self.seen)?;
        effects.into_iter().for_each(|effect| self.state.put(effect));
        self.state.use_up(entry.submitter, entry.sequence);
        Ok(())
    }

    /// At a checkpoint, who was agreed on takes over.
    fn take_over(&mut self) -> Option<Turn> {
        let office = self.state.office();
        let validators = office.next.filter(|_| self.seq.is_multiple_of(self.interval.max(1)))?;
        let epoch = office.epoch.saturating_add(1);
        self.state.put(Effect::new(epoch, validators.clone()));
        self.state.put(Effect::new(0_u64, Office { epoch, next: None, ..office }));
        Some(Turn { epoch, validators })
    }
}

fn possessed(entry: &Entry) -> bool {
    <[u8; 32]>::try_from(entry.attachment.as_slice()).is_ok_and(|public| entry.is_said_by(&public))
}

impl pbft::Check for App {
    fn entry(&self, entry: &[u8]) -> bool {
        self.check(entry).is_ok()
    }

    fn is_spent(&self, entry: &[u8]) -> bool {
        let spent = |it: Entry| {
            let row = self.state.get::<Submitter>(it.submitter);
            row.is_some_and(|row| !row.window.is_free(it.sequence))
        };
        Entry::decode(entry).is_ok_and(spent)
    }

    fn lane(&self, entry: &[u8]) -> (KeyId, u64) {
        Entry::decode(entry).map_or_else(|_| Default::default(), |entry| (entry.submitter, entry.sequence))
    }
}
