//! Who agrees on the log: a set of validators, and how many of them are enough for what.
use std::collections::{BTreeMap, BTreeSet};

use crate::Hash;
use crate::codec::{Malformed, Reader, sized};
use crate::key::{Public, usable};
use crate::note::{BadPolicy, BadVkey, Policy, Role, Vkey};

/// The fewest validators: fewer than four stand no fault.
pub const FEWEST: usize = 4;
/// The most validators. Messages grow with the square of their number; more buys tolerance nobody here needs.
pub const MOST: usize = 16;
/// The longest name or address of a validator, bytes. Longer ones would let governance outgrow its attachment.
pub const LONGEST_TEXT: usize = 128;

/// One validator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validator {
    /// Its number, which its messages carry. It keeps it when its key is replaced.
    pub id: u8,
    /// What people call it, and who runs it.
    pub name: String,
    /// Checks its messages and cosignatures.
    pub public: Public,
    /// Where its peers reach it, `host:port`; empty when it lives in the same process as all others.
    pub address: String,
}

/// Why some validators can't be a set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Too few, or too many.
    #[error("there must be 4 to 16 validators, not {0}")]
    Count(usize),
    /// Two have the same number, name, address or key.
    #[error("two validators have the same {0}")]
    Twice(&'static str),
    /// A key that can't check any signature.
    #[error("the key of {0:?} is not an Ed25519 public key")]
    Key(String),
    /// A name or address that is empty, too long, or not printable.
    #[error("{0:?} can't be a validator's name or address: 1 to 128 bytes, no control characters")]
    Text(String),
    /// A change names a validator that isn't there, or adds one that is.
    #[error("there is no validator {0}, or there is already")]
    Unknown(u8),
}

/// A set of validators. Any number from 4 to 16 works; 4, 7, 10, 13 and 16 stand the most faults for their size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validators(BTreeMap<u8, Validator>);

impl Validators {
    /// A set of these.
    ///
    /// # Errors
    /// Why they can't be one.
    pub fn new(validators: Vec<Validator>) -> Result<Self, Unfit> {
        if !(FEWEST..=MOST).contains(&validators.len()) {
            return Err(Unfit::Count(validators.len()));
        }
        validators.iter().try_for_each(check)?;
        let distinct =
            |what, seen: BTreeSet<&[u8]>, of: usize| if seen.len() == of { Ok(()) } else { Err(Unfit::Twice(what)) };
        let addressed = || validators.iter().map(|it| it.address.as_bytes()).filter(|it| !it.is_empty());
        distinct("name", validators.iter().map(|it| it.name.as_bytes()).collect(), validators.len())?;
        distinct("key", validators.iter().map(|it| it.public.as_slice()).collect(), validators.len())?;
        distinct("address", addressed().collect(), addressed().count())?;
        let count = validators.len();
        let set = Self(validators.into_iter().map(|validator| (validator.id, validator)).collect());
        if set.len() == count { Ok(set) } else { Err(Unfit::Twice("number")) }
    }

    /// How many there are: n.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Never.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many of them may lie, be silent, or be lost: f, the largest with 3f < n.
    #[must_use]
    pub fn faulty(&self) -> usize {
        self.len().saturating_sub(1) / 3
    }

    /// How many are enough to decide: any two such groups share one who doesn't lie, and there are as many without the faulty ones. 2f + 1 when n = 3f + 1.
    #[must_use]
    pub fn quorum(&self) -> usize {
        self.len().midpoint(self.faulty()) + 1
    }

    /// How many are enough to believe: one of them doesn't lie. f + 1.
    #[must_use]
    pub fn weak(&self) -> usize {
        self.faulty() + 1
    }

    /// The validator of this number.
    #[must_use]
    pub fn get(&self, id: u8) -> Option<&Validator> {
        self.0.get(&id)
    }

    /// The key of the validator of this number.
    #[must_use]
    pub fn key(&self, id: u8) -> Option<&Public> {
        self.get(id).map(|validator| &validator.public)
    }

    /// All, by number.
    pub fn iter(&self) -> impl Iterator<Item = &Validator> {
        self.0.values()
    }

    /// The number at a place in the order: the primary of view v is the one at v mod n.
    #[must_use]
    pub fn at(&self, position: usize) -> Option<u8> {
        self.0.keys().nth(position).copied()
    }

    /// The place of a number in the order.
    #[must_use]
    pub fn position(&self, id: u8) -> Option<usize> {
        self.0.keys().position(|it| *it == id)
    }

    /// Their keys as cosigners of the log of that name (C2SP), by number: `origin/validator/number`.
    ///
    /// # Errors
    /// When the origin can't be part of a key's name. A genesis' can.
    pub fn cosigners(&self, origin: &str) -> Result<Vec<Vkey>, BadVkey> {
        self.iter().map(|it| Vkey::new(&format!("{origin}/validator/{}", it.id), Role::Cosigner, it.public)).collect()
    }

