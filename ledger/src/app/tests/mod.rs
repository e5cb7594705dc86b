//! The state machine asked everything a clinic, or someone who means it ill, could say.
use super::*;
use crate::genesis::tests::genesis;
use crate::key::Signer;
use crate::{Actor, Statement};

mod consents;
mod credentials;
mod keys;
mod office;
mod records;
mod replay;
mod submitters;

const NOW: u64 = 1_000_000;
const NONE: Hash = Hash([0; 32]);

fn hash(of: &str) -> Hash {
    Hash::of(&[of.as_bytes()])
}

/// A person with a key, by name.
fn someone(name: &str) -> Signer {
    Signer::from_seed(&hash(name).0)
}

/// The id as KeyBind and KeyRevoke name it in their parent.
fn named(id: KeyId) -> Hash {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(&id.0);
    Hash(bytes)
}

/// What is going to be said.
#[derive(Clone, Debug)]
struct Said {
    statement: Statement,
    actor: Option<Actor>,
    attachment: Vec<u8>,
}

fn say(kind: Kind, reference: Hash) -> Said {
    let statement = Statement { kind, reference, parent: NONE, commitment: NONE, not_after: 0 };
    Said { statement, actor: None, attachment: Vec::new() }
}

impl Said {
    fn on(mut self, parent: Hash) -> Self {
        self.statement.parent = parent;
        self
    }
    fn that(mut self, commitment: &str) -> Self {
        self.statement.commitment = hash(commitment);
        self
    }
    fn until(mut self, time: u64) -> Self {
        self.statement.not_after = time;
        self
    }
    fn with(mut self, attachment: Vec<u8>) -> Self {
        self.attachment = attachment;
        self
    }
    fn by(mut self, signer: &Signer) -> Self {
        self.actor = Some(self.statement.signed_by(signer));
        self
    }
}

fn bind(label: &str, key: &Signer) -> Said {
    let binding = format!("binding of {:?}", key.id());
    say(Kind::KeyBind, hash(label)).that(&binding).with(key.public().to_vec()).by(key)
}

fn issue(name: &str, label: &str) -> Said {
    say(Kind::CredentialIssued, hash(name)).on(hash(label)).that("registration").until(NOW + 1_000)
}

/// A ledger with a clock that stands still until it is told.
struct World {
    app: App,
    submitter: Signer,
    sequence: u64,
    time: u64,
    /// Every block, for replays.
    blocks: Vec<(u64, Vec<Vec<u8>>)>,
}

impl World {
    fn new() -> Self {
        let (app, submitter) = (App::genesis(&genesis()), Signer::from_seed(&[1; 32]));
        Self { app, submitter, sequence: 0, time: NOW, blocks: Vec::new() }
    }

    /// The bytes of the next entry.
    fn hand_in(&mut self, said: Said) -> Vec<u8> {
        self.sequence += 1;
        let Said { statement, actor, attachment } = said;
        Entry::submit(&self.app.ledger(), &self.submitter, self.sequence, statement, actor, attachment).encode()
    }

    fn block(&mut self, batch: Vec<Vec<u8>>) -> Executed {
        let executed = self.app.execute(self.app.head().seq + 1, self.time, &batch);
        self.blocks.push((self.time, batch));
        executed
    }

    /// Says one thing in a block of its own.
    fn say(&mut self, said: Said) -> Result<(), Void> {
        let entry = self.hand_in(said);
        self.app.check(&entry).unwrap();
        self.block(vec![entry]).outcomes[0]
    }
}
