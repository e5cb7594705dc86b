//! A small ledger with one entry of each sort that a proof can be about, and who signs its heads.
use vaidya_ledger::keymap::{Keymap, Label, binding_of, label_of, value_of};
use vaidya_ledger::merkle::{Tree, leaf_hash};
use vaidya_ledger::note::{Checkpoint, Cosigned, Line, Note, Policy, Role, Vkey, cosigned_message};
use vaidya_ledger::proof::{KeyProof, Opening, Thing, TlogProof, What, Word, commitment};
use vaidya_ledger::{Entry, Hash, Kind, Leaf, Signer, Statement};

pub(crate) const ORIGIN: &str = "clinic.example/ledger";
pub(crate) const THRESHOLD: usize = 3;
pub(crate) const SALT: [u8; 32] = [0x5a; 32];
pub(crate) const PATIENT: [u8; 16] = [0x11; 16];
/// A sealed record, as it is stored.
pub(crate) const OBJECT: &[u8] = b"protected, iv, ciphertext and tag of a record";

const LEDGER: Hash = Hash([3; 32]);
const TIME: u64 = 1_763_000_000_000;
const DOCTOR: [u8; 16] = [0x22; 16];

pub(crate) fn signer(seed: u8) -> Signer {
    Signer::from_seed(&[seed; 32])
}

pub(crate) fn log() -> Vkey {
    Vkey::new(ORIGIN, Role::Log, signer(100).public()).unwrap()
}

pub(crate) fn validator(n: u8) -> Vkey {
    Vkey::new(&format!("{ORIGIN}/validator/{n}"), Role::Cosigner, signer(n).public()).unwrap()
}

pub(crate) fn policy() -> Policy {
    Policy::new(log(), (0..4).map(validator).collect(), THRESHOLD).unwrap()
}

/// The signature of a validator (or somebody else) on a head.
pub(crate) fn cosign(n: u8, text: &str, seconds: u64) -> Line {
    validator(n).cosigned(&Cosigned { seconds, signature: signer(n).sign(&cosigned_message(text, seconds)) })
}

/// A head signed by the log and by these validators.
pub(crate) fn signed(checkpoint: &Checkpoint, by: &[u8]) -> Note {
    let text = checkpoint.to_string();
    let seconds = TIME / 1000;
    let cosigned = by.iter().map(|n| cosign(*n, &text, seconds + u64::from(*n)));
    let lines = [log().sign(&signer(100), &text)].into_iter().chain(cosigned).collect();
    Note { text, lines }
}

/// An entry that can be proven, with what its proof opens.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) index: u64,
    pub(crate) opening: Opening,
}

pub(crate) struct World {
    pub(crate) tree: Tree,
    pub(crate) cases: Vec<Case>,
    pub(crate) keymap: Keymap,
    /// The place and the bytes of the last leaf of each batch.
    pub(crate) ends: Vec<(u64, Vec<u8>)>,
    sequence: u64,
}

pub(crate) fn thing(word: Word, id: u8, version: u32) -> Thing {
    Thing { word, id: [id; 16], version }
}

pub(crate) fn label() -> Label {
    label_of(&SALT, &PATIENT)
}

/// The hash of the sealing key and the signing key of a device of the patient's.
pub(crate) fn device(n: u8) -> ([u8; 32], [u8; 32]) {
    (Hash::of(&[b"rsa", &[n]]).0, signer(50 + n).public())
}

fn said(kind: Kind, reference: Hash, parent: Hash, commitment: Hash, not_after: u64) -> Statement {
    Statement { kind, reference, parent, commitment, not_after }
}

const NONE: Hash = Hash([0; 32]);

pub(crate) fn statement(state: &str) -> String {
    format!(
        "vaidya/credential/v1\ndoctor 22222222-2222-2222-2222-222222222222\nname Asha Rao\nqualification MBBS\nregistration 12345\ncouncil Karnataka\nstate {state}\nvalid_until 2030-01-01\n"
    )
}

/// What a patient signs when they grant something: the ids, until when, and the hash of the words.
pub(crate) fn message(label: &[u8], about: u8, text: &str) -> Vec<u8> {
    let until = (TIME + 86_400_000).to_be_bytes();
    let hash = Hash::of(&[text.as_bytes()]);
    [label, &[about; 16], &PATIENT, &[0x33; 16], &DOCTOR, &until, &hash.0].concat()
}

pub(crate) const TERMS: &str = "for care\ndata prescriptions\nuntil 1763086400000\n";

