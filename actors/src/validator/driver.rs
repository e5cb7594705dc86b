//! What a validator does with what it hears: the replica's outputs become deeds, and nothing is said before it may be.
use std::collections::VecDeque;
use std::sync::Arc;

use vaidya_ledger::app::{App, Turn};
use vaidya_ledger::chain::Kept;
use vaidya_ledger::key::Public;
use vaidya_ledger::pbft::{
    Block, Bytes, Frame, Input, MAX_FRAME, Mode, Output, Point, Record, Replica, ReplicaId, Seq, Stable,
};
use vaidya_ledger::{Genesis, Signer, Validators};

use super::follow::{Follow, agrees};
use super::journal::Journal;
use super::recall::{Recalled, Unfit, rebuild};
use super::seat::{Checked, Seat, publics};
use super::{Carry, Certified, Office, Persist, Standing, Submit, Told};

/// Leaves after which the state is kept whole. Lower writes it more often, higher takes longer to start after a crash:
/// about a second for each ten thousand.
pub(super) const SNAPSHOT: u64 = 16_384;

/// Blocks a peer is given at once, of which as many are sent as fit one message.
const RUN: usize = 64;

/// Bytes of blocks that are read for a peer at once.
pub(super) const RUN_BYTES: usize = MAX_FRAME / 4;

/// Blocks that may wait to be written. When there are more, the disk is full or far too slow: nothing is heard until it writes again,
/// so that what waits doesn't fill the memory as well.
const UNWRITTEN: usize = 256;

/// How often a validator says how it is, ms.
const SAY: u64 = 1_000;

/// What is to be done outside.
pub(super) enum Deed {
    Carry(Carry),
    Tell(Told),
    Write(Persist),
    /// Blocks after that number for this validator.
    Read(u8, Seq),
}

/// What a validator takes part in the agreement with.
enum Part {
    Votes(Box<Replica>),
    Follows(Follow),
    /// Its state isn't the one that was signed: it says nothing any more.
    Diverged,
}

/// A validator without its actor: no IO, no clock.
pub(super) struct Driver {
    seat: Seat,
    part: Part,
    app: App,
    set: Validators,
    keys: Vec<Public>,
    office: Office,
    turn: Option<Turn>,
    /// Where the state is; further than the disk.
    point: Point,
    journal: Journal,
    /// Whether it remembers all it ever voted for.
    remembers: bool,
    leaves: u64,
    now: u64,
    said: u64,
    standing: Option<Standing>,
    inputs: VecDeque<Input>,
    deeds: Vec<Deed>,
}

impl Driver {
    /// As its disk remembers it.
    pub(super) fn open(
        genesis: Arc<Genesis>,
        id: u8,
        signer: Signer,
        recalled: Recalled,
        now: u64,
    ) -> Result<Self, Unfit> {
        let rebuilt = rebuild(&genesis, recalled)?;
        let seat = Seat::new(genesis, id, signer, now);
        let office = rebuilt.office;
        let set = rebuilt.app.validators(office.epoch).ok_or(Unfit::Snapshot("it has no validators"))?.clone();
        let epoch = office.epoch;
        let remembers = rebuilt.records.iter().any(|it| matches!(it, Record::Started { epoch: of } if *of == epoch));
        let next = rebuilt.app.epoch();
        let after = rebuilt.app.validators(next).filter(|_| next > epoch).cloned();
        let turn = after.map(|validators| Turn { epoch: next, validators });
        let part = match seat.place(&set) {
            Some(me) => {
                let config = seat.config(office, &set, me);
                Part::Votes(Box::new(Replica::recover(config, seat.signer(), &rebuilt.records, rebuilt.point)))
            }
            None => Part::Follows(Follow::new(rebuilt.app.ledger(), epoch, &set)),
        };
        let keys = publics(&set);
        let mut driver = Self {
            seat,
            part,
            app: rebuilt.app,
            set,
            keys,
            office,
            turn,
            point: rebuilt.point,
            journal: Journal::default(),
            remembers,
            leaves: rebuilt.leaves,
            now,
            said: 0,
            standing: None,
            inputs: VecDeque::new(),
            deeds: Vec::new(),
        };
        driver.deeds.push(Deed::Carry(Carry::Set(driver.set.clone())));
        driver.say_last(rebuilt.last.as_deref(), rebuilt.ends);
        if let Some(stable) = rebuilt.stable {
            driver.pass_on(&stable);
        }
        Ok(driver)
    }

    /// The last block is said once more: its checkpoint may not have been made.
    fn say_last(&mut self, last: Option<&Kept>, ends: bool) {
        let Some(kept) = last else { return };
        let ends = ends || self.turn.is_some();
        let executed = self.executed(kept, ends);
        self.inputs.push_back(executed);
        self.run();
    }

    /// What is to be done now.
    pub(super) fn deeds(&mut self) -> Vec<Deed> {
        self.deeds.extend(self.journal.begin().map(Deed::Write));
        std::mem::take(&mut self.deeds)
    }

