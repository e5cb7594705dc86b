//! What must be true of every world: thirteen promises, and one witness who sees everything that correct validators say and do.
use std::collections::{BTreeMap, BTreeSet};

use vaidya_ledger::app::{App, Executed};
use vaidya_ledger::leaf::Leaf;
use vaidya_ledger::merkle::{Tree, verify_consistency, verify_inclusion};
use vaidya_ledger::pbft::{
    Block, Checkpoint, Evidence, Frame, Keys, Load, Point, Quorum, ReplicaId, Seq, Signed, Stable, View, Vote,
};
use vaidya_ledger::{Entry, Genesis, Hash, Head, Kind, Signer};

use crate::client::Clients;
use crate::scenario::Scenario;
use crate::world::{BEGIN, Node, signers};

/// What is promised.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Promise {
    /// No two correct validators execute different blocks of one number, or come to different heads; and each executes only what it
    /// has seen a quorum commit to, or a certificate of.
    Agreement,
    /// Of any two signed heads one continues the other, and there is a proof of it.
    Prefix,
    /// What is executed was handed in by a client and well signed, and block time is a correct validator's, give or take the bound.
    Validity,
    /// What a client was told is on the log is there, on every correct validator.
    Durability,
    /// No block is executed twice, and nothing takes effect twice.
    Once,
    /// A correct validator never signs two things that contradict each other, whatever crashed in between; one that lost its votes
    /// doesn't vote where it may have voted.
    NoDoubleSigning,
    /// Nothing a replica keeps grows past its bound, and it votes for nothing beyond its watermarks.
    BoundedMemory,
    /// What may have been committed in one view is what later views order at that number; view changes hide nothing.
    PreparedSurvive,
    /// After the network has calmed down, whatever was handed in is executed by every correct validator.
    Liveness,
    /// Nobody who is correct is accused, and every accusation can be checked.
    Accountability,
    /// A code works once.
    OneNullifier,
    /// The same blocks lead to the same heads, from the beginning and from any saved state.
    Replay,
    /// What is in the log has a proof under a head that a quorum signed, and the proof of anything else is refused.
    ProofSoundness,
}

/// A promise that was not kept, and how.
#[derive(Clone, Debug)]
pub(crate) struct Violation {
    pub(crate) promise: Promise,
    pub(crate) what: String,
    pub(crate) at: u64,
}

/// How far beyond the bound a clock may seem to be off, because a proposal waits at the disk or comes again after a restart.
const SLACK: u64 = 120_000;

/// A vote's place, and what it is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kept {
    Proposal,
    Prepare,
    Commit,
}

type Slot = (Kept, View, Seq);

/// By whom a validator was told so, for each view and digest.
type Told = BTreeMap<(View, Hash), BTreeSet<usize>>;

/// The last view change of a validator: to which view, from which checkpoint, and what it showed.
type Change = (View, Seq, BTreeSet<(Seq, Hash)>);

pub(crate) struct Witness {
    quorum: Quorum,
    liars: BTreeSet<usize>,
    keys: Keys,
    window: u64,
    clock_bound: u64,
    violations: Vec<Violation>,
    /// The log as the first correct validator to execute each block has it.
    chain: Vec<(Block, Head)>,
    leaves: Vec<Leaf>,
    tree: Tree,
    /// What each correct validator has signed.
    signed: BTreeMap<(usize, Slot), Hash>,
    views: BTreeMap<(usize, View), Hash>,
    opened: BTreeMap<View, Hash>,
    heads: BTreeMap<(usize, Seq), (Hash, Head)>,
    latest_view: BTreeMap<usize, View>,
    changed: BTreeMap<usize, Change>,
    /// Who sent a commit for what; and who voted for what in which view.
    commits: BTreeMap<(Seq, View, Hash), BTreeSet<usize>>,
    prepares: BTreeMap<Seq, BTreeSet<(View, Hash, usize)>>,
    /// What each correct validator was told: by whom, for what.
    heard: BTreeMap<(usize, Kept, Seq), Told>,
    heard_views: BTreeSet<(usize, View)>,
    certified: BTreeMap<usize, Seq>,
    /// Who lost its votes, and up to where it may have voted.
    forgot: BTreeMap<usize, Seq>,
    voted_to: BTreeMap<usize, Seq>,
    times: BTreeMap<Hash, u64>,
    evidence: usize,
}