/// The entries of the clinic's own log, of which the ledger has only the root.
pub(crate) fn sub_log() -> (Tree, Vec<Vec<u8>>) {
    let entries: Vec<Vec<u8>> =
        (0u64..11).map(|n| [b"vaidya/sublog/v1".as_slice(), &[1], &n.to_be_bytes()].concat()).collect();
    let mut tree = Tree::new();
    entries.iter().for_each(|entry| tree.append(leaf_hash(entry)));
    (tree, entries)
}

impl World {
    pub(crate) fn new() -> Self {
        let mut world =
            Self { tree: Tree::new(), cases: Vec::new(), keymap: Keymap::new(), ends: Vec::new(), sequence: 0 };
        world.genesis();
        world.keys();
        world.records();
        world.consents();
        world.others();
        (0..40).for_each(|n| world.filler(n));
        world.end();
        world
    }

    fn append(&mut self, outcome: u8, statement: Statement, attachment: Vec<u8>) -> (u64, Vec<u8>) {
        self.sequence += 1;
        let actor = match statement.kind {
            Kind::AuditRoot => None,
            _ => Some(statement.signed_by(&signer(50))),
        };
        let entry = Entry::submit(&LEDGER, &signer(90), self.sequence, statement, actor, attachment).encode();
        let (seq, time) = (self.seq(), self.time());
        let leaf = Leaf::Entry { outcome, seq, time, entry }.encode();
        self.tree.append(leaf_hash(&leaf));
        (self.tree.size() - 1, leaf)
    }

    fn seq(&self) -> u64 {
        u64::try_from(self.ends.len()).unwrap() + 1
    }

    fn time(&self) -> u64 {
        TIME + 6_000 * self.seq()
    }

    fn end(&mut self) {
        let leaf = Leaf::End { seq: self.seq(), time: self.time(), keymap: self.keymap.root() }.encode();
        self.tree.append(leaf_hash(&leaf));
        self.ends.push((self.tree.size() - 1, leaf));
    }

    fn prove(
        &mut self,
        name: &'static str,
        outcome: u8,
        said: Statement,
        attachment: Vec<u8>,
        thing: Thing,
        what: What,
    ) {
        let (index, leaf) = self.append(outcome, said, attachment);
        self.cases.push(Case { name, index, opening: Opening { leaf, thing, what } });
    }

    /// A batch without entries of ours, so that nothing stands at the place 0 of everything.
    fn genesis(&mut self) {
        (40..45).for_each(|n| self.filler(n));
        self.end();
    }

    fn filler(&mut self, n: u8) {
        self.append(0, said(Kind::RoomOpened, Hash::of(&[b"room", &[n]]), NONE, NONE, 0), Vec::new());
    }

    /// Two devices of the patient, among thirty other people.
    fn keys(&mut self) {
        for n in 0u64..30 {
            self.keymap.insert(Hash::of(&[b"label", &n.to_be_bytes()]).0, Hash::of(&[b"value", &n.to_be_bytes()]).0);
        }
        let bindings = [device(0), device(1)].map(|(rsa, ed)| binding_of(&rsa, &ed));
        for (n, binding) in bindings.into_iter().enumerate() {
            let key = signer(50 + u8::try_from(n).unwrap()).public();
            self.append(0, said(Kind::KeyBind, Hash(label()), NONE, binding, 0), key.to_vec());
        }
        self.keymap.insert(label(), value_of(&bindings).unwrap());
        self.end();
    }

    fn records(&mut self) {
        let hash = Hash::of(&[OBJECT]);
        let kind = "prescription".to_owned();
        let first = thing(Word::Record, 0xa1, 1);
        let what = What::Object { kind: kind.clone(), salt: SALT, hash };
        let put = said(Kind::RecordPut, first.reference(), NONE, commitment(&kind, &SALT, &hash), 0);
        self.prove("a record", 0, put, Vec::new(), first, what.clone());
        let second = thing(Word::Record, 0xa1, 2);
        let amended = said(Kind::RecordAmended, second.reference(), first.reference(), put.commitment, 0);
        self.prove("an amended record", 0, amended, Vec::new(), second, what.clone());
        let unheard = thing(Word::Record, 0xa2, 1);
        let void = said(Kind::RecordPut, unheard.reference(), Hash([9; 32]), put.commitment, 0);
        self.prove("a void record", 7, void, Vec::new(), unheard, what);
        self.end();
    }

