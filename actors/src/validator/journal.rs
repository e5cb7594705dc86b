//! What is on its way to the disk: one write at a time, and everything that came up meanwhile in the next one.
use std::collections::BTreeMap;
use std::sync::Arc;

use vaidya_ledger::chain::Kept;
use vaidya_ledger::pbft::{Input, Record, Stable, Token};

use super::{Carry, Office, Persist};

/// What is to be written, what is being written, and what may not be said before.
#[derive(Default)]
pub(super) struct Journal {
    next: Persist,
    /// The last token in `next`, and what the replica hears when it is durable.
    token: Token,
    executed: Vec<Input>,
    writing: Option<Writing>,
    durable: Token,
    held: BTreeMap<Token, Vec<Carry>>,
}

struct Writing {
    what: Persist,
    token: Token,
    executed: Vec<Input>,
}

/// What follows from a write.
#[derive(Default)]
pub(super) struct Written {
    pub(super) inputs: Vec<Input>,
    pub(super) carry: Vec<Carry>,
    pub(super) stables: Vec<Arc<Stable>>,
}

impl Journal {
    pub(super) fn record(&mut self, token: Token, record: Record) {
        self.token = token;
        self.next.records.push(record);
    }

    /// A block that was executed; the replica hears `then` when it is durable.
    pub(super) fn block(&mut self, kept: Arc<Kept>, then: Option<Input>) {
        self.next.blocks.push(kept);
        self.executed.extend(then);
    }

    /// A certificate. Once everything up to `executed` is durable, records up to the lower of both are not needed.
    pub(super) fn stable(&mut self, stable: Arc<Stable>, executed: u64) {
        self.next.forget = self.next.forget.max(stable.seq().min(executed));
        self.next.stables.push(stable);
    }

    pub(super) fn snapshot(&mut self, seq: u64, bytes: Vec<u8>) {
        self.next.snapshot = Some((seq, bytes));
    }

    /// Another set is in office: the tokens of the last replica are nobody's any more, and what it still held isn't said.
    pub(super) fn office(&mut self, office: Office) {
        self.next.records.clear();
        self.next.office = Some(office);
        self.executed.clear();
        self.held.clear();
        (self.token, self.durable) = (0, 0);
        if let Some(writing) = &mut self.writing {
            writing.token = 0;
            writing.executed.clear();
        }
    }

    /// Says it now, or when that token is durable.
    pub(super) fn hold(&mut self, carry: Carry, after: Option<Token>) -> Option<Carry> {
        match after.filter(|token| *token > self.durable) {
            None => Some(carry),
            Some(token) => {
                self.held.entry(token).or_default().push(carry);
                None
            }
        }
    }

    /// The next write, unless one is under way or there is nothing to write.
    pub(super) fn begin(&mut self) -> Option<Persist> {
        if self.writing.is_some() || self.is_clean() {
            return None;
        }
        let (what, executed) = (std::mem::take(&mut self.next), std::mem::take(&mut self.executed));
        self.writing = Some(Writing { what: what.clone(), token: self.token, executed });
        Some(what)
    }

    /// Whether nothing waits to be written.
    pub(super) fn is_clean(&self) -> bool {
        let Persist { office, records, blocks, stables, snapshot, forget: _ } = &self.next;
        office.is_none() && records.is_empty() && blocks.is_empty() && stables.is_empty() && snapshot.is_none()
    }

    /// Whether nothing waits and nothing is under way.
    pub(super) fn is_quiet(&self) -> bool {
        self.writing.is_none() && self.is_clean()
    }

    /// Blocks that wait to be written.
    pub(super) fn blocks(&self) -> usize {
        self.next.blocks.len()
    }

    /// The write is durable.
    pub(super) fn done(&mut self) -> Written {
        let Some(writing) = self.writing.take() else { return Written::default() };
        self.durable = self.durable.max(writing.token);
        let later = self.held.split_off(&self.durable.saturating_add(1));
        let carry = std::mem::replace(&mut self.held, later).into_values().flatten().collect();
        let persisted = (writing.token > 0).then_some(Input::Persisted(writing.token));
        let inputs = persisted.into_iter().chain(writing.executed).collect();
        Written { inputs, carry, stables: writing.what.stables }
    }

    /// The write was not made: the same again, to be tried later.
    pub(super) fn again(&self) -> Option<Persist> {
        self.writing.as_ref().map(|writing| writing.what.clone())
    }
}