impl Witness {
    pub(crate) fn new(scenario: &Scenario, genesis: &Genesis) -> Self {
        let publics = signers(scenario.n).iter().map(Signer::public).collect();
        Self {
            quorum: Quorum::of(scenario.n),
            liars: (0..scenario.n).filter(|node| scenario.is_liar(*node)).collect(),
            keys: Keys::new(genesis.id(), 0, publics, 4_096),
            window: scenario.limits.window,
            clock_bound: scenario.limits.clock_bound.as_millis() as u64,
            violations: Vec::new(),
            chain: Vec::new(),
            leaves: Vec::new(),
            tree: Tree::new(),
            signed: BTreeMap::new(),
            views: BTreeMap::new(),
            opened: BTreeMap::new(),
            heads: BTreeMap::new(),
            latest_view: BTreeMap::new(),
            changed: BTreeMap::new(),
            commits: BTreeMap::new(),
            prepares: BTreeMap::new(),
            heard: BTreeMap::new(),
            heard_views: BTreeSet::new(),
            certified: BTreeMap::new(),
            forgot: BTreeMap::new(),
            voted_to: BTreeMap::new(),
            times: BTreeMap::new(),
            evidence: 0,
        }
    }

    pub(crate) fn broken(&mut self, promise: Promise, at: u64, what: String) {
        self.violations.push(Violation { promise, what, at });
    }

    pub(crate) fn is_broken(&self) -> bool {
        !self.violations.is_empty()
    }

    pub(crate) fn into_violations(self) -> Vec<Violation> {
        self.violations
    }

    pub(crate) fn blocks(&self) -> u64 {
        self.chain.len() as u64
    }

    pub(crate) fn evidence_count(&self) -> usize {
        self.evidence
    }

    fn expect(&mut self, holds: bool, promise: Promise, at: u64, what: impl FnOnce() -> String) {
        if !holds {
            self.broken(promise, at, what());
        }
    }

    // ---- what correct validators say

    /// A correct validator sends this.
    pub(crate) fn said(&mut self, at: u64, node: usize, frame: &Frame) {
        let own = |by: ReplicaId| usize::from(by.0) == node;
        match frame {
            Frame::PrePrepare(it, batch) if own(self.quorum.primary(it.body.view)) => {
                self.times.entry(it.body.digest).or_insert(batch.time());
                let vote =
                    Vote { view: it.body.view, seq: it.body.seq, digest: it.body.digest, by: ReplicaId(node as u8) };
                self.votes(at, node, Kept::Proposal, &vote);
            }
            Frame::Prepare(it) if own(it.body.0.by) => self.votes(at, node, Kept::Prepare, &it.body.0),
            Frame::Commit(it) if own(it.body.0.by) => self.votes(at, node, Kept::Commit, &it.body.0),
            Frame::Checkpoint(it) if own(it.body.by) => self.says_head(at, node, it),
            Frame::ViewChange(it) if own(it.body.by) => self.says_view(at, node, &it.body),
            Frame::NewView(it) if own(self.quorum.primary(it.body.view)) => {
                let enough = self.quorum.strong();
                let different: BTreeSet<_> = it.body.changes.iter().map(|it| it.body.by).collect();
                let genuine = it.body.changes.iter().all(|change| {
                    self.keys.verify(change.as_ref())
                        && change.body.stable.iter().all(|stable| stable.holds(&mut self.keys, enough))
                        && change.body.prepared.iter().all(|it| it.holds(&mut self.keys, self.quorum.prepares()))
                });
                let view = it.body.view;
                self.expect(genuine && different.len() >= enough, Promise::PreparedSurvive, at, || {
                    format!("{node} opens view {view} on view changes that don't hold")
                });
                let said = Hash::of(&[&frame.encode()]);
                let first = *self.opened.entry(view).or_insert(said);
                self.expect(first == said, Promise::NoDoubleSigning, at, || format!("{node} opens view {view} twice"));
            }
            _ => {}
        }
    }

