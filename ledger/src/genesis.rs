//! How a ledger begins: who validates, who may hand entries in, and the log's name and key. Its hash is the ledger's id.
use std::collections::BTreeSet;

use crate::codec::{Malformed, Reader, sized};
use crate::key::{Public, usable};
use crate::validators::{Unfit, Validators};
use crate::{Hash, Signer};

/// The most who may hand entries in at any time. More would make every check slower; a node is one, not a person.
pub const MOST_SUBMITTERS: usize = 64;
/// The longest interval of checkpoints, blocks. Longer ones would keep more in memory than a validator promises to.
pub const LONGEST_INTERVAL: u64 = 64;
/// The interval of checkpoints unless one is chosen, blocks. 1 makes each block provable at once; higher saves two signatures of each validator a block, and
/// lets proofs and changes of the validators wait for the next one.
pub const INTERVAL: u64 = 1;

const DOMAIN: &[u8] = b"vaidya/ledger/genesis/v1";
const LONGEST_ORIGIN: usize = 255;

/// Why a genesis is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfounded {
    /// The validators can't be a set.
    #[error(transparent)]
    Validators(#[from] Unfit),
    /// Nobody may hand anything in, too many may, or one twice.
    #[error("there must be 1 to 64 different keys that hand entries in")]
    Submitters,
    /// A key that can't check any signature, or that has two parts to play.
    #[error("the log's and the submitters' keys must be Ed25519 public keys, each for one thing only")]
    Key,
    /// No name for the log that fits a signed note.
    #[error("the log's origin must be 1 to 255 bytes without spaces or plus signs, such as \"clinic.example/log\"")]
    Origin,
    /// Checkpoints too rarely or never.
    #[error("checkpoints must be 1 to 64 blocks apart")]
    Interval,
    /// Bytes that aren't a genesis.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

/// How a ledger begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// When it was made, ms since 1970: no block is older.
    pub made_at: u64,
    /// How many blocks lie between checkpoints.
    pub interval: u64,
    /// The log's name in checkpoints (C2SP tlog-checkpoint's origin).
    pub origin: String,
    /// The log's own key, which signs heads that the validators have agreed on.
    pub log: Public,
    /// Who agrees.
    pub validators: Validators,
    /// Who may hand entries in, ascending.
    pub submitters: Vec<Public>,
}

impl Genesis {
    /// This genesis with its submitters in order, if it can be one.
    ///
    /// # Errors
    /// Why it can't.
    pub fn checked(mut self) -> Result<Self, Unfounded> {
        self.submitters.sort_unstable();
        let keys: BTreeSet<_> =
            self.submitters.iter().chain([&self.log]).chain(self.validators.iter().map(|it| &it.public)).collect();
        let printable = |it: char| !it.is_whitespace() && !it.is_control() && it != '+';
        match () {
            () if !(1..=MOST_SUBMITTERS).contains(&self.submitters.len()) => Err(Unfounded::Submitters),
            () if keys.len() != self.submitters.len() + 1 + self.validators.len() => Err(Unfounded::Key),
            () if !keys.into_iter().all(usable) => Err(Unfounded::Key),
            () if !(1..=LONGEST_ORIGIN).contains(&self.origin.len()) => Err(Unfounded::Origin),
            () if !self.origin.chars().all(printable) => Err(Unfounded::Origin),
            () if !(1..=LONGEST_INTERVAL).contains(&self.interval) => Err(Unfounded::Interval),
            () => Ok(self),
        }
    }

    /// The ledger's id: the hash of [`Genesis::encode`]. Whatever is signed for this ledger names it.
    #[must_use]
    pub fn id(&self) -> Hash {
        Hash::of(&[&self.encode()])
    }

