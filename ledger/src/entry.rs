//! An entry of the log: what is said, by whom, handed in by whom; its bytes and its two signatures.
use crate::codec::{self, Reader, sized};
use crate::key::{Public, Signed, verify};
use crate::kind::{Kind, LONGEST_ATTACHMENT};
use crate::{Hash, KeyId, Signer};

/// The length of an entry before its attachment, bytes.
pub const FIXED: usize = 274;
/// The length of the longest entry, bytes.
pub const LONGEST: usize = FIXED + 2 + LONGEST_ATTACHMENT;

const VERSION: u8 = 1;
const NO_KEY: KeyId = KeyId([0; 16]);
const NO_SIGNATURE: Signed = [0; 64];

/// Why some bytes are not an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Too short, or too long.
    #[error("the entry has not the length it says")]
    Length,
    /// Of a version nobody knows.
    #[error("the entry is of an unknown version")]
    Version,
    /// Of a kind nobody knows.
    #[error("the entry is of an unknown kind")]
    Kind,
    /// An actor without a signature, or a signature without an actor.
    #[error("the entry names an actor without signature, or the reverse")]
    Actor,
    /// Of a length its kind does not have.
    #[error("the entry's attachment has a length its kind does not have")]
    Attachment,
    /// A field that its kind must have is zero.
    #[error("the entry has no {0}, and its kind needs one")]
    Missing(&'static str),
    /// A field that its kind does not have is not zero.
    #[error("the entry has a {0}, and its kind has none")]
    Superfluous(&'static str),
}

impl From<codec::Malformed> for Malformed {
    fn from(_: codec::Malformed) -> Self {
        Self::Length
    }
}

/// What is said. An actor signs this, in a browser that knows neither the log nor what was handed in before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What kind of thing is said.
    pub kind: Kind,
    /// What it is about: a salted or random name, never zero.
    pub reference: Hash,
    /// What it stands on or follows; zero when on nothing.
    pub parent: Hash,
    /// What it commits to; zero when to nothing.
    pub commitment: Hash,
    /// Until when, ms since 1970; 0 when for ever.
    pub not_after: u64,
}

impl Statement {
    /// The bytes an actor signs: `"vaidya/ledger/actor/v1" ‖ kind ‖ reference ‖ parent ‖ commitment ‖ not_after`.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        let mut bytes = b"vaidya/ledger/actor/v1".to_vec();
        bytes.push(self.kind.number());
        self.fields(&mut bytes);
        bytes
    }

    /// Says it.
    #[must_use]
    pub fn signed_by(&self, signer: &Signer) -> Actor {
        Actor { key: signer.id(), signature: signer.sign(&self.message()) }
    }

    fn fields(&self, to: &mut Vec<u8>) {
        to.extend(self.reference.0);
        to.extend(self.parent.0);
        to.extend(self.commitment.0);
        to.extend(self.not_after.to_be_bytes());
    }
}

/// Whose statement it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Their key.
    pub key: KeyId,
    /// Of [`Statement::message`].
    pub signature: Signed,
}

/// An entry: a statement, whose it is, and the signature of who hands it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What is said.
    pub statement: Statement,
    /// Whose statement it is; none when the submitter says so alone.
    pub actor: Option<Actor>,
    /// Who hands it in.
    pub submitter: KeyId,
    /// Its place among what the submitter hands in: greater than the ones before.
    pub sequence: u64,
    /// More of it, for kinds that have more.
    pub attachment: Vec<u8>,
    /// The submitter's, of all of it and of which ledger it is for.
    pub signature: Signed,
}

impl Entry {
    /// Hands a statement in to a ledger. Attachments longer than [`LONGEST_ATTACHMENT`] are cut, and refused for it.
    #[must_use]
    pub fn submit(
        ledger: &Hash,
        submitter: &Signer,
        sequence: u64,
        statement: Statement,
        actor: Option<Actor>,
        attachment: Vec<u8>,
    ) -> Self {
        let id = submitter.id();
        let mut entry = Self { statement, actor, submitter: id, sequence, attachment, signature: NO_SIGNATURE };
        entry.signature = submitter.sign(&entry.message(ledger));
        entry
    }

