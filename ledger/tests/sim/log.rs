//! One validator's copy of the log: the state machine, the blocks it has executed, and the certificates it knows.
use std::collections::BTreeMap;
use std::sync::Arc;

use vaidya_ledger::app::{App, Executed};
use vaidya_ledger::note::{Checkpoint, cosigned_message};
use vaidya_ledger::pbft::{Batch, Block, Check, Frame, Point, ReplicaId, Seq, Stable};
use vaidya_ledger::{Genesis, Head, KeyId, Signer, key};

/// The log's name in simulated worlds.
pub(crate) const ORIGIN: &str = "simulated.example/log";

/// What is durable of the log.
pub(crate) struct Copy {
    pub(crate) app: App,
    pub(crate) at: Point,
    pub(crate) blocks: Vec<Arc<Batch>>,
    pub(crate) stable: BTreeMap<Seq, Arc<Stable>>,
}

impl Copy {
    pub(crate) fn new(genesis: &Genesis) -> Self {
        let at = start(genesis);
        Self { app: App::genesis(genesis), at, blocks: Vec::new(), stable: BTreeMap::new() }
    }

    /// Executes a block, and has it durably.
    pub(crate) fn execute(&mut self, block: &Block) -> Executed {
        let executed = self.app.execute(block.point.seq, block.point.time, block.batch.entries());
        self.at = block.point;
        self.blocks.push(Arc::clone(&block.batch));
        executed
    }

    /// The blocks after a number, up to the next one with a certificate.
    pub(crate) fn chunk(&self, after: Seq) -> Option<Frame> {
        let (seq, stable) = self.stable.range(after + 1..).next()?;
        let batches = self.blocks.get(usize::try_from(after).ok()?..usize::try_from(*seq).ok()?)?;
        Some(Frame::chunk(after, batches.to_vec(), Arc::clone(stable)))
    }
}

/// Where a ledger begins.
pub(crate) fn start(genesis: &Genesis) -> Point {
    Point { seq: 0, chain: genesis.id(), time: genesis.made_at }
}

/// What a replica asks before it votes.
pub(crate) struct Judge<'a> {
    pub(crate) app: &'a App,
    pub(crate) validators: &'a [key::Public],
}

impl Check for Judge<'_> {
    fn entry(&self, entry: &[u8]) -> bool {
        Check::entry(self.app, entry)
    }

    fn is_spent(&self, entry: &[u8]) -> bool {
        Check::is_spent(self.app, entry)
    }

    fn lane(&self, entry: &[u8]) -> (KeyId, u64) {
        Check::lane(self.app, entry)
    }

    fn cosignature(&self, by: ReplicaId, head: &Head, cosignature: &[u8]) -> bool {
        let Ok(signature) = key::Signed::try_from(cosignature) else { return false };
        self.validators.get(usize::from(by.0)).is_some_and(|public| key::verify(public, &said_of(head), &signature))
    }
}

/// A validator's cosignature of a tree head; its time is always the same, so that worlds can be repeated.
pub(crate) fn cosign(signer: &Signer, head: &Head) -> Vec<u8> {
    signer.sign(&said_of(head)).to_vec()
}

fn said_of(head: &Head) -> Vec<u8> {
    cosigned_message(&Checkpoint::new(ORIGIN, head.size, head.root).to_string(), 1)
}
