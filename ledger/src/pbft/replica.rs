//! The replica: its state, the table of what it does with each input, and how it says things.
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::message::{Checkpoint, Commit, NewView, Signed, ViewChange};
use super::pace::{Clock, Patience};
use super::pool::Pool;
use super::recover::Amnesia;
use super::slot::Slot;
use super::status::Peer;
use super::transfer::Fetching;
use super::{
    Bytes, Check, Config, Evidence, Frame, Input, Keys, Mutant, Output, Point, Quorum, Record, ReplicaId, Seq, Stable,
    Token, View,
};
use crate::{Head, Signer};

/// Contradictions that are remembered as reported. Lower could report one twice, higher costs memory.
const MOST_REPORTED: usize = 256;

/// What a replica is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Ordering requests in its view.
    Normal,
    /// Waiting for its view to open.
    Changing,
}

/// A vote of its own that counts when its record is durable: before that, a crash could take it back.
#[derive(Debug)]
pub(super) enum Own {
    Commit(Signed<Commit>),
    Checkpoint(Signed<Checkpoint>),
    Change(Arc<Signed<ViewChange>>),
}

/// What one step has at hand.
pub(super) struct Turn<'a> {
    pub(super) check: &'a dyn Check,
    pub(super) out: &'a mut Vec<Output>,
}

/// A PBFT replica. Everything in it is bounded: by the watermark window, by the number of validators, or by a
/// [limit](super::Limits).
pub struct Replica {
    pub(super) config: Config,
    pub(super) keys: Keys,
    pub(super) signer: Signer,
    pub(super) clock: Clock,
    pub(super) view: View,
    pub(super) mode: Mode,
    /// The low watermark h: number of the last stable checkpoint.
    pub(super) low: Seq,
    pub(super) stable: Option<Arc<Stable>>,
    pub(super) slots: BTreeMap<Seq, Slot>,
    /// The last block that was executed, and the last that was handed out for it.
    pub(super) executed: Point,
    pub(super) handed: Point,
    pub(super) executing: VecDeque<Point>,
    /// What came of blocks above the low watermark, and what certificates say must come of blocks that aren't executed.
    pub(super) heads: BTreeMap<Seq, Head>,
    pub(super) expected: BTreeMap<Seq, Head>,
    pub(super) checkpoints: BTreeMap<Seq, BTreeMap<ReplicaId, Signed<Checkpoint>>>,
    /// The newest view change of each, and the NEW-VIEW of the current view.
    pub(super) changes: BTreeMap<ReplicaId, Arc<Signed<ViewChange>>>,
    pub(super) own_change: Option<(Arc<Signed<ViewChange>>, Token)>,
    pub(super) new_view: Option<(Arc<Signed<NewView>>, Token)>,
    pub(super) pool: Pool,
    /// The number this replica gives next when it is primary.
    pub(super) next: Seq,
    token: Token,
    durable: Token,
    pub(super) held: VecDeque<(Token, Own)>,
    pub(super) patience: Patience,
    pub(super) fetching: Fetching,
    pub(super) peers: BTreeMap<ReplicaId, Peer>,
    pub(super) told: u64,
    pub(super) amnesia: Option<Amnesia>,
    pub(super) diverged: bool,
    /// The last number of this validator set, once that is decided.
    pub(super) ending: Option<Seq>,
    reported: BTreeSet<(u8, View, Seq)>,
}

impl Replica {
    /// A validator that takes part from the beginning of its validator set, with nothing to remember. For one that may have taken part
    /// before, this would be forging votes: that one is [recovered](Self::recover). Where another validator set takes over, the driver drops all
    /// records of the last one together with writing this one's first.
    pub fn begin(config: Config, signer: Signer, out: &mut Vec<Output>) -> Self {
        let mut replica = Self::blank(config, signer);
        let epoch = replica.config.epoch;
        replica.persist(Record::Started { epoch }, out);
        replica
    }

    pub(super) fn blank(config: Config, signer: Signer) -> Self {
        let start = config.start;
        Self {
            keys: Keys::of(&config),
            signer,
            clock: Clock::default(),
            view: 0,
            mode: Mode::Normal,
            low: start.seq,
            stable: None,
            slots: BTreeMap::new(),
            executed: start,
            handed: start,
            executing: VecDeque::new(),
            heads: BTreeMap::new(),
            expected: BTreeMap::new(),
            checkpoints: BTreeMap::new(),
            changes: BTreeMap::new(),
            own_change: None,
            new_view: None,
            pool: Pool::new(config.limits),
            next: start.seq + 1,
            token: 0,
            durable: 0,
            held: VecDeque::new(),
            patience: Patience::default(),
            fetching: Fetching::default(),
            peers: BTreeMap::new(),
            told: 0,
            amnesia: None,
            diverged: false,
            ending: None,
            reported: BTreeSet::new(),
            config,
        }
    }

    /// Takes one input, and appends what is to be done about it, in order. Never blocks, never panics.
    pub fn step(&mut self, input: Input, check: &dyn Check, out: &mut Vec<Output>) {
        if self.diverged {
            return;
        }
        let mut turn = Turn { check, out };
        let turn = &mut turn;
        match input {
            Input::Msg { from, bytes } => self.hear(from, &bytes, turn),
            Input::Request { entries, urgent } => self.on_requests(None, &entries, urgent, turn),
            Input::Tick(now) => self.on_tick(now, turn),
            Input::Persisted(token) => self.on_durable(token, turn),
            Input::Executed { head, cosignature, ends } => self.on_executed(head, cosignature, ends, turn),
        }
        self.propose(turn);
        self.watch();
    }