    /// Its bytes: 274, and the attachment with its length before it.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.unsigned();
        bytes.extend(self.signature);
        sized(&mut bytes, &self.attachment);
        bytes
    }

    /// The entry that has these bytes, and no others: `decode(bytes)?.encode() == bytes`.
    ///
    /// # Errors
    /// [`Malformed`], also when its kind has not these fields. Signatures are not looked at.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes, "entry");
        if reader.u8()? != VERSION {
            return Err(Malformed::Version);
        }
        let kind = Kind::of(reader.u8()?).ok_or(Malformed::Kind)?;
        let (submitter, sequence, key) = (KeyId(reader.array()?), reader.u64()?, KeyId(reader.array()?));
        let statement = Statement {
            kind,
            reference: Hash(reader.array()?),
            parent: Hash(reader.array()?),
            commitment: Hash(reader.array()?),
            not_after: reader.u64()?,
        };
        let actor = actor(key, reader.array()?)?;
        let (signature, attachment) = (reader.array()?, reader.sized()?);
        reader.end()?;
        kind.fits(&statement, actor.is_some(), attachment.len())?;
        Ok(Self { statement, actor, submitter, sequence, attachment: attachment.to_vec(), signature })
    }

    /// The hash of its bytes: its name in pools, receipts and queues.
    #[must_use]
    pub fn digest(&self) -> Hash {
        Hash::of(&[&self.encode()])
    }

    /// Whether the submitter handed in exactly this, to this ledger.
    #[must_use]
    pub fn is_submitted_by(&self, ledger: &Hash, public: &Public) -> bool {
        KeyId::of(public) == self.submitter && verify(public, &self.message(ledger), &self.signature)
    }

    /// Whether the actor it names said this. No one did when it names none.
    #[must_use]
    pub fn is_said_by(&self, public: &Public) -> bool {
        let said = |actor: &Actor| {
            KeyId::of(public) == actor.key && verify(public, &self.statement.message(), &actor.signature)
        };
        self.actor.as_ref().is_some_and(said)
    }

    /// `"vaidya/ledger/entry/v1" ‖ ledger ‖ bytes before the signature ‖ SHA-256(attachment)`, zeros when there is no attachment.
    fn message(&self, ledger: &Hash) -> Vec<u8> {
        let attachment = if self.attachment.is_empty() { Hash::default() } else { Hash::of(&[&self.attachment]) };
        [b"vaidya/ledger/entry/v1".as_slice(), &ledger.0, &self.unsigned(), &attachment.0].concat()
    }

    fn unsigned(&self) -> Vec<u8> {
        let actor = self.actor.unwrap_or(Actor { key: NO_KEY, signature: NO_SIGNATURE });
        let mut bytes = Vec::with_capacity(FIXED + 2 + self.attachment.len());
        bytes.extend([VERSION, self.statement.kind.number()]);
        bytes.extend(self.submitter.0);
        bytes.extend(self.sequence.to_be_bytes());
        bytes.extend(actor.key.0);
        self.statement.fields(&mut bytes);
        bytes.extend(actor.signature);
        bytes
    }
}

