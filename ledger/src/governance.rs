//! How the set of validators and submitters changes: a proposal, and the signatures of a quorum of validators under it.
use crate::codec::{Malformed, Reader};
use crate::key::{Public, Signed, verify};
use crate::validators::{Unfit, Validator, Validators};
use crate::{Hash, KeyId, Signer};

/// The most changes in one proposal. They happen together, so that a set can grow from four to seven in one step.
pub const MOST_CHANGES: usize = 16;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A validator comes.
    Add(Validator),
    /// One goes.
    Remove(u8),
    /// One gets another key, name or address.
    Replace(Validator),
    /// A key may hand entries in.
    AddSubmitter(Public),
    /// A key may not any more.
    RemoveSubmitter(KeyId),
}

/// Changes that validators are asked to agree to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// How many proposals were agreed to before: an old one can't be handed in again.
    pub serial: u64,
    /// What changes, all of it or nothing.
    pub changes: Vec<Change>,
}

/// A validator's signature under a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assent {
    /// Which validator.
    pub validator: u8,
    /// Of [`Proposal::message`].
    pub signature: Signed,
}

impl Proposal {
    /// What a validator signs: `"vaidya/ledger/governance/v1" ‖ ledger ‖ proposal`.
    #[must_use]
    pub fn message(&self, ledger: &Hash) -> Vec<u8> {
        [b"vaidya/ledger/governance/v1".as_slice(), &ledger.0, &self.encode()].concat()
    }

    /// The reference of the entry that carries it: the hash of its message.
    #[must_use]
    pub fn reference(&self, ledger: &Hash) -> Hash {
        Hash::of(&[&self.message(ledger)])
    }

    /// A validator agrees.
    #[must_use]
    pub fn assent(&self, ledger: &Hash, validator: u8, signer: &Signer) -> Assent {
        Assent { validator, signature: signer.sign(&self.message(ledger)) }
    }

    /// Whether a quorum of this set agreed, each validator counted once.
    #[must_use]
    pub fn is_agreed(&self, ledger: &Hash, assents: &[Assent], by: &Validators) -> bool {
        let message = self.message(ledger);
        let signed = |it: &&Assent| by.key(it.validator).is_some_and(|key| verify(key, &message, &it.signature));
        assents.iter().filter(signed).count() >= by.quorum() && ascending(assents)
    }

    /// The attachment of the entry: `proposal ‖ u8 count ‖ count × (u8 validator ‖ signature 64)`, validators ascending.
    #[must_use]
    pub fn attachment(&self, assents: &[Assent]) -> Vec<u8> {
        let mut assents = assents.to_vec();
        assents.sort_unstable_by_key(|assent| assent.validator);
        let mut bytes = self.encode();
        bytes.extend(u8::try_from(assents.len()));
        for assent in assents {
            bytes.push(assent.validator);
            bytes.extend(assent.signature);
        }
        bytes
    }

    /// Reads an attachment.
    ///
    /// # Errors
    /// When it is none, or not its only spelling.
    pub fn read(attachment: &[u8]) -> Result<(Self, Vec<Assent>), Malformed> {
        let mut reader = Reader::new(attachment, "governance");
        let proposal = Self::decode(&mut reader)?;
        let assents: Vec<_> = (0..reader.u8()?)
            .map(|_| Ok(Assent { validator: reader.u8()?, signature: reader.array()? }))
            .collect::<Result<_, Malformed>>()?;
        reader.end()?;
        if ascending(&assents) { Ok((proposal, assents)) } else { Err(Malformed("governance")) }
    }

    /// `u64 serial ‖ u8 count ‖ count × change`, a change being its number (1 add, 2 remove, 3 replace, 4 add and 5 remove a submitter) and what it names.
    fn encode(&self) -> Vec<u8> {
        let mut bytes = self.serial.to_be_bytes().to_vec();
        bytes.extend(u8::try_from(self.changes.len()));
        self.changes.iter().for_each(|change| change.encode(&mut bytes));
        bytes
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (serial, count) = (reader.u64()?, reader.u8()?);
        if !(1..=MOST_CHANGES).contains(&usize::from(count)) {
            return Err(Malformed("governance"));
        }
        let changes = (0..count).map(|_| Change::decode(reader)).collect::<Result<_, _>>()?;
        Ok(Self { serial, changes })
    }

    /// The set after all changes.
    ///
    /// # Errors
    /// Why there is none.
    pub fn validators(&self, before: &Validators) -> Result<Validators, Unfit> {
        let mut after: Vec<Validator> = before.iter().cloned().collect();
        for change in &self.changes {
            match change {
                Change::Add(one) if after.iter().all(|it| it.id != one.id) => after.push(one.clone()),
                Change::Add(one) => return Err(Unfit::Unknown(one.id)),
                Change::Remove(id) => drop(after.remove(place(&after, *id)?)),
                Change::Replace(one) => {
                    let place = place(&after, one.id)?;
                    after.iter_mut().skip(place).take(1).for_each(|it| it.clone_from(one));
                }
                Change::AddSubmitter(_) | Change::RemoveSubmitter(_) => {}
            }
        }
        Validators::new(after)
    }
}

