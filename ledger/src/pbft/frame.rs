//! One message on the wire: a kind, its body, and nothing else.
use std::sync::Arc;

use super::codec::{self, Reader, Wire};
use super::config::MAX_BATCH_ENTRIES;
use super::{
    Batch, Bytes, Checkpoint, Chunk, Commit, Fetch, NewView, Prepare, Proposal, Seq, Signed, Stable, Status, Tx,
    ViewChange,
};

/// Longest message that is looked at. Lower could refuse a NEW-VIEW of many validators, higher lets a peer take more memory before it is judged.
pub const MAX_FRAME: usize = 20 << 20;

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// PRE-PREPARE, with the batch that its digest is of.
    PrePrepare(Signed<Proposal>, Arc<Batch>),
    /// PRE-PREPARE without its batch, for who missed it; the batch is asked for by its digest.
    Proposal(Signed<Proposal>),
    /// PREPARE.
    Prepare(Signed<Prepare>),
    /// COMMIT.
    Commit(Signed<Commit>),
    /// CHECKPOINT.
    Checkpoint(Signed<Checkpoint>),
    /// VIEW-CHANGE.
    ViewChange(Arc<Signed<ViewChange>>),
    /// NEW-VIEW.
    NewView(Arc<Signed<NewView>>),
    /// A stable checkpoint, for who is behind it.
    Stable(Arc<Stable>),
    /// Requests of clients, handed on.
    Request(Vec<Tx>),
    /// Where the sender stands.
    Status(Status),
    /// The sender needs blocks.
    Fetch(Fetch),
    /// Blocks.
    Chunk(Chunk),
    /// A batch that was asked for by its digest.
    Batch(Arc<Batch>),
}

impl Frame {
    /// The blocks after a number, to answer [`Output::Serve`](super::Output::Serve): all up to a number with a certificate, at most 256. What is too
    /// much for one message is left out and asked for next.
    #[must_use]
    pub fn chunk(after: Seq, batches: Vec<Arc<Batch>>, stable: Arc<Stable>) -> Self {
        Self::Chunk(Chunk::of(after, batches, stable))
    }