    /// Whom to believe of that log: its own key, and a quorum of these.
    ///
    /// # Errors
    /// When origin and keys can't be a policy. Those of a genesis can.
    pub fn policy(&self, origin: &str, log: Public) -> Result<Policy, BadPolicy> {
        let own = |why| BadPolicy::Key { line: 0, why };
        let log = Vkey::new(origin, Role::Log, log).map_err(own)?;
        Policy::new(log, self.cosigners(origin).map_err(own)?, self.quorum())
    }

    /// Its bytes: `u8 n ‖ n × (u8 id ‖ key 32 ‖ sized name ‖ sized address)`, by number.
    pub(crate) fn write(&self, to: &mut Vec<u8>) {
        to.extend(u8::try_from(self.len()));
        self.iter().for_each(|validator| validator.write(to));
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let count = reader.u8()?;
        let validators: Vec<_> = (0..count).map(|_| Validator::read(reader)).collect::<Result<_, _>>()?;
        let ascending = validators.is_sorted_by(|one, next| one.id < next.id);
        let set = Self::new(validators).map_err(|_| Malformed("set of validators"))?;
        if ascending { Ok(set) } else { Err(Malformed("set of validators")) }
    }

    /// The hash of its bytes: which set this is.
    #[must_use]
    pub fn hash(&self) -> Hash {
        let mut bytes = b"vaidya/ledger/validators/v1".to_vec();
        self.write(&mut bytes);
        Hash::of(&[&bytes])
    }
}

impl Validator {
    pub(crate) fn write(&self, to: &mut Vec<u8>) {
        to.push(self.id);
        to.extend(self.public);
        sized(to, self.name.as_bytes());
        sized(to, self.address.as_bytes());
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (id, public) = (reader.u8()?, reader.array()?);
        Ok(Self { id, public, name: reader.text()?.to_owned(), address: reader.text()?.to_owned() })
    }
}

fn check(validator: &Validator) -> Result<(), Unfit> {
    let printable = |text: &String| text.len() <= LONGEST_TEXT && !text.chars().any(char::is_control);
    let unfit = |text: &String| Err(Unfit::Text(text.clone()));
    match () {
        () if validator.name.is_empty() || !printable(&validator.name) => unfit(&validator.name),
        () if !printable(&validator.address) => unfit(&validator.address),
        () if !usable(&validator.public) => Err(Unfit::Key(validator.name.clone())),
        () => Ok(()),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::Signer;

    pub(crate) fn validator(id: u8) -> Validator {
        let public = Signer::from_seed(&[100 + id; 32]).public();
        Validator { id, name: format!("v{id}"), public, address: format!("127.0.0.1:{}", 4000 + u16::from(id)) }
    }

    pub(crate) fn validators(count: u8) -> Validators {
        Validators::new((0..count).map(validator).collect()).unwrap()
    }

    #[test]
    fn of_any_two_quorums_one_member_does_not_lie_and_the_faulty_are_not_needed() {
        for count in 4..=16 {
            let set = validators(count);
            let (n, f, q) = (set.len(), set.faulty(), set.quorum());
            assert!(3 * f < n && 3 * (f + 1) >= n, "f is the largest there is for {n}");
            assert!(2 * q - n > f, "two quorums of {n} may share none but liars");
            assert!(q <= n - f, "a quorum of {n} needs a faulty one");
            assert!(count % 3 != 1 || q == 2 * f + 1, "the paper's count at {n}");
        }
    }

    #[test]
    fn a_set_is_refused_for_what_is_wrong_with_it() {
        let with = |change: fn(&mut Validator)| {
            let mut four: Vec<_> = (0..4).map(validator).collect();
            change(&mut four[1]);
            Validators::new(four).unwrap_err()
        };
        assert_eq!(with(|it| it.id = 0), Unfit::Twice("number"));
        assert_eq!(with(|it| it.name = "v0".into()), Unfit::Twice("name"));
        assert_eq!(with(|it| it.public = validator(0).public), Unfit::Twice("key"));
        assert_eq!(with(|it| it.address = validator(0).address), Unfit::Twice("address"));
        assert_eq!(with(|it| it.public = [0; 32]), Unfit::Key("v1".into()));
        assert_eq!(with(|it| it.name = "a\nb".into()), Unfit::Text("a\nb".into()));
        assert_eq!(Validators::new((0..3).map(validator).collect()), Err(Unfit::Count(3)));
        assert_eq!(Validators::new((0..17).map(validator).collect()), Err(Unfit::Count(17)));
    }

    #[test]
    fn four_in_one_process_need_no_addresses() {
        let silent = |id| Validator { address: String::new(), ..validator(id) };
        assert!(Validators::new((0..4).map(silent).collect()).is_ok());
    }

    #[test]
    fn numbers_may_have_gaps_and_places_have_none() {
        let set = Validators::new([9, 2, 4, 7].map(validator).into()).unwrap();
        assert_eq!((0..5).map(|place| set.at(place)).collect::<Vec<_>>(), [Some(2), Some(4), Some(7), Some(9), None]);
        assert_eq!((set.position(7), set.position(3)), (Some(2), None));
    }
}
