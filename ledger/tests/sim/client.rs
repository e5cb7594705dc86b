//! Clients: what they want on the log, whom they tell, and what they were promised.
use std::collections::{BTreeMap, BTreeSet};

use vaidya_ledger::pbft::{Batch, Tx};
use vaidya_ledger::{Entry, Hash, Kind, Signer, Statement};

use crate::rng::Rng;
use crate::scenario::Scenario;

/// After how long a client that hears nothing tells everyone again, milliseconds.
const AGAIN: u64 = 700;
/// How many such entries there are.
const PULSES: usize = 60;

/// What a client does next.
pub(crate) struct Wish {
    pub(crate) entries: Vec<Tx>,
    pub(crate) urgent: bool,
    /// Whom it tells; all when it has waited long enough.
    pub(crate) to: Option<usize>,
}

struct Client {
    script: Vec<Tx>,
    next: usize,
    under_way: BTreeMap<Hash, (Tx, u64)>,
    depth: usize,
    urgent: bool,
    /// How much of the script it wants without being asked to go on.
    own: usize,
}

/// All of them. Each hands its entries in in order, a few at a time.
pub(crate) struct Clients {
    each: Vec<Client>,
    rng: Rng,
    nodes: usize,
    /// When somebody last wanted something although all had what they wanted: life goes on, and takes those along who are behind.
    pulse: u64,
    every: u64,
    /// Everything that was handed in and well signed.
    pub(crate) wanted: BTreeSet<Hash>,
    confirmed: BTreeMap<Hash, BTreeSet<usize>>,
    /// How many correct validators must have executed an entry before its client may believe it.
    enough: usize,
    pub(crate) acknowledged: BTreeSet<Hash>,
}

/// The keys of so many submitters.
pub(crate) fn submitters(count: usize) -> Vec<Signer> {
    (0..count).map(|at| Signer::from_seed(&[u8::try_from(at).unwrap() + 1; 32])).collect()
}

impl Clients {
    pub(crate) fn new(ledger: Hash, scenario: &Scenario, enough: usize, mut rng: Rng) -> Self {
        let Scenario { clients: count, entries, n: nodes, .. } = *scenario;
        let every = 2_500 + 25 * scenario.calm.delay.1;
        let each = submitters(count).into_iter().enumerate().map(|(at, signer)| {
            let own = entries;
            let script = script(&ledger, &signer, at, own + if at == 0 { PULSES } else { 0 }, &mut rng);
            let (depth, urgent) = (1 + rng.index(3), rng.chance(30));
            Client { script, next: 0, under_way: BTreeMap::new(), depth, urgent, own }
        });
        let each = each.collect();
        let (wanted, confirmed, acknowledged) = Default::default();
        Self { pulse: 0, every, each, rng, nodes, wanted, confirmed, enough, acknowledged }
    }

    pub(crate) fn count(&self) -> usize {
        self.each.len()
    }

    /// One client's turn.
    pub(crate) fn turn(&mut self, at: usize, now: u64) -> Vec<Wish> {
        if at == 0 && now >= self.pulse + self.every && self.are_content() {
            self.pulse = now;
            let first = &mut self.each[0];
            first.own = (first.own + 1).min(first.script.len());
        }
        let client = &mut self.each[at];
        client.under_way.retain(|name, _| !self.acknowledged.contains(name));
        let mut wishes = Vec::new();
        for (entry, since) in client.under_way.values_mut() {
            if now >= *since + AGAIN {
                *since = now;
                wishes.push(Wish { entries: vec![entry.clone()], urgent: client.urgent, to: None });
            }
        }
        let room = client.depth.saturating_sub(client.under_way.len());
        let fresh: Vec<_> = client.script.iter().take(client.own).skip(client.next).take(room).cloned().collect();
        client.next += fresh.len();
        for entry in &fresh {
            let name = Batch::request(entry);
            self.wanted.insert(name);
            client.under_way.insert(name, (entry.clone(), now));
        }
        if !fresh.is_empty() {
            let to = self.rng.chance(40).then(|| self.rng.index(self.nodes));
            wishes.push(Wish { entries: fresh, urgent: client.urgent, to });
        }
        wishes
    }

    /// A correct validator has executed an entry durably, and says so.
    pub(crate) fn confirm(&mut self, by: usize, name: Hash) {
        let told = self.confirmed.entry(name).or_default();
        told.insert(by);
        if told.len() >= self.enough {
            self.acknowledged.insert(name);
        }
    }

    /// Whether everything was handed in and promised.
    pub(crate) fn are_content(&self) -> bool {
        self.each.iter().all(|client| client.next == client.own)
            && self.wanted.iter().all(|name| self.acknowledged.contains(name))
    }

    /// What a bad client sends: noise, somebody else's entry with another signature, an entry of nobody.
    pub(crate) fn nonsense(&mut self, ledger: &Hash) -> Tx {
        let at = self.rng.index(self.each.len());
        let mut real = self.rng.pick(&self.each[at].script).to_vec();
        match self.rng.below(3) {
            0 => (0..self.rng.index(400)).map(|_| self.rng.next() as u8).collect(),
            1 => {
                let byte = self.rng.index(real.len());
                real[byte] ^= 1 << self.rng.below(8);
                real.into()
            }
            _ => {
                let stranger = Signer::from_seed(&[0xee; 32]);
                let sequence = self.rng.below(9) + 1;
                let said = statement(Kind::DatasetPublished, Hash(self.rng.bytes()), Hash::default(), Hash([1; 32]));
                Entry::submit(ledger, &stranger, sequence, said, None, Vec::new()).encode().into()
            }
        }
    }
}

fn statement(kind: Kind, reference: Hash, parent: Hash, commitment: Hash) -> Statement {
    Statement { kind, reference, parent, commitment, not_after: 0 }
}

/// A client's entries: data sets, consents with a code that another client uses too, the roots of a log of its own, rooms.
fn script(ledger: &Hash, signer: &Signer, client: usize, length: usize, rng: &mut Rng) -> Vec<Tx> {
    let consent = Hash(rng.bytes());
    let code = Hash::of(&[b"code", &(client / 2).to_be_bytes()]);
    let (own, mut root, mut size) = (Hash([client as u8 + 1; 32]), Hash::default(), 0u64);
    let mut said = vec![
        (statement(Kind::ConsentRequested, consent, Hash::default(), Hash(rng.bytes())), Vec::new()),
        (statement(Kind::ConsentUsed, code, consent, Hash::default()), Vec::new()),
    ];
    while said.len() < length {
        let random = Hash(rng.bytes());
        said.push(match rng.below(4) {
            0 => {
                size += 1;
                let next = statement(Kind::AuditRoot, own, root, random);
                root = random;
                (next, size.to_be_bytes().to_vec())
            }
            1 => (statement(Kind::RoomOpened, random, Hash::default(), Hash::default()), Vec::new()),
            _ => (statement(Kind::DatasetPublished, random, Hash::default(), Hash(rng.bytes())), Vec::new()),
        });
    }
    said.truncate(length);
    let numbered = said.into_iter().zip(1..);
    numbered
        .map(|((said, more), sequence)| Entry::submit(ledger, signer, sequence, said, None, more).encode().into())
        .collect()
}
