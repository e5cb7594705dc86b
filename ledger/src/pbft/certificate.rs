//! Certificates: many signatures under one statement, checked by anyone who has the keys.
use std::collections::BTreeSet;

use super::codec::{self, Reader, Wire};
use super::config::{MAX_COSIGNATURE, MAX_VALIDATORS};
use super::message::{Checkpoint, Prepare, Proposal, Signed, Vote};
use super::{Keys, Point, ReplicaId, Seq};
use crate::key;
use crate::{Hash, Head};

/// One validator's part in a stable checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosigner {
    /// Who.
    pub by: ReplicaId,
    /// Its C2SP `cosignature/v1` of the tree head.
    pub cosignature: Vec<u8>,
    /// Its signature under the CHECKPOINT.
    pub signature: key::Signed,
}

/// A stable checkpoint: a quorum of equal CHECKPOINTs of different validators (section 4.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stable {
    /// All blocks up to it.
    pub chain: Hash,
    /// What came of them; it has the number.
    pub head: Head,
    /// Who said so, ascending.
    pub cosigners: Vec<Cosigner>,
}

impl Stable {
    /// Its number.
    #[must_use]
    pub fn seq(&self) -> Seq {
        self.head.seq
    }

    /// The CHECKPOINT that one of them signed.
    #[must_use]
    pub fn checkpoint(&self, of: &Cosigner) -> Signed<Checkpoint> {
        let body = Checkpoint { chain: self.chain, head: self.head, cosignature: of.cosignature.clone(), by: of.by };
        Signed { body, signature: of.signature }
    }

    /// Whether `enough` different validators signed it.
    #[must_use]
    pub fn holds(&self, keys: &mut Keys, enough: usize) -> bool {
        let different: BTreeSet<_> = self.cosigners.iter().map(|one| one.by).collect();
        different.len() == self.cosigners.len()
            && different.len() >= enough
            && self.cosigners.iter().all(|one| keys.verify_inner(&self.checkpoint(one)))
    }

    /// Whether it is the checkpoint of that place.
    #[must_use]
    pub fn is_of(&self, point: &Point) -> bool {
        self.head.seq == point.seq && self.chain == point.chain
    }
}

/// A prepared certificate: a pre-prepare and matching prepares of different backups (section 4.2), as P in a view change has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// The pre-prepare, signed by its view's primary.
    pub proposal: Signed<Proposal>,
    /// The backups and their signatures under the PREPARE of the same view, number and digest, ascending.
    pub prepares: Vec<(ReplicaId, key::Signed)>,
}

impl Prepared {
    /// The PREPARE that one of them signed.
    #[must_use]
    pub fn prepare(&self, by: ReplicaId, signature: key::Signed) -> Signed<Prepare> {
        let Proposal { view, seq, digest } = self.proposal.body;
        Signed { body: Prepare(Vote { view, seq, digest, by }), signature }
    }

    /// Whether the primary proposed it and `enough` different backups prepared it.
    #[must_use]
    pub fn holds(&self, keys: &mut Keys, enough: usize) -> bool {
        let primary = keys.quorum().primary(self.proposal.body.view);
        let different: BTreeSet<_> = self.prepares.iter().map(|(by, _)| *by).collect();
        different.len() == self.prepares.len()
            && different.len() >= enough
            && !different.contains(&primary)
            && keys.verify_inner(&self.proposal)
            && self.prepares.iter().all(|(by, signature)| keys.verify_inner(&self.prepare(*by, *signature)))
    }
}

impl Wire for Cosigner {
    fn write(&self, to: &mut Vec<u8>) {
        self.by.write(to);
        codec::bytes(to, &self.cosignature);
        to.extend(self.signature);
    }
    fn read(from: &mut Reader<'_>) -> Option<Self> {
        let by = ReplicaId::read(from)?;
        let cosignature = from.bytes(MAX_COSIGNATURE)?.to_vec();
        Some(Self { by, cosignature, signature: from.array()? })
    }
}

impl Wire for Stable {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend(self.chain.0);
        self.head.write(to);
        codec::list(to, &self.cosigners);
    }
    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self { chain: from.hash()?, head: Head::read(from)?, cosigners: from.list(MAX_VALIDATORS)? })
    }
}

impl Wire for (ReplicaId, key::Signed) {
    fn write(&self, to: &mut Vec<u8>) {
        self.0.write(to);
        to.extend(self.1);
    }
    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some((ReplicaId::read(from)?, from.array()?))
    }
}

impl Wire for Prepared {
    fn write(&self, to: &mut Vec<u8>) {
        self.proposal.write(to);
        codec::list(to, &self.prepares);
    }
    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self { proposal: Signed::read(from)?, prepares: from.list(MAX_VALIDATORS)? })
    }
}
