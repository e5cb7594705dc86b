//! The state: its rows, the digest over them, and the key map.
use std::collections::{BTreeMap, BTreeSet};

use super::row::{Kept, Name, Office, Person, Row, Submitter};
use crate::keymap::Keymap;
use crate::validators::Validators;
use crate::{Hash, KeyId};

/// A change of the state: this row, from now on.
pub(super) struct Effect(pub(super) Name, pub(super) Row);

impl Effect {
    pub(super) fn new(name: impl Into<At>, row: impl Into<Row>) -> Self {
        Self(name.into().0, row.into())
    }
}

/// What a row is found by.
pub(super) struct At(pub(super) Name);

impl From<Hash> for At {
    fn from(hash: Hash) -> Self {
        Self(hash.0)
    }
}

impl From<KeyId> for At {
    fn from(id: KeyId) -> Self {
        Self(padded(&id.0))
    }
}

impl From<u64> for At {
    fn from(number: u64) -> Self {
        Self(padded(&number.to_be_bytes()))
    }
}

/// The bytes with zeros behind them.
fn padded(bytes: &[u8]) -> Name {
    let mut name = [0; 32];
    name.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    name
}

/// Everything that rules look at. Copies share the digest and the map, and cost their rows.
#[derive(Clone, Default)]
pub(super) struct State {
    rows: BTreeMap<(u8, Name), Row>,
    changed: BTreeSet<(u8, Name)>,
    digest: Keymap,
    map: Keymap,
}

impl State {
    /// A row.
    pub(super) fn get<T: Kept>(&self, at: impl Into<At>) -> Option<&T> {
        self.rows.get(&(T::TABLE, at.into().0)).and_then(T::of)
    }

    /// Whether there is such a row.
    pub(super) fn has<T: Kept>(&self, at: impl Into<At>) -> bool {
        self.get::<T>(at).is_some()
    }

    /// All rows of a table, in order.
    pub(super) fn all<'a, T: Kept + 'a>(&'a self) -> impl Iterator<Item = &'a T> {
        let table = (T::TABLE, [0; 32])..=(T::TABLE, [0xff; 32]);
        self.rows.range(table).filter_map(|(_, row)| T::of(row))
    }

    /// All rows of all tables, in order: what a snapshot holds.
    pub(super) fn rows(&self) -> impl ExactSizeIterator<Item = (&Name, &Row)> {
        self.rows.iter().map(|((_, name), row)| (name, row))
    }

    /// Puts a row. The digest follows at [`State::seal`].
    pub(super) fn put(&mut self, Effect(name, row): Effect) {
        if let Row::Person(person) = &row {
            self.bind(name, person);
        }
        self.changed.insert((row.table(), name));
        self.rows.insert((row.table(), name), row);
    }

    /// A submitter has used a sequence number.
    pub(super) fn use_up(&mut self, submitter: KeyId, sequence: u64) {
        let place = (Submitter::TABLE, At::from(submitter).0);
        if let Some(Row::Submitter(row)) = self.rows.get_mut(&place) {
            row.window.take(sequence);
            self.changed.insert(place);
        }
    }

    /// Takes all changes into the digest: O(changes · log rows).
    pub(super) fn seal(&mut self) {
        for (table, name) in std::mem::take(&mut self.changed) {
            let label = Hash::of(&[b"vaidya/ledger/row/v1", &[table], &name]);
            let mut bytes = Vec::new();
            self.rows.get(&(table, name)).iter().for_each(|row| row.write(&mut bytes));
            self.digest.insert(label.0, Hash::of(&[&bytes]).0);
        }
    }

    /// The root over all rows, as of the last [`State::seal`].
    pub(super) fn digest(&self) -> Hash {
        self.digest.root()
    }

    /// Labels and their live keys.
    pub(super) fn map(&self) -> &Keymap {
        &self.map
    }

    /// How the validators change.
    pub(super) fn office(&self) -> Office {
        self.get::<Office>(0_u64).cloned().unwrap_or_default()
    }

    /// Who validates.
    pub(super) fn validators(&self) -> Option<&Validators> {
        self.get(self.get::<Office>(0_u64).map_or(0, |office| office.epoch))
    }

    /// A label's value in the map is SHA-256("vaidya/ledger/keys/v1" ‖ its live bindings, ascending); one without live keys is not in it.
    fn bind(&mut self, label: Name, person: &Person) {
        let mut bindings: Vec<_> = person.0.iter().map(|(_, binding)| binding.0).collect();
        bindings.sort_unstable();
        let value = Hash::of(&[b"vaidya/ledger/keys/v1", &bindings.concat()]);
        match bindings.is_empty() {
            true => drop(self.map.remove(&label)),
            false => drop(self.map.insert(label, value.0)),
        }
    }
}