    pub(super) fn heard(&mut self, from: u8, bytes: Bytes) {
        if self.is_choked() {
            return;
        }
        if let Part::Follows(follow) = &mut self.part {
            if let Some((blocks, stable)) = follow.hear(&bytes, self.point) {
                self.follow(blocks, &stable);
            }
            return;
        }
        let place = self.set.position(from).and_then(|place| u8::try_from(place).ok());
        if let Some(from) = place.map(ReplicaId) {
            self.feed(Input::Msg { from, bytes });
        }
    }

    /// Whether it could take them.
    pub(super) fn submit(&mut self, Submit { entries, urgent }: Submit) -> bool {
        let takes = matches!(self.part, Part::Votes(_)) && !self.is_choked();
        if takes {
            self.feed(Input::Request { entries, urgent });
        }
        takes
    }

    fn is_choked(&self) -> bool {
        self.journal.blocks() > UNWRITTEN
    }

    pub(super) fn tick(&mut self, now: u64) {
        self.now = now;
        if self.is_choked() {
            return;
        }
        self.feed(Input::Tick(now));
        let others: Vec<u8> = self.set.iter().map(|it| it.id).filter(|id| *id != self.seat.id).collect();
        if let Part::Follows(follow) = &mut self.part
            && let Some((to, bytes)) = follow.ask(now, self.point.seq, &others)
        {
            self.deeds.push(Deed::Carry(Carry::To(to, bytes)));
        }
        self.stand();
    }

    /// The write that was under way is durable.
    pub(super) fn written(&mut self) {
        let written = self.journal.done();
        self.deeds.extend(written.carry.into_iter().map(Deed::Carry));
        let epoch = self.office.epoch;
        for stable in written.stables {
            self.deeds.push(Deed::Tell(Told::Certified { by: self.seat.id, epoch, stable }));
        }
        self.inputs.extend(written.inputs);
        self.run();
    }

    /// The write that was under way, to be tried again.
    pub(super) fn again(&self) -> Option<Persist> {
        self.journal.again()
    }

    /// Blocks that were read for a peer: as many of one set of validators as lead to a certificate.
    pub(super) fn serve(&mut self, to: u8, after: Seq, blocks: Vec<Certified>) {
        let epoch = blocks.first().map(|(kept, _)| kept.epoch);
        let run: Vec<_> = blocks.into_iter().take(RUN).take_while(|(kept, _)| Some(kept.epoch) == epoch).collect();
        let last = run.iter().rposition(|(_, stable)| stable.is_some());
        let Some((last, stable)) = last.and_then(|at| Some((at, run.get(at)?.1.clone()?))) else { return };
        let batches = run.iter().take(last.saturating_add(1)).map(|(kept, _)| Arc::new(kept.batch())).collect();
        self.deeds.push(Deed::Carry(Carry::To(to, Frame::chunk(after, batches, stable).encode())));
    }

    /// Keeps the state whole, so that the next start has nothing to execute again.
    pub(super) fn settle(&mut self) {
        if self.leaves > 0 && !self.has_diverged() {
            self.snapshot();
        }
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.journal.is_quiet()
    }

    pub(super) fn id(&self) -> u8 {
        self.seat.id
    }

    pub(super) fn has_diverged(&self) -> bool {
        match &self.part {
            Part::Votes(replica) => replica.diverged(),
            Part::Follows(_) => false,
            Part::Diverged => true,
        }
    }

    fn feed(&mut self, input: Input) {
        self.inputs.push_back(input);
        self.run();
    }

    fn run(&mut self) {
        let mut outputs = Vec::new();
        while let Some(input) = self.inputs.pop_front() {
            let Part::Votes(replica) = &mut self.part else { continue };
            let checked = Checked { app: &self.app, genesis: &self.seat.genesis, keys: &self.keys };
            replica.step(input, &checked, &mut outputs);
            let epoch = self.office.epoch;
            for output in outputs.drain(..) {
                // What a replica still wanted when its set left office is nobody's business any more.
                if self.office.epoch == epoch {
                    self.perform(output);
                }
            }
        }
    }

    fn perform(&mut self, output: Output) {
        match output {
            Output::Send { to, bytes, after } => {
                if let Some(to) = self.set.at(usize::from(to.0)) {
                    self.say(Carry::To(to, bytes), after);
                }
            }
            Output::Cast { bytes, after } => self.say(Carry::All(bytes), after),
            Output::Persist { token, record } => self.journal.record(token, record),
            Output::Execute(block) => self.execute(&block),
            Output::Stable(stable) => self.on_stable(stable),
            Output::Serve { to, after } => {
                self.deeds.extend(self.set.at(usize::from(to.0)).map(|to| Deed::Read(to, after)));
            }
            Output::Evidence(evidence) => {
                let told = Told::Caught { by: self.seat.id, epoch: self.office.epoch, evidence };
                self.deeds.push(Deed::Tell(told));
            }
            Output::Entered { .. } => self.said = 0,
            Output::NeedState { .. } => {}
        }
    }

    fn say(&mut self, carry: Carry, after: Option<u64>) {
        self.deeds.extend(self.journal.hold(carry, after).map(Deed::Carry));
    }