fn actor(key: KeyId, signature: Signed) -> Result<Option<Actor>, Malformed> {
    match (key == NO_KEY, signature == NO_SIGNATURE) {
        (true, true) => Ok(None),
        (false, false) => Ok(Some(Actor { key, signature })),
        _ => Err(Malformed::Actor),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LEDGER: Hash = Hash([3; 32]);

    fn put(sequence: u64) -> Entry {
        let statement = Statement {
            kind: Kind::RecordPut,
            reference: Hash([1; 32]),
            parent: Hash([2; 32]),
            commitment: Hash([4; 32]),
            not_after: 5,
        };
        let actor = statement.signed_by(&Signer::from_seed(&[6; 32]));
        Entry::submit(&LEDGER, &Signer::from_seed(&[7; 32]), sequence, statement, Some(actor), Vec::new())
    }

    #[test]
    fn an_entry_without_attachment_has_276_bytes() {
        let bytes = put(9).encode();
        assert_eq!(bytes.len(), FIXED + 2);
        assert_eq!(bytes[..2], [1, 9]);
        assert_eq!(bytes[18..26], 9_u64.to_be_bytes());
        assert_eq!(bytes[42..74], [1; 32]);
        assert_eq!(bytes[138..146], 5_u64.to_be_bytes());
    }

    #[test]
    fn an_entry_for_another_ledger_is_not_handed_in_to_this_one() {
        let (entry, public) = (put(1), Signer::from_seed(&[7; 32]).public());
        assert!(entry.is_submitted_by(&LEDGER, &public));
        assert!(!entry.is_submitted_by(&Hash([9; 32]), &public));
        assert!(entry.is_said_by(&Signer::from_seed(&[6; 32]).public()));
        assert!(!entry.is_said_by(&public));
    }

    #[test]
    fn an_actor_without_a_signature_is_malformed() {
        let mut bytes = put(1).encode();
        bytes[146..210].fill(0);
        assert_eq!(Entry::decode(&bytes), Err(Malformed::Actor));
        bytes[26..42].fill(0);
        assert!(Entry::decode(&bytes).unwrap().actor.is_none());
    }

    #[test]
    fn a_field_that_the_kind_does_not_have_is_refused() {
        let mut bytes = put(1).encode();
        bytes[1] = Kind::RoomClosed.number();
        assert_eq!(Entry::decode(&bytes), Err(Malformed::Superfluous("parent")));
        bytes[1] = Kind::KeyBind.number();
        assert_eq!(Entry::decode(&bytes), Err(Malformed::Superfluous("not_after")));
        bytes[1] = 0;
        assert_eq!(Entry::decode(&bytes), Err(Malformed::Kind));
    }

    fn any_entry() -> impl Strategy<Value = Entry> {
        let fields = (any::<[u8; 32]>(), any::<[u8; 32]>(), any::<[u8; 32]>(), 1..u64::MAX, any::<u64>());
        let (kind, more) = (prop::sample::select(Kind::ALL), (any::<[bool; 4]>(), any::<prop::sample::Index>()));
        (kind, fields, more).prop_map(|(kind, (reference, parent, commitment, not_after, sequence), (may, length))| {
            let [with_parent, with_commitment, with_end, with_actor] = kind.has(may);
            let hash = |there: bool, bytes: [u8; 32]| if there { Hash(bytes) } else { Hash::default() };
            let statement = Statement {
                kind,
                reference: Hash(reference),
                parent: hash(with_parent, parent),
                commitment: hash(with_commitment, commitment),
                not_after: if with_end { not_after } else { 0 },
            };
            let actor = with_actor.then(|| statement.signed_by(&Signer::from_seed(&[1; 32])));
            let attachment = vec![7; kind.attachment(length)];
            Entry::submit(&LEDGER, &Signer::from_seed(&[2; 32]), sequence, statement, actor, attachment)
        })
    }

    proptest! {
        #[test]
        fn an_entry_of_any_kind_comes_back_as_it_was(entry in any_entry()) {
            prop_assert_eq!(Entry::decode(&entry.encode()), Ok(entry));
        }

        #[test]
        fn garbage_is_refused_and_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(Entry::decode(&bytes).is_err());
        }

        #[test]
        fn bytes_that_are_an_entry_are_its_only_spelling(at in 0..276_usize, to: u8, cut in 0..276_usize) {
            let mut bytes = put(1).encode();
            bytes[at] = to;
            if let Ok(entry) = Entry::decode(&bytes) {
                prop_assert_eq!(entry.encode(), bytes.clone());
            }
            prop_assert!(Entry::decode(&bytes[..cut]).is_err());
            bytes.push(0);
            prop_assert!(Entry::decode(&bytes).is_err());
        }

        #[test]
        fn whatever_is_changed_after_signing_is_found(at in 0..276_usize, bit in 0..8_u8) {
            let mut bytes = put(1).encode();
            bytes[at] ^= 1 << bit;
            let public = Signer::from_seed(&[7; 32]).public();
            prop_assert!(!Entry::decode(&bytes).is_ok_and(|entry| entry.is_submitted_by(&LEDGER, &public)));
        }
    }
}
