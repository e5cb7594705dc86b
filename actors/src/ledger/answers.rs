//! What the ledger answers: receipts, proofs, what is published.
use actix::{Context, Handler, ResponseFuture};
use tokio::sync::oneshot;
use vaidya_ledger::merkle::Plan;
use vaidya_ledger::{Entry, Hash};

use super::{Flushing, Ledger, paths};
use crate::port::{
    Anchor, Anchored, Bound, Compare, Flush, Policy, Proof, Prove, ProveKey, Publish, Stands, Unanchored, WhoKeeps,
};

impl Handler<Anchor> for Ledger {
    type Result = ResponseFuture<Result<Anchored, Unanchored>>;

    fn handle(&mut self, Anchor { entry, urgent }: Anchor, _: &mut Context<Self>) -> Self::Result {
        let (reply, answer) = oneshot::channel();
        let digest = Hash::of(&[&entry]);
        if let Some(anchored) = self.receipts.get(&digest) {
            let _here = reply.send(Ok(anchored.clone()));
        } else if let Err(why) = self.is_entry(&entry) {
            let _here = reply.send(Err(Unanchored::Refused(why)));
        } else {
            let now = self.now();
            self.pool.hand_in(digest, &entry, urgent, now, reply);
            if self.pool.is_due(now) {
                self.send();
            }
        }
        Box::pin(async move { answer.await.unwrap_or(Err(Unanchored::NoQuorum)) })
    }
}

impl Handler<Flush> for Ledger {
    type Result = ResponseFuture<Result<Stands, Unanchored>>;

    fn handle(&mut self, _: Flush, _: &mut Context<Self>) -> Self::Result {
        let (reply, answer) = oneshot::channel();
        let entries = u64::try_from(self.pool.len()).unwrap_or(u64::MAX);
        let (ticket, since) = (self.pool.next(), self.now());
        self.flushing.push(Flushing { ticket, entries, since, reply });
        self.send();
        self.settle(since);
        Box::pin(async move { answer.await.unwrap_or(Err(Unanchored::NoQuorum)) })
    }
}

impl Handler<Publish> for Ledger {
    type Result = ResponseFuture<Option<Vec<u8>>>;

    fn handle(&mut self, publish: Publish, _: &mut Context<Self>) -> Self::Result {
        let Some(published) = self.known.published() else { return Box::pin(async { None }) };
        match publish {
            Publish::Checkpoint => {
                let note = published.note.as_bytes().to_vec();
                Box::pin(async { Some(note) })
            }
            Publish::Tile(path) => Box::pin(paths::tile(self.read_tile.clone(), path, published.head.size)),
        }
    }
}

impl Handler<Prove> for Ledger {
    type Result = ResponseFuture<Option<Proof>>;

    fn handle(&mut self, Prove { leaf }: Prove, _: &mut Context<Self>) -> Self::Result {
        let (published, read) = (self.known.published().cloned(), self.read_tile.clone());
        Box::pin(async move {
            let published = published?;
            let size = published.head.size;
            let path = paths::walk(read, Plan::inclusion(leaf, size).ok()?, size).await?;
            Some(Proof { path: plain(&path), checkpoint: published.note.to_string() })
        })
    }
}

impl Handler<Compare> for Ledger {
    type Result = ResponseFuture<Option<Vec<[u8; 32]>>>;

    fn handle(&mut self, Compare { from, to }: Compare, _: &mut Context<Self>) -> Self::Result {
        let size = self.known.published().map_or(0, |published| published.head.size);
        let read = self.read_tile.clone();
        Box::pin(async move {
            let plan = Plan::consistency(from, to).ok().filter(|_| from > 0 && to <= size)?;
            paths::walk(read, plan, size).await.map(|path| plain(&path))
        })
    }
}

impl Handler<ProveKey> for Ledger {
    type Result = ResponseFuture<Option<Bound>>;

    fn handle(&mut self, ProveKey { label }: ProveKey, _: &mut Context<Self>) -> Self::Result {
        let (published, read) = (self.known.published().cloned(), self.read_tile.clone());
        Box::pin(async move {
            let published = published?;
            let (size, (index, end)) = (published.head.size, published.end?);
            let path = paths::walk(read, Plan::inclusion(index, size).ok()?, size).await?;
            let (leaf, way) = (end.encode(), published.map.prove(&label).to_bytes());
            Some(Bound { checkpoint: published.note.to_string(), index, path: plain(&path), leaf, way })
        })
    }
}

impl Handler<WhoKeeps> for Ledger {
    type Result = actix::MessageResult<WhoKeeps>;

    fn handle(&mut self, _: WhoKeeps, _: &mut Context<Self>) -> Self::Result {
        let set = self.known.validators();
        let policy = set.and_then(|set| set.policy(&self.origin, self.log).ok());
        let names = set.and_then(|set| set.cosigners(&self.origin).ok()).unwrap_or_default();
        actix::MessageResult(Policy {
            origin: self.origin.clone(),
            log: self.log_key().map(|key| key.to_string()).unwrap_or_default(),
            validators: names.iter().map(ToString::to_string).collect(),
            threshold: set.and_then(|set| u32::try_from(set.quorum()).ok()).unwrap_or_default(),
            text: policy.map(|policy| policy.to_string()).unwrap_or_default(),
            operators: self.operators.clone(),
            one_process: self.one_process,
            window: self.window,
        })
    }
}

impl Ledger {
    /// Whether validators could vote for it: its form, and who handed it in.
    fn is_entry(&self, bytes: &[u8]) -> Result<(), &'static str> {
        let entry = Entry::decode(bytes).map_err(|_| "its form is not that of an entry")?;
        let follower = self.known.follower();
        let submitter = follower.submitter(entry.submitter).ok_or("nobody knows who handed it in")?;
        let signed = entry.is_submitted_by(&self.known.ledger(), submitter);
        if signed { Ok(()) } else { Err("who handed it in did not sign it for this ledger") }
    }
}

fn plain(path: &[Hash]) -> Vec<[u8; 32]> {
    path.iter().map(|hash| hash.0).collect()
}