    fn votes(&mut self, at: u64, node: usize, kept: Kept, vote: &Vote) {
        let Vote { view, seq, digest, .. } = *vote;
        let before = self.signed.insert((node, (kept, view, seq)), digest);
        let word = ["pre-prepare", "prepare", "commit"][kept as usize];
        self.expect(before.is_none_or(|it| it == digest), Promise::NoDoubleSigning, at, || {
            format!("{node} sends a {word} {view}/{seq} for {digest:?} after one for {before:?}")
        });
        if before.is_some() {
            return;
        }
        let lost = self.forgot.get(&node).copied();
        self.expect(lost.is_none_or(|lost| seq > lost), Promise::NoDoubleSigning, at, || {
            format!("{node} lost its votes up to {lost:?} and sends a {word} {view}/{seq}")
        });
        let voted = self.voted_to.entry(node).or_default();
        *voted = (*voted).max(seq);
        let executed = self.chain.len() as u64;
        self.expect(seq <= executed + 2 * self.window, Promise::BoundedMemory, at, || {
            format!("{node} sends a {word} for {seq}, far beyond what anyone has executed ({executed})")
        });
        match kept {
            Kept::Commit => self.commits(at, node, vote),
            Kept::Proposal | Kept::Prepare => self.prepares(at, node, kept, vote),
        }
    }

    fn prepares(&mut self, at: u64, node: usize, kept: Kept, vote: &Vote) {
        let Vote { view, seq, digest, .. } = *vote;
        if let Some(time) = self.times.get(&digest).copied().filter(|time| *time != 0 && kept == Kept::Prepare) {
            let off = time.abs_diff(BEGIN + at);
            self.expect(off <= self.clock_bound + SLACK, Promise::Validity, at, || {
                format!("{node} prepares {view}/{seq} although its time is {off} ms off")
            });
        }
        self.prepares.entry(seq).or_default().insert((view, digest, node));
        let others = self.commits.range((seq, 0, Hash::default())..(seq, view, Hash::default()));
        let lost =
            others.filter(|((_, _, it), who)| *it != digest && self.may_be_committed(who)).map(|(key, _)| key.1).next();
        self.expect(lost.is_none(), Promise::PreparedSurvive, at, || {
            format!("{node} votes for {digest:?} in {view}/{seq}, and another may be committed in view {lost:?}")
        });
    }

    fn commits(&mut self, at: u64, node: usize, vote: &Vote) {
        let Vote { view, seq, digest, .. } = *vote;
        self.commits.entry((seq, view, digest)).or_default().insert(node);
        let prepared = self.is_prepared(node, view, seq, digest);
        self.expect(prepared, Promise::Agreement, at, || {
            format!("{node} commits {view}/{seq} {digest:?} and was not told of a quorum that prepared it")
        });
        if let Some((later, low, shown)) = self.changed.get(&node) {
            let hidden = *later > view && seq > *low && !shown.contains(&(seq, digest));
            let later = *later;
            self.expect(!hidden, Promise::PreparedSurvive, at, || {
                format!("{node} commits {view}/{seq} after it wanted view {later} without showing that")
            });
        }
        let who = self.commits[&(seq, view, digest)].clone();
        if self.may_be_committed(&who) {
            let prepares = self.prepares.get(&seq).into_iter().flatten();
            let other = prepares.copied().find(|(in_view, it, _)| *in_view > view && *it != digest);
            self.expect(other.is_none(), Promise::PreparedSurvive, at, || {
                format!("{view}/{seq} {digest:?} may be committed, and {other:?} was voted for")
            });
        }
    }

    /// Whether a quorum may have sent commits: the correct ones who did, and all liars.
    fn may_be_committed(&self, correct: &BTreeSet<usize>) -> bool {
        correct.len() + self.liars.len() >= self.quorum.strong()
    }

    /// The paper's predicate `prepared`, from what the validator was told: the proposal, and enough prepares of other backups.
    fn is_prepared(&self, node: usize, view: View, seq: Seq, digest: Hash) -> bool {
        let primary = usize::from(self.quorum.primary(view).0);
        let told = self.heard.get(&(node, Kept::Prepare, seq)).and_then(|told| told.get(&(view, digest)));
        let mut backups = told.cloned().unwrap_or_default();
        backups.remove(&primary);
        if node != primary {
            backups.insert(node);
        }
        backups.len() >= self.quorum.prepares()
    }

