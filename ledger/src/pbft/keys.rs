//! Signs and verifies messages; what was verified once isn't verified again.
use std::collections::{BTreeSet, VecDeque};

use super::message::{Body, Signed};
use super::{Config, Mutant, Quorum};
use crate::Hash;
use crate::key::{self, Public, Signer};

/// The keys of a validator set, and the signatures they are known to have made.
#[derive(Debug)]
pub struct Keys {
    ledger: Hash,
    epoch: u64,
    validators: Vec<Public>,
    known: BTreeSet<Hash>,
    oldest: VecDeque<Hash>,
    most: usize,
    blind: bool,
}

impl Keys {
    /// Of this replica's set.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let keys = Self::new(config.ledger, config.epoch, config.validators.clone(), config.limits.verified);
        Self { blind: config.bug(Mutant::CertificateUnverified), ..keys }
    }

    /// Of a set: its ledger, its number, its keys in order, and how many signatures are remembered.
    #[must_use]
    pub fn new(ledger: Hash, epoch: u64, validators: Vec<Public>, most: usize) -> Self {
        Self { ledger, epoch, validators, known: BTreeSet::new(), oldest: VecDeque::new(), most, blind: false }
    }

    /// The set's arithmetic.
    #[must_use]
    pub fn quorum(&self) -> Quorum {
        Quorum::of(self.validators.len())
    }

    /// The bytes under a signature: "vaidya/ledger/pbft/v1" ‖ ledger id ‖ epoch ‖ kind ‖ body.
    #[must_use]
    pub fn message<T: Body>(&self, body: &T) -> Vec<u8> {
        let mut bytes = b"vaidya/ledger/pbft/v1".to_vec();
        bytes.extend(self.ledger.0);
        bytes.extend(self.epoch.to_be_bytes());
        bytes.push(T::KIND);
        body.write(&mut bytes);
        bytes
    }

    /// Signs, and remembers the signature as good.
    pub fn sign<T: Body>(&mut self, body: T, signer: &Signer) -> Signed<T> {
        let message = self.message(&body);
        let signature = signer.sign(&message);
        self.remember(Hash::of(&[&message, &signature, &signer.public()]));
        Signed { body, signature }
    }

    /// Whether who must have signed it has.
    #[must_use]
    pub fn verify<T: Body>(&mut self, signed: &Signed<T>) -> bool {
        let by = signed.body.by(self.quorum());
        let Some(public) = self.validators.get(usize::from(by.0)).copied() else { return false };
        let message = self.message(&signed.body);
        let name = Hash::of(&[&message, &signed.signature, &public]);
        if self.known.contains(&name) {
            return true;
        }
        let good = key::verify(&public, &message, &signed.signature);
        if good {
            self.remember(name);
        }
        good
    }

    /// The same, for what came inside of a certificate.
    pub(super) fn verify_inner<T: Body>(&mut self, signed: &Signed<T>) -> bool {
        self.blind || self.verify(signed)
    }

    /// Whether any validator signed it.
    pub(super) fn is_anyones<T: Body>(&self, signed: &Signed<T>) -> bool {
        let message = self.message(&signed.body);
        self.validators.iter().any(|public| key::verify(public, &message, &signed.signature))
    }

    fn remember(&mut self, name: Hash) {
        if self.known.insert(name) {
            self.oldest.push_back(name);
        }
        if self.oldest.len() > self.most
            && let Some(oldest) = self.oldest.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}