impl Change {
    fn encode(&self, to: &mut Vec<u8>) {
        to.push(match self {
            Self::Add(_) => 1,
            Self::Remove(_) => 2,
            Self::Replace(_) => 3,
            Self::AddSubmitter(_) => 4,
            Self::RemoveSubmitter(_) => 5,
        });
        match self {
            Self::Add(validator) | Self::Replace(validator) => validator.write(to),
            Self::Remove(id) => to.push(*id),
            Self::AddSubmitter(public) => to.extend(public),
            Self::RemoveSubmitter(id) => to.extend(id.0),
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        match reader.u8()? {
            1 => Validator::read(reader).map(Self::Add),
            2 => reader.u8().map(Self::Remove),
            3 => Validator::read(reader).map(Self::Replace),
            4 => reader.array().map(Self::AddSubmitter),
            5 => reader.array().map(KeyId).map(Self::RemoveSubmitter),
            _ => Err(Malformed("governance")),
        }
    }
}

fn ascending(assents: &[Assent]) -> bool {
    assents.is_sorted_by(|one, next| one.validator < next.validator)
}

fn place(validators: &[Validator], id: u8) -> Result<usize, Unfit> {
    validators.iter().position(|validator| validator.id == id).ok_or(Unfit::Unknown(id))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::validators::tests::{validator, validators};

    const LEDGER: Hash = Hash([8; 32]);

    fn signer(id: u8) -> Signer {
        Signer::from_seed(&[100 + id; 32])
    }

    fn proposal(changes: Vec<Change>) -> Proposal {
        Proposal { serial: 3, changes }
    }

    fn assents(proposal: &Proposal, ids: &[u8]) -> Vec<Assent> {
        ids.iter().map(|id| proposal.assent(&LEDGER, *id, &signer(*id))).collect()
    }

    #[test]
    fn a_quorum_agrees_and_one_fewer_does_not() {
        let (set, proposal) = (validators(4), proposal(vec![Change::Add(validator(4))]));
        assert!(proposal.is_agreed(&LEDGER, &assents(&proposal, &[0, 2, 3]), &set));
        assert!(!proposal.is_agreed(&LEDGER, &assents(&proposal, &[0, 2]), &set));
    }

    #[test]
    fn the_same_validator_twice_is_one() {
        let (set, proposal) = (validators(4), proposal(vec![Change::Remove(3)]));
        assert!(!proposal.is_agreed(&LEDGER, &assents(&proposal, &[0, 2, 2]), &set));
    }

    #[test]
    fn strangers_and_signatures_for_another_ledger_do_not_count() {
        let (set, proposal) = (validators(4), proposal(vec![Change::Remove(3)]));
        assert!(!proposal.is_agreed(&LEDGER, &assents(&proposal, &[0, 2, 9]), &set));
        assert!(!proposal.is_agreed(&Hash([9; 32]), &assents(&proposal, &[0, 1, 2]), &set));
    }

    #[test]
    fn an_attachment_comes_back_with_its_assents_in_order() {
        let changes = vec![
            Change::Add(validator(7)),
            Change::Remove(1),
            Change::Replace(Validator { name: "new".into(), ..validator(2) }),
            Change::AddSubmitter(signer(9).public()),
            Change::RemoveSubmitter(signer(9).id()),
        ];
        let proposal = proposal(changes);
        let (read, agreed) = Proposal::read(&proposal.attachment(&assents(&proposal, &[2, 0, 3]))).unwrap();
        assert_eq!(read, proposal);
        assert_eq!(agreed, assents(&proposal, &[0, 2, 3]));
    }

    #[test]
    fn sixteen_validators_can_agree_to_a_change_within_an_attachment() {
        let long = |id| Validator { name: "n".repeat(128), address: "a".repeat(128), ..validator(id) };
        let proposal = proposal(vec![Change::Replace(long(1)), Change::Replace(long(2)), Change::Replace(long(3))]);
        let all: Vec<u8> = (0..16).collect();
        assert!(proposal.attachment(&assents(&proposal, &all)).len() <= crate::LONGEST_ATTACHMENT);
    }

    #[test]
    fn changes_happen_together_or_not_at_all() {
        let set = validators(4);
        let after = proposal(vec![Change::Add(validator(4)), Change::Remove(0), Change::Add(validator(5))]);
        assert_eq!(after.validators(&set).unwrap().iter().map(|it| it.id).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        assert_eq!(proposal(vec![Change::Remove(0)]).validators(&set), Err(Unfit::Count(3)));
        assert_eq!(proposal(vec![Change::Remove(9)]).validators(&set), Err(Unfit::Unknown(9)));
        assert_eq!(proposal(vec![Change::Add(validator(0))]).validators(&set), Err(Unfit::Unknown(0)));
    }

    #[test]
    fn a_replaced_validator_keeps_its_number_and_has_another_key() {
        let new = Validator { public: signer(50).public(), ..validator(2) };
        let after = proposal(vec![Change::Replace(new.clone())]).validators(&validators(4)).unwrap();
        assert_eq!(after.get(2), Some(&new));
    }

    proptest! {
        #[test]
        fn garbage_is_no_proposal_and_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok((proposal, assents)) = Proposal::read(&bytes) {
                prop_assert_eq!(proposal.attachment(&assents), bytes);
            }
        }
    }
}