    /// Its bytes: `"vaidya/ledger/genesis/v1" ‖ u64 made_at ‖ u64 interval ‖ sized origin ‖ log key 32 ‖ u8 n ‖ n × (u8 id ‖ key 32 ‖ sized name ‖ sized
    /// address) ‖ u8 m ‖ m × key 32`, validators by number, submitters ascending.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = DOMAIN.to_vec();
        bytes.extend(self.made_at.to_be_bytes());
        bytes.extend(self.interval.to_be_bytes());
        sized(&mut bytes, self.origin.as_bytes());
        bytes.extend(self.log);
        self.validators.write(&mut bytes);
        bytes.extend(u8::try_from(self.submitters.len()));
        bytes.extend(self.submitters.iter().flatten());
        bytes
    }

    /// The genesis that has these bytes.
    ///
    /// # Errors
    /// When they are no genesis, or not its only spelling.
    pub fn decode(bytes: &[u8]) -> Result<Self, Unfounded> {
        let mut reader = Reader::new(bytes, "genesis");
        if reader.slice(DOMAIN.len())? != DOMAIN {
            return Err(Malformed("genesis").into());
        }
        let (made_at, interval, origin) = (reader.u64()?, reader.u64()?, reader.text()?.to_owned());
        let (log, validators) = (reader.array()?, Validators::read(&mut reader)?);
        let submitters = (0..reader.u8()?).map(|_| reader.array()).collect::<Result<Vec<_>, _>>()?;
        reader.end()?;
        let genesis = Self { made_at, interval, origin, log, validators, submitters }.checked()?;
        if genesis.encode() == bytes { Ok(genesis) } else { Err(Malformed("genesis").into()) }
    }

    /// Which validator a key belongs to: what a node finds out about itself when it starts, and refuses to start when it is another's.
    #[must_use]
    pub fn whose(&self, signer: &Signer) -> Option<u8> {
        let public = signer.public();
        self.validators.iter().find(|validator| validator.public == public).map(|validator| validator.id)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::validators::tests::{validator, validators};

    /// Four validators (seeds 100…103), and the submitters of seeds 1 and 2.
    pub(crate) fn genesis() -> Genesis {
        let submitters = vec![Signer::from_seed(&[1; 32]).public(), Signer::from_seed(&[2; 32]).public()];
        let log = Signer::from_seed(&[3; 32]).public();
        let origin = "clinic.example/log".to_owned();
        Genesis { made_at: 1_000, interval: 4, origin, log, validators: validators(4), submitters }.checked().unwrap()
    }

    #[test]
    fn a_genesis_comes_back_as_it_was() {
        assert_eq!(Genesis::decode(&genesis().encode()), Ok(genesis()));
    }

    #[test]
    fn the_order_in_which_people_are_listed_does_not_make_another_ledger() {
        let mut other = genesis();
        other.submitters.reverse();
        other.validators = Validators::new((0..4).rev().map(validator).collect()).unwrap();
        assert_eq!(other.checked().unwrap().id(), genesis().id());
    }

    #[test]
    fn a_genesis_is_refused_for_what_is_wrong_with_it() {
        let with = |change: fn(&mut Genesis)| {
            let mut genesis = genesis();
            change(&mut genesis);
            genesis.checked().unwrap_err()
        };
        assert_eq!(with(|it| it.submitters.clear()), Unfounded::Submitters);
        assert_eq!(with(|it| it.submitters.push(it.log)), Unfounded::Key);
        assert_eq!(with(|it| it.log = [0; 32]), Unfounded::Key);
        assert_eq!(with(|it| it.origin = "two words".into()), Unfounded::Origin);
        assert_eq!(with(|it| it.origin = "a+b".into()), Unfounded::Origin);
        assert_eq!(with(|it| it.interval = 0), Unfounded::Interval);
    }

    #[test]
    fn a_key_says_which_validator_one_is() {
        assert_eq!(genesis().whose(&Signer::from_seed(&[102; 32])), Some(2));
        assert_eq!(genesis().whose(&Signer::from_seed(&[1; 32])), None);
    }

    proptest! {
        #[test]
        fn a_changed_byte_makes_another_ledger_or_none(at: prop::sample::Index, to: u8) {
            let mut bytes = genesis().encode();
            let at = at.index(bytes.len());
            prop_assume!(bytes[at] != to);
            bytes[at] = to;
            prop_assert!(Genesis::decode(&bytes).map_or(true, |other| other.id() != genesis().id()));
        }

        #[test]
        fn a_genesis_cut_short_is_none(cut: prop::sample::Index) {
            let bytes = genesis().encode();
            prop_assert!(Genesis::decode(&bytes[..cut.index(bytes.len())]).is_err());
        }
    }
}