    fn consents(&mut self) {
        let consent = thing(Word::Consent, 0xc1, 0);
        let text =
            "vaidya/consent/v1\npatient 11111111-1111-1111-1111-111111111111\nfor care\nstate asked\n".to_owned();
        let asked = commitment("consent", &SALT, &Hash::of(&[text.as_bytes()]));
        let what = What::Statement { kind: "consent".to_owned(), salt: SALT, text };
        let asked = said(Kind::ConsentRequested, consent.reference(), NONE, asked, 0);
        self.prove("a consent that was asked for", 0, asked, Vec::new(), consent, what);
        let message = message(b"vaidya/consent/v1", 0xc1, TERMS);
        let granted = said(Kind::ConsentGranted, consent.reference(), NONE, Hash::of(&[&message]), TIME + 86_400_000);
        let what = What::Signed { message, text: TERMS.to_owned() };
        self.prove("a consent that was given", 0, granted, Vec::new(), consent, what);
        let used = said(Kind::ConsentUsed, Hash::of(&[b"nullifier"]), consent.reference(), NONE, 0);
        self.prove("a code that was used", 0, used, Vec::new(), consent, What::Sealed);
        let revoked = said(Kind::ConsentRevoked, consent.reference(), NONE, NONE, 0);
        self.prove("a consent that was taken back", 0, revoked, Vec::new(), consent, What::Sealed);
        self.end();
    }

    fn others(&mut self) {
        let credential = thing(Word::Credential, 0xd1, 0);
        let text = statement("active");
        let committed = commitment("credential", &SALT, &Hash::of(&[text.as_bytes()]));
        let issued = said(Kind::CredentialIssued, credential.reference(), Hash([8; 32]), committed, TIME + 1);
        let what = What::Statement { kind: "credential".to_owned(), salt: SALT, text };
        self.prove("a registration", 0, issued, Vec::new(), credential, what);
        let (sub, entries) = sub_log();
        let clinic = thing(Word::Clinic, 0xe1, 0);
        let root = said(Kind::AuditRoot, clinic.reference(), NONE, sub.root(), 0);
        let what = What::Inner { index: 6, path: sub.inclusion(6, 11).unwrap(), entry: entries[6].clone() };
        self.prove("who looked", 0, root, 11u64.to_be_bytes().to_vec(), clinic, what);
        let emergency = thing(Word::Consent, 0xc2, 0);
        let why = "unconscious\nbrought in by ambulance";
        let message = message(b"vaidya/break-glass/v1", 0xc2, why);
        let broke =
            said(Kind::BreakGlass, emergency.reference(), credential.reference(), Hash::of(&[&message]), TIME + 1);
        let what = What::Signed { message, text: why.to_owned() };
        self.prove("an emergency", 0, broke, Vec::new(), emergency, what);
        let review = said(Kind::BreakGlassReview, Hash::of(&[b"review"]), emergency.reference(), Hash([6; 32]), 0);
        self.prove("a review", 0, review, Vec::new(), emergency, What::Sealed);
        let room = thing(Word::Room, 0xf1, 0);
        let closed = said(Kind::RoomClosed, room.reference(), NONE, Hash([4; 32]), 0);
        self.prove("a visit's end", 0, closed, Vec::new(), room, What::Sealed);
        self.end();
    }

    /// The head at a size.
    pub(crate) fn head(&self, size: u64) -> Checkpoint {
        Checkpoint::new(ORIGIN, size, self.tree.root_at(size).unwrap())
    }

    /// The newest head.
    pub(crate) fn newest(&self) -> Checkpoint {
        self.head(self.tree.size())
    }

    /// The proof of a leaf in the newest head.
    pub(crate) fn proof(&self, index: u64, opening: &Opening, by: &[u8]) -> TlogProof {
        TlogProof {
            extra: Some(opening.encode().unwrap()),
            index,
            path: self.tree.inclusion(index, self.tree.size()).unwrap(),
            checkpoint: signed(&self.newest(), by).to_string(),
        }
    }

    pub(crate) fn case(&self, name: &str) -> &Case {
        self.cases.iter().find(|case| case.name == name).unwrap()
    }

    /// What the map has for a label, under the newest head.
    pub(crate) fn keys_of(&self, label: &Label) -> KeyProof {
        let (index, leaf) = self.ends.last().unwrap().clone();
        KeyProof {
            checkpoint: signed(&self.newest(), &[0, 1, 2]).to_string(),
            index,
            path: self.tree.inclusion(index, self.tree.size()).unwrap(),
            leaf,
            way: self.keymap.prove(label).to_bytes(),
        }
    }
}