    fn says_head(&mut self, at: u64, node: usize, it: &Signed<Checkpoint>) {
        let said = (it.body.chain, it.body.head);
        let seq = it.body.head.seq;
        let before = self.heads.insert((node, seq), said);
        self.expect(before.is_none_or(|it| it == said), Promise::NoDoubleSigning, at, || {
            format!("{node} signs two heads of block {seq}")
        });
        let index = usize::try_from(seq).unwrap().wrapping_sub(1);
        let right = self.chain.get(index).is_some_and(|(_, head)| *head == it.body.head);
        self.expect(right, Promise::Agreement, at, || {
            format!("{node} signs a head of block {seq} that nobody came to")
        });
    }

    fn says_view(&mut self, at: u64, node: usize, body: &vaidya_ledger::pbft::ViewChange) {
        let said = Hash::of(&[&self.keys.message(body)]);
        let before = self.views.insert((node, body.view), said);
        let view = body.view;
        self.expect(before.is_none_or(|it| it == said), Promise::NoDoubleSigning, at, || {
            format!("{node} asks for view {view} twice, differently")
        });
        if before.is_some() {
            return;
        }
        let low = body.stable.as_ref().map_or(0, |stable| stable.seq());
        let shown: BTreeSet<_> =
            body.prepared.iter().map(|it| (it.proposal.body.seq, it.proposal.body.digest)).collect();
        // Only its last vote for a number counts: an earlier view's may have been replaced by a later one's.
        let mut last = BTreeMap::new();
        for ((_, (_, _, seq)), digest) in
            self.signed.range((node, (Kept::Commit, 0, 0))..(node, (Kept::Commit, view, 0)))
        {
            last.insert(*seq, *digest);
        }
        let hidden = last.into_iter().find(|(seq, digest)| *seq > low && !shown.contains(&(*seq, *digest)));
        self.expect(hidden.is_none(), Promise::PreparedSurvive, at, || {
            format!("{node} asks for view {view} and hides that it committed {hidden:?}")
        });
        if self.changed.get(&node).is_none_or(|(known, ..)| *known < view) {
            self.changed.insert(node, (view, low, shown));
        }
    }

    // ---- what correct validators hear

    /// This arrives at a correct validator.
    pub(crate) fn heard(&mut self, node: usize, frame: &Frame) {
        match frame {
            Frame::PrePrepare(it, batch) => {
                self.times.entry(it.body.digest).or_insert(batch.time());
            }
            Frame::Prepare(it) => self.hears(node, Kept::Prepare, &it.body.0),
            Frame::Commit(it) => self.hears(node, Kept::Commit, &it.body.0),
            Frame::NewView(it) if self.keys.verify(it.as_ref()) => {
                self.heard_views.insert((node, it.body.view));
                let stable: Vec<_> = it.body.changes.iter().filter_map(|it| it.body.stable.clone()).collect();
                stable.iter().for_each(|stable| self.certify(node, stable));
            }
            Frame::ViewChange(it) => it.body.stable.iter().for_each(|stable| self.certify(node, stable)),
            Frame::Stable(it) => self.certify(node, it),
            Frame::Chunk(it) => self.certify(node, &it.stable),
            Frame::Checkpoint(it) => self.hears_head(node, it),
            _ => {}
        }
    }

    fn hears(&mut self, node: usize, kept: Kept, vote: &Vote) {
        let by = usize::from(vote.by.0);
        let genuine = self.liars.contains(&by)
            || self.signed.get(&(by, (kept, vote.view, vote.seq))).is_some_and(|it| *it == vote.digest);
        if genuine {
            let told = self.heard.entry((node, kept, vote.seq)).or_default();
            told.entry((vote.view, vote.digest)).or_default().insert(by);
        }
    }

    /// Enough checkpoints one by one are as good as a certificate.
    fn hears_head(&mut self, node: usize, it: &Signed<Checkpoint>) {
        let by = usize::from(it.body.by.0);
        let seq = it.body.head.seq;
        let said = (it.body.chain, it.body.head);
        if self.liars.contains(&by) || self.heads.get(&(by, seq)) == Some(&said) {
            let told = self.heard.entry((node, Kept::Proposal, seq)).or_default();
            let who = told.entry((View::MAX, it.body.head.state)).or_default();
            who.insert(by);
            if who.len() + 1 >= self.quorum.strong() {
                let known = self.certified.entry(node).or_default();
                *known = (*known).max(seq);
            }
        }
    }