    /// Executes a block. What a set was handed after its last block is ordered again by the next one.
    fn execute(&mut self, block: &Block) {
        if self.turn.is_some() {
            return;
        }
        let (kept, ends) = self.apply(block);
        let then = self.executed(&kept, ends);
        self.journal.block(Arc::clone(&kept), Some(then));
        self.committed(kept);
    }

    fn apply(&mut self, block: &Block) -> (Arc<Kept>, bool) {
        let executed = self.app.execute(block.point.seq, block.point.time, block.batch.entries());
        let (epoch, point, proposed) = (self.office.epoch, block.point, block.batch.time());
        let kept = Kept { epoch, point, proposed, head: executed.head, leaves: executed.leaves };
        self.leaves = self.leaves.saturating_add(u64::try_from(kept.leaves.len()).unwrap_or(0));
        self.point = point;
        self.turn = executed.turn;
        (Arc::new(kept), executed.ends)
    }

    /// Committed is what a quorum can't take back: each of them has its part of the proof on its disk.
    fn committed(&mut self, block: Arc<Kept>) {
        self.deeds.push(Deed::Tell(Told::Committed { by: self.seat.id, block }));
        if self.leaves >= SNAPSHOT {
            self.snapshot();
        }
    }

    fn snapshot(&mut self) {
        self.leaves = 0;
        self.journal.snapshot(self.point.seq, self.app.snapshot());
    }

    fn executed(&self, kept: &Kept, ends: bool) -> Input {
        let cosignature = self.seat.cosign(&kept.head, kept.point.time);
        Input::Executed { head: kept.head, cosignature, ends }
    }

    fn on_stable(&mut self, stable: Arc<Stable>) {
        let executed = match &self.part {
            Part::Votes(replica) => replica.executed().seq,
            Part::Follows(_) | Part::Diverged => self.point.seq,
        };
        self.journal.stable(Arc::clone(&stable), executed);
        self.pass_on(&stable);
    }

    /// At the last checkpoint of its set, the next one takes office.
    fn pass_on(&mut self, stable: &Stable) {
        let ends_here = stable.head.seq == self.point.seq && stable.is_of(&self.point);
        let Some(turn) = self.turn.take_if(|_| ends_here) else { return };
        let knew = self.remembers && !matches!(&self.part, Part::Votes(replica) if replica.amnesiac());
        self.office = Office { epoch: turn.epoch, start: self.point };
        (self.keys, self.set, self.remembers) = (publics(&turn.validators), turn.validators, knew);
        self.inputs.clear();
        self.journal.office(self.office);
        self.deeds.push(Deed::Carry(Carry::Set(self.set.clone())));
        self.take_seat();
        self.said = 0;
    }

    fn take_seat(&mut self) {
        let Some(me) = self.seat.place(&self.set) else {
            if self.remembers {
                self.journal.record(0, Record::Started { epoch: self.office.epoch });
            }
            self.part = Part::Follows(Follow::new(self.app.ledger(), self.office.epoch, &self.set));
            return;
        };
        let (config, signer) = (self.seat.config(self.office, &self.set, me), self.seat.signer());
        let mut outputs = Vec::new();
        let replica = match self.remembers {
            true => Replica::begin(config, signer, &mut outputs),
            false => Replica::recover(config, signer, &[], self.point),
        };
        self.part = Part::Votes(Box::new(replica));
        outputs.into_iter().for_each(|output| self.perform(output));
    }

    /// Blocks that were taken over from those in office.
    fn follow(&mut self, blocks: Vec<Block>, stable: &Arc<Stable>) {
        for block in &blocks {
            let (kept, _) = self.apply(block);
            self.journal.block(Arc::clone(&kept), None);
            self.committed(kept);
        }
        if !agrees(&self.app, stable) {
            tracing::error!(seq = stable.seq(), "the state of this validator is not the one that was signed");
            self.part = Part::Diverged;
            return;
        }
        if stable.is_of(&self.point) {
            self.journal.stable(Arc::clone(stable), self.point.seq);
            self.pass_on(stable);
        }
    }

    /// Says how it is, when that is due.
    fn stand(&mut self) {
        let standing = self.standing();
        let same = |was: &Standing| {
            (was.view, was.changing, was.voting) == (standing.view, standing.changing, standing.voting)
        };
        let due = self.now >= self.said.saturating_add(SAY) || !self.standing.as_ref().is_some_and(same);
        if due {
            (self.said, self.standing) = (self.now, Some(standing));
            self.deeds.push(Deed::Tell(Told::Standing(standing)));
        }
    }

    fn standing(&self) -> Standing {
        let (by, at) = (self.seat.id, self.now);
        let (view, changing, voting, stable, waiting) = match &self.part {
            Part::Votes(replica) => {
                let votes = !replica.amnesiac() && !replica.diverged();
                let waiting = u64::try_from(replica.waiting()).unwrap_or(u64::MAX);
                (replica.view(), replica.mode() == Mode::Changing, votes, replica.stable(), waiting)
            }
            Part::Follows(_) | Part::Diverged => (0, false, false, self.point.seq, 0),
        };
        Standing { by, view, changing, voting, executed: self.point.seq, stable, waiting, at }
    }
}