    /// The table of messages. `from` matters only where a message isn't signed; signed ones may come by any way.
    fn hear(&mut self, from: ReplicaId, bytes: &Bytes, turn: &mut Turn<'_>) {
        if !self.quorum().has(from) {
            return;
        }
        match Frame::decode(bytes) {
            Some(Frame::PrePrepare(proposal, batch)) => self.on_pre_prepare(proposal, &batch, turn),
            Some(Frame::Proposal(proposal)) => self.on_proposal(proposal, turn),
            Some(Frame::Prepare(prepare)) => self.on_prepare(prepare, turn),
            Some(Frame::Commit(commit)) => self.on_commit(commit, turn),
            Some(Frame::Checkpoint(checkpoint)) => self.on_checkpoint(checkpoint, turn),
            Some(Frame::ViewChange(change)) => self.on_view_change(change, turn),
            Some(Frame::NewView(new_view)) => self.on_new_view(new_view, turn),
            Some(Frame::Stable(stable)) => self.on_stable(stable, turn),
            Some(Frame::Request(entries)) => self.on_requests(Some(from), &entries, false, turn),
            Some(Frame::Status(status)) => self.on_status(from, &status, turn),
            Some(Frame::Fetch(fetch)) => self.on_fetch(from, fetch, turn),
            Some(Frame::Chunk(chunk)) => self.on_chunk(&chunk, turn),
            Some(Frame::Batch(batch)) => self.on_batch(&batch, turn),
            None => {}
        }
    }

    fn on_tick(&mut self, now: u64, turn: &mut Turn<'_>) {
        self.clock.tick(now);
        self.revive(turn);
        self.fetch(turn);
        self.relay(turn);
        if self.may_vote() {
            self.lose_patience(turn);
        }
        self.tell_status(turn);
    }

    /// All up to this token are durable: the votes among them count now.
    fn on_durable(&mut self, token: Token, turn: &mut Turn<'_>) {
        self.durable = self.durable.max(token.min(self.token));
        while self.held.front().is_some_and(|(token, _)| *token <= self.durable) {
            match self.held.pop_front() {
                Some((_, Own::Commit(commit))) => self.count_commit(commit, turn),
                Some((_, Own::Checkpoint(checkpoint))) => self.count_checkpoint(checkpoint, turn),
                Some((_, Own::Change(change))) => self.count_change(change, turn),
                None => {}
            }
        }
    }

    /// Remembers something; what follows from it may be said after the token.
    pub(super) fn persist(&mut self, record: Record, out: &mut Vec<Output>) -> Token {
        self.token += 1;
        out.push(Output::Persist { token: self.token, record });
        self.token
    }

    /// A vote of its own, to be counted once it can't be taken back.
    pub(super) fn hold(&mut self, token: Token, own: Own) {
        self.held.push_back((token, own));
    }

    fn after(&self, token: Token) -> Option<Token> {
        Some(token).filter(|token| *token > self.durable && !self.config.bug(Mutant::SendBeforePersist))
    }

    /// Sends to everyone else, not before the token is durable.
    pub(super) fn cast(&self, frame: &Frame, token: Token, turn: &mut Turn<'_>) {
        turn.out.push(Output::Cast { bytes: frame.encode(), after: self.after(token) });
    }

    /// Sends to one, not before the token is durable.
    pub(super) fn send(&self, to: ReplicaId, frame: &Frame, token: Token, turn: &mut Turn<'_>) {
        turn.out.push(Output::Send { to, bytes: frame.encode(), after: self.after(token) });
    }

    /// Reports a contradiction, once.
    pub(super) fn report(&mut self, evidence: Evidence, turn: &mut Turn<'_>) {
        if evidence.holds(&mut self.keys) && self.reported.insert(evidence.slot()) {
            turn.out.push(Output::Evidence(Box::new(evidence)));
        }
        if self.reported.len() > MOST_REPORTED {
            self.reported.pop_first();
        }
    }

    /// Whether it may say anything that binds it.
    pub(super) fn may_vote(&self) -> bool {
        self.amnesia.is_none() && !self.diverged
    }

    pub(super) fn quorum(&self) -> Quorum {
        self.config.quorum()
    }

    pub(super) fn me(&self) -> ReplicaId {
        self.config.me
    }

    /// Whether the number is between the watermarks, h < n ≤ H (section 4.2).
    pub(super) fn in_window(&self, seq: Seq) -> bool {
        let high = self.low.saturating_add(self.config.limits.window);
        seq > self.low && (seq <= high || self.config.bug(Mutant::WatermarkUnchecked))
    }

    /// Whether votes for the number still teach something: it is in the window, or stable elsewhere and not executed here.
    pub(super) fn is_open(&self, seq: Seq) -> bool {
        self.in_window(seq) || (seq > self.handed.seq && seq <= self.low)
    }

    /// Whether a checkpoint is stable that this replica hasn't reached.
    pub(super) fn is_behind(&self) -> bool {
        self.handed.seq < self.low
    }
}