    fn certify(&mut self, node: usize, stable: &Stable) {
        let known = self.certified.get(&node).copied().unwrap_or(0);
        if stable.seq() > known && stable.holds(&mut self.keys, self.quorum.strong()) {
            self.certified.insert(node, stable.seq());
        }
    }

    // ---- what correct validators do

    /// A correct validator is about to execute this after that.
    pub(crate) fn executing(&mut self, at: u64, node: usize, before: Point, block: &Block) {
        let (seq, digest) = (block.point.seq, block.batch.digest());
        self.expect(seq == before.seq + 1, Promise::Once, at, || {
            format!("{node} executes block {seq} after block {}", before.seq)
        });
        self.expect(block.point.time >= before.time, Promise::Validity, at, || {
            format!("at {node} time goes backwards in block {seq}")
        });
        let told = self.heard.get(&(node, Kept::Commit, seq)).into_iter().flatten();
        let others =
            told.filter(|((_, it), _)| *it == digest).map(|(_, by)| by.len() - usize::from(by.contains(&node)));
        let committed = others.max().unwrap_or(0) + 1 >= self.quorum.strong();
        let certified = self.certified.get(&node).is_some_and(|it| *it >= seq);
        self.expect(committed || certified, Promise::Agreement, at, || {
            format!("{node} executes block {seq} {digest:?} and was not told of a quorum that committed to it")
        });
    }

    /// And this is what came of it.
    pub(crate) fn executed(&mut self, at: u64, node: usize, block: &Block, executed: &Executed) {
        let seq = block.point.seq;
        let index = usize::try_from(seq).unwrap() - 1;
        if index == self.chain.len() {
            executed.leaves.iter().for_each(|leaf| self.tree.append(leaf.hash()));
            self.leaves.extend(executed.leaves.iter().cloned());
            self.chain.push((block.clone(), executed.head));
            return;
        }
        let same =
            self.chain.get(index).is_some_and(|(first, head)| first.point == block.point && *head == executed.head);
        self.expect(same, Promise::Agreement, at, || {
            format!("{node} has another block {seq} than the first who had one")
        });
    }

    pub(crate) fn stable(&mut self, at: u64, node: usize, stable: &Stable) {
        let holds = stable.holds(&mut self.keys, self.quorum.strong());
        let seq = stable.seq();
        self.expect(holds, Promise::ProofSoundness, at, || {
            format!("{node} takes checkpoint {seq} for stable without a quorum's signatures")
        });
    }

    pub(crate) fn entered(&mut self, at: u64, node: usize, view: View) {
        let known = self.latest_view.insert(node, view);
        let own = usize::from(self.quorum.primary(view).0) == node;
        let invited = view == 0 || own || known == Some(view) || self.heard_views.contains(&(node, view));
        self.expect(invited, Promise::Agreement, at, || {
            format!("{node} enters view {view}, and its primary didn't open it")
        });
    }

    pub(crate) fn evidence(&mut self, at: u64, node: usize, evidence: &Evidence) {
        self.evidence += 1;
        let culprit = usize::from(evidence.culprit(&self.keys).0);
        let holds = evidence.holds(&mut self.keys);
        let read = Evidence::decode(&evidence.encode());
        self.expect(holds && read.as_ref() == Some(evidence), Promise::Accountability, at, || {
            format!("{node} accuses {culprit} of what can't be checked")
        });
        self.expect(self.liars.contains(&culprit), Promise::Accountability, at, || {
            format!("{node} accuses {culprit}, who is correct, of {evidence:?}")
        });
    }

    /// A validator's disk forgot its votes.
    pub(crate) fn forgot(&mut self, node: usize) {
        let voted = self.voted_to.get(&node).copied().unwrap_or(0);
        self.forgot.insert(node, voted);
        self.changed.remove(&node);
    }

    pub(crate) fn load(&mut self, at: u64, node: usize, load: &Load) {
        let full = load.beyond();
        self.expect(full.is_none(), Promise::BoundedMemory, at, || format!("{node} keeps too much: {full:?}"));
    }

    // ---- at the end

    pub(crate) fn finish(&mut self, at: u64, strict: &[&Node], clients: &Clients, genesis: &Genesis) {
        self.check_entries(at, clients);
        self.check_copies(at, strict, clients);
        self.check_replay(at, genesis);
        self.check_proofs(at);
    }