    /// Its bytes.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let mut to = vec![self.kind()];
        match self {
            Self::PrePrepare(proposal, batch) => {
                proposal.write(&mut to);
                batch.write(&mut to);
            }
            Self::Proposal(it) => it.write(&mut to),
            Self::Prepare(it) => it.write(&mut to),
            Self::Commit(it) => it.write(&mut to),
            Self::Checkpoint(it) => it.write(&mut to),
            Self::ViewChange(it) => it.write(&mut to),
            Self::NewView(it) => it.write(&mut to),
            Self::Stable(it) => it.write(&mut to),
            Self::Request(it) => codec::list(&mut to, it),
            Self::Status(it) => it.write(&mut to),
            Self::Fetch(it) => to.extend(it.after.to_be_bytes()),
            Self::Chunk(it) => it.write(&mut to),
            Self::Batch(it) => it.write(&mut to),
        }
        to.into()
    }

    /// From its bytes; `None` for anything else.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > MAX_FRAME {
            return None;
        }
        let mut from = Reader::new(bytes);
        let frame = match from.u8()? {
            1 => Self::PrePrepare(Signed::read(&mut from)?, Arc::read(&mut from)?),
            2 => Self::Prepare(Signed::read(&mut from)?),
            3 => Self::Commit(Signed::read(&mut from)?),
            4 => Self::Checkpoint(Signed::read(&mut from)?),
            5 => Self::ViewChange(Arc::read(&mut from)?),
            6 => Self::NewView(Arc::read(&mut from)?),
            7 => Self::Stable(Arc::read(&mut from)?),
            8 => Self::Request(from.list(MAX_BATCH_ENTRIES)?),
            9 => Self::Status(Status::read(&mut from)?),
            10 => Self::Fetch(Fetch { after: from.u64()? }),
            11 => Self::Chunk(Chunk::read(&mut from)?),
            12 => Self::Batch(Arc::read(&mut from)?),
            13 => Self::Proposal(Signed::read(&mut from)?),
            _ => return None,
        };
        from.finish(frame)
    }

    fn kind(&self) -> u8 {
        match self {
            Self::PrePrepare(..) => 1,
            Self::Prepare(_) => 2,
            Self::Commit(_) => 3,
            Self::Checkpoint(_) => 4,
            Self::ViewChange(_) => 5,
            Self::NewView(_) => 6,
            Self::Stable(_) => 7,
            Self::Request(_) => 8,
            Self::Status(_) => 9,
            Self::Fetch(_) => 10,
            Self::Chunk(_) => 11,
            Self::Batch(_) => 12,
            Self::Proposal(_) => 13,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Hash;
    use crate::pbft::tests::{Anything, World, config, signer, tx};
    use crate::pbft::{Input, Keys, Limits, NewView, Replica, ReplicaId, Vote};

    /// One message of each kind that carries something.
    fn frames() -> Vec<Frame> {
        let mut keys = Keys::of(&config(4, 0, Limits::default()));
        let batch = Arc::new(Batch::new(7, vec![tx(1), tx(2)]));
        let proposal = keys.sign(Proposal { view: 0, seq: 1, digest: batch.digest() }, &signer(0));
        let vote = Vote { view: 0, seq: 1, digest: batch.digest(), by: ReplicaId(0) };
        let mut world = World::new(4, Limits::default());
        world.request(1);
        let stable = Arc::clone(&world.nodes[0].stables[&1]);
        let change = ViewChange { view: 1, stable: Some(Arc::clone(&stable)), prepared: Vec::new(), by: ReplicaId(0) };
        let change = Arc::new(keys.sign(change, &signer(0)));
        let new_view = NewView { view: 1, changes: vec![Arc::clone(&change)], proposals: vec![proposal] };
        vec![
            Frame::PrePrepare(proposal, Arc::clone(&batch)),
            Frame::Proposal(proposal),
            Frame::Prepare(keys.sign(Prepare(vote), &signer(0))),
            Frame::Commit(keys.sign(Commit(vote), &signer(0))),
            Frame::ViewChange(change),
            Frame::NewView(Arc::new(keys.sign(new_view, &signer(1)))),
            Frame::Stable(Arc::clone(&stable)),
            Frame::Request(vec![tx(3)]),
            Frame::Fetch(Fetch { after: 3 }),
            Frame::chunk(0, vec![Arc::clone(&batch)], stable),
            Frame::Status(Status {
                epoch: 0,
                view: 3,
                changing: true,
                stable: 4,
                executed: 5,
                asks: 6,
                answers: 7,
                wanted: vec![Hash::default()],
            }),
            Frame::Batch(batch),
        ]
    }

    #[test]
    fn every_message_comes_back_and_none_with_something_missing_or_added() {
        for frame in frames() {
            let bytes = frame.encode();
            assert_eq!(Frame::decode(&bytes), Some(frame));
            assert_eq!(Frame::decode(&bytes[..bytes.len() - 1]), None);
            assert_eq!(Frame::decode(&[&bytes, [0].as_slice()].concat()), None);
        }
    }

    proptest! {
        #[test]
        fn garbage_is_dropped(bytes in prop::collection::vec(any::<u8>(), 0..400), kind in 0u8..16) {
            let mut replica = Replica::begin(config(4, 1, Limits::default()), signer(1), &mut Vec::new());
            let bytes: Bytes = [[kind].as_slice(), &bytes].concat().into();
            replica.step(Input::Msg { from: ReplicaId(2), bytes }, &Anything, &mut Vec::new());
            prop_assert!(replica.held() < 10);
        }

        #[test]
        fn a_flipped_bit_of_what_is_signed_changes_nothing(which in 0usize..6, at: prop::sample::Index) {
            let frames = frames();
            let mut bytes = frames[which].encode().to_vec();
            let bit = at.index(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            let mut replica = Replica::begin(config(4, 2, Limits::default()), signer(2), &mut Vec::new());
            let mut out = Vec::new();
            replica.step(Input::Tick(8), &Anything, &mut Vec::new());
            let before = replica.held();
            replica.step(Input::Msg { from: ReplicaId(0), bytes: bytes.into() }, &Anything, &mut out);
            prop_assert!(out.is_empty(), "{out:?}");
            let whole_header = which == 0 && replica.held() == before + 1;
            prop_assert!(replica.held() == before || whole_header, "the batch may be hurt, and the header not");
        }
    }
}
