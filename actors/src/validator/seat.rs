//! A validator's seat: its keys, its place in a set of validators, and what it checks and signs in their name.
use std::sync::Arc;

use vaidya_ledger::app::App;
use vaidya_ledger::key::{Public, Signed, verify};
use vaidya_ledger::note::{Checkpoint, cosigned_message};
use vaidya_ledger::pbft::{Check, Config, Limits, ReplicaId};
use vaidya_ledger::{Genesis, Head, KeyId, Signer, Validators};

use super::Office;

/// Who a validator is, for as long as it runs.
#[derive(Clone)]
pub(super) struct Seat {
    pub(super) genesis: Arc<Genesis>,
    pub(super) id: u8,
    signer: Arc<Signer>,
    /// Differs at every start.
    boot: u64,
}

impl Seat {
    pub(super) fn new(genesis: Arc<Genesis>, id: u8, signer: Signer, boot: u64) -> Self {
        Self { genesis, id, signer: Arc::new(signer), boot }
    }

    /// Its own copy of the key, for a replica.
    pub(super) fn signer(&self) -> Signer {
        Signer::from_seed(&self.signer.seed())
    }

    /// Its place among these; none when it is not in office, or somebody else has its number.
    pub(super) fn place(&self, set: &Validators) -> Option<ReplicaId> {
        let mine = set.key(self.id) == Some(&self.signer.public());
        let place = set.position(self.id).filter(|_| mine)?;
        u8::try_from(place).ok().map(ReplicaId)
    }

    /// What a replica in that set has to know.
    pub(super) fn config(&self, office: Office, set: &Validators, me: ReplicaId) -> Config {
        let limits = Limits::of_interval(self.genesis.interval);
        Config::new((self.genesis.id(), office.epoch), (publics(set), me), office.start, self.boot, limits)
    }

    /// Its C2SP cosignature of a head: `u64 seconds ‖ signature`. The time is the block's, so that saying it twice says the same.
    pub(super) fn cosign(&self, head: &Head, time: u64) -> Vec<u8> {
        let seconds = time / 1_000;
        let message = cosigned_message(&text(&self.genesis, head), seconds);
        [&seconds.to_be_bytes()[..], &self.signer.sign(&message)].concat()
    }
}

fn text(genesis: &Genesis, head: &Head) -> String {
    Checkpoint::new(&genesis.origin, head.size, head.root).to_string()
}

/// The keys of a set, by place.
pub(super) fn publics(set: &Validators) -> Vec<Public> {
    set.iter().map(|validator| validator.public).collect()
}

/// What a replica may vote for.
pub(super) struct Checked<'a> {
    pub(super) app: &'a App,
    pub(super) genesis: &'a Genesis,
    pub(super) keys: &'a [Public],
}

impl Check for Checked<'_> {
    fn entry(&self, entry: &[u8]) -> bool {
        self.app.check(entry).is_ok()
    }

    fn is_spent(&self, entry: &[u8]) -> bool {
        let (submitter, sequence) = self.lane(entry);
        !self.app.is_free(submitter, sequence)
    }

    fn lane(&self, entry: &[u8]) -> (KeyId, u64) {
        self.app.lane(entry)
    }

    fn cosignature(&self, by: ReplicaId, head: &Head, cosignature: &[u8]) -> bool {
        let key = self.keys.get(usize::from(by.0));
        let parts = cosignature.split_first_chunk::<8>();
        key.zip(parts).is_some_and(|(key, (seconds, signature))| {
            let message = cosigned_message(&text(self.genesis, head), u64::from_be_bytes(*seconds));
            Signed::try_from(signature).is_ok_and(|signature| verify(key, &message, &signature))
        })
    }
}