    fn check_entries(&mut self, at: u64, clients: &Clients) {
        let (mut took_effect, mut codes, mut broken) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        for leaf in &self.leaves {
            let Leaf::Entry { outcome, entry: bytes, .. } = leaf else { continue };
            let name = vaidya_ledger::pbft::Batch::request(bytes);
            if !clients.wanted.contains(&name) {
                broken.push((Promise::Validity, format!("entry {name:?} is on the log, and nobody handed it in")));
            }
            if *outcome != 0 {
                continue;
            }
            if !took_effect.insert(name) {
                broken.push((Promise::Once, format!("entry {name:?} took effect twice")));
            }
            let used = Entry::decode(bytes).ok().filter(|entry| entry.statement.kind == Kind::ConsentUsed);
            if used.is_some_and(|entry| !codes.insert(entry.statement.reference)) {
                broken.push((Promise::OneNullifier, format!("entry {name:?} used a code a second time")));
            }
        }
        broken.into_iter().for_each(|(promise, what)| self.broken(promise, at, what));
    }

    fn check_copies(&mut self, at: u64, strict: &[&Node], clients: &Clients) {
        let named = |blocks: &[std::sync::Arc<vaidya_ledger::pbft::Batch>]| -> BTreeSet<Hash> {
            blocks.iter().flat_map(|batch| batch.hashes().iter().copied()).collect()
        };
        let top = strict.iter().map(|node| node.copy.blocks.len()).max().unwrap_or(0);
        for node in strict {
            // A validator that is still behind has lost nothing.
            let all = node.copy.blocks.len() == top;
            let missing = clients.acknowledged.difference(&named(&node.copy.blocks)).count();
            self.expect(!all || missing == 0, Promise::Durability, at, || {
                format!("{} entries that clients were promised are not at {}", missing, node.who)
            });
        }
        let known: BTreeSet<_> =
            self.chain.iter().flat_map(|(block, _)| block.batch.hashes().iter().copied()).collect();
        let gone = clients.acknowledged.difference(&known).count();
        self.expect(gone == 0, Promise::Durability, at, || {
            format!("{gone} entries that clients were promised are gone")
        });
    }

    /// From the beginning, and from a saved state in the middle.
    fn check_replay(&mut self, at: u64, genesis: &Genesis) {
        let mut app = App::genesis(genesis);
        let middle = self.chain.len() / 2;
        let mut differs = None;
        for (number, (block, head)) in self.chain.iter().enumerate() {
            if number == middle {
                let saved = app.snapshot();
                match App::restore(&saved) {
                    Ok(restored) if restored.snapshot() == saved => app = restored,
                    _ => differs = Some(number),
                }
            }
            let executed = app.execute(block.point.seq, block.point.time, block.batch.entries());
            if executed.head != *head {
                differs = Some(number);
            }
        }
        self.expect(differs.is_none(), Promise::Replay, at, || {
            format!("executed again, block {differs:?} has another head")
        });
    }

    fn check_proofs(&mut self, at: u64) {
        let heads: BTreeMap<u64, Hash> = self.heads.values().map(|(_, head)| (head.size, head.root)).collect();
        let heads: Vec<_> = heads.into_iter().filter(|(size, _)| *size > 0).collect();
        for pair in heads.windows(2) {
            let ((old, old_root), (new, new_root)) = (pair[0], pair[1]);
            let proof = self.tree.consistency(old, new).unwrap_or_default();
            let holds = verify_consistency(old, &old_root, new, &new_root, &proof).is_ok();
            self.expect(holds, Promise::Prefix, at, || {
                format!("the head of {new} leaves doesn't continue that of {old}")
            });
        }
        let Some((size, root)) = heads.last().copied() else { return };
        let step = usize::try_from(size).unwrap() / 5 + 1;
        for index in (0..size).step_by(step) {
            let leaf = self.leaves[usize::try_from(index).unwrap()].hash();
            let proof = self.tree.inclusion(index, size).unwrap_or_default();
            let good = verify_inclusion(&leaf, index, size, &proof, &root).is_ok();
            let mut other = leaf;
            other.0[usize::try_from(index).unwrap() % 32] ^= 1;
            let bad = verify_inclusion(&other, index, size, &proof, &root).is_ok();
            self.expect(good && !bad, Promise::ProofSoundness, at, || format!("the proof of leaf {index} of {size}"));
        }
    }
}
