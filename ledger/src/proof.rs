//! Proof files (C2SP tlog-proof): an entry's place in a log, the way from it to the root, and the head that was signed. They need nobody to be verified.
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

mod keys;
mod opening;
mod what;

pub use keys::{Held, KeyProof};
pub use opening::{Opening, Thing, Word};
pub use what::{What, commitment};

use crate::note::{Policy, Untrusted, Witnessed, decimal, hash};
use crate::{Hash, Leaf, merkle};

/// The longest proof file that is read, bytes. Lower would refuse long statements, higher lets a file keep whoever checks it busy.
pub const LONGEST_PROOF: usize = 256 * 1024;

/// The longest way from a leaf to the root: the tree would have more leaves than 64 bits can count.
const LONGEST_PATH: usize = 64;

const FIRST: &str = "c2sp.org/tlog-proof@v1";

/// A proof file, nothing of it checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TlogProof {
    /// What it says beyond the log: our own files hold an [`Opening`]. It is worth as much as can be checked against the leaf.
    pub extra: Option<Vec<u8>>,
    /// The place of the entry, from 0.
    pub index: u64,
    /// From the leaf's sibling to the root's child (RFC 6962 §2.1.1).
    pub path: Vec<Hash>,
    /// The signed note.
    pub checkpoint: String,
}

/// What a proof file proves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proven {
    /// The head, and who signed it.
    pub witnessed: Witnessed,
    /// The place of the entry, from 0.
    pub index: u64,
    /// The entry, with its block and time.
    pub leaf: Leaf,
    /// What it is about and commits to; all of it fits the entry.
    pub opening: Opening,
}

/// Why a proof proves nothing.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Refused {
    /// Something else than a proof file.
    #[error("this is not a proof file: it must begin with {FIRST}")]
    NotAProof,
    /// A proof file with a part that can't be read.
    #[error("the proof file is damaged: {0} can't be read")]
    Damaged(&'static str),
    /// The head isn't signed by those who must.
    #[error(transparent)]
    Untrusted(#[from] Untrusted),
    /// Nothing says which entry is proven.
    #[error("the proof file doesn't hold the entry it is about")]
    NoEntry,
    /// The entry isn't in the log that was signed.
    #[error(transparent)]
    NotInLog(#[from] merkle::Unproven),
    /// The key map proof doesn't lead to the root in the log.
    #[error("the key map proof doesn't lead to the root that is in the log")]
    NotInMap,
    /// The entry is in the log, but void.
    #[error("the entry is in the log, but the validators did not let it stand (reason {0})")]
    Void(u8),
    /// The entry is about another thing.
    #[error("the proof is about something else than it says")]
    OtherThing,
    /// What the file shows is not what the entry commits to.
    #[error("what the proof file shows is not what the log holds: it was changed")]
    Changed,
    /// It was proven under a head that isn't the newest state.
    #[error("the proof is not about the newest state of the log")]
    NotNewest,
}

impl Refused {
    /// One word for programs; the page's verifier uses the same.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::NotAProof => "not_a_proof",
            Self::Damaged(_) | Self::Untrusted(Untrusted::Note(_) | Untrusted::Checkpoint(_)) => "damaged",
            Self::Untrusted(Untrusted::Stranger(_)) => "other_log",
            Self::Untrusted(Untrusted::Unsigned(_) | Untrusted::Altered(_)) => "log_signature",
            Self::Untrusted(Untrusted::Forged(_)) => "validator_signature",
            Self::Untrusted(Untrusted::TooFew { .. }) => "too_few",
            Self::NoEntry => "no_entry",
            Self::NotInLog(_) | Self::NotInMap => "not_in_log",
            Self::Void(_) => "void",
            Self::OtherThing => "other_thing",
            Self::Changed => "changed",
            Self::NotNewest => "not_newest",
        }
    }
}

impl TlogProof {
    /// Takes a proof file apart.
    ///
    /// # Errors
    /// [`Refused::NotAProof`] and [`Refused::Damaged`].
    pub fn parse(file: &str) -> Result<Self, Refused> {
        if file.len() > LONGEST_PROOF {
            return Err(Refused::NotAProof);
        }
        let (head, checkpoint) = file.split_once("\n\n").ok_or(Refused::NotAProof)?;
        let mut lines = head.split('\n').peekable();
        lines.next_if_eq(&FIRST).ok_or(Refused::NotAProof)?;
        let extra = lines.next_if(|line| line.starts_with("extra ")).and_then(|line| line.strip_prefix("extra "));
        let extra = extra.map(|extra| STANDARD.decode(extra).map_err(|_| Refused::Damaged("the extra line")));
        let index = lines.next().and_then(|line| line.strip_prefix("index ")).and_then(decimal);
        let path: Option<Vec<Hash>> = lines.map(hash).collect();
        Ok(Self {
            extra: extra.transpose()?,
            index: index.ok_or(Refused::Damaged("the index line"))?,
            path: path.filter(|path| path.len() <= LONGEST_PATH).ok_or(Refused::Damaged("the path to the root"))?,
            checkpoint: checkpoint.to_owned(),
        })
    }

    /// Whether a leaf with this hash stands at its place in a log whose head the policy believes.
    ///
    /// # Errors
    /// [`Refused::Untrusted`] and [`Refused::NotInLog`].
    pub fn verify(&self, leaf: &Hash, policy: &Policy) -> Result<Witnessed, Refused> {
        let witnessed = policy.verify(&self.checkpoint)?;
        let head = &witnessed.checkpoint;
        merkle::verify_inclusion(leaf, self.index, head.size, &self.path, &head.root)?;
        Ok(witnessed)
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{FIRST}")?;
        self.extra.iter().try_for_each(|extra| writeln!(out, "extra {}", STANDARD.encode(extra)))?;
        writeln!(out, "index {}", self.index)?;
        self.path.iter().try_for_each(|hash| writeln!(out, "{}", STANDARD.encode(hash.0)))?;
        write!(out, "\n{}", self.checkpoint)
    }
}

/// Verifies a proof file of ours: the head's signatures, the entry's place, and that all the file says of it fits. Needs no network.
///
/// # Errors
/// [`Refused`], which says what doesn't hold.
pub fn verify(file: &str, policy: &Policy) -> Result<Proven, Refused> {
    let proof = TlogProof::parse(file)?;
    policy.verify(&proof.checkpoint)?;
    let opening = Opening::decode(proof.extra.as_deref().ok_or(Refused::NoEntry)?)?;
    let leaf = opening.check()?;
    let witnessed = proof.verify(&merkle::leaf_hash(&opening.leaf), policy)?;
    match leaf {
        Leaf::Entry { outcome, .. } if outcome != 0 => Err(Refused::Void(outcome)),
        leaf => Ok(Proven { witnessed, index: proof.index, leaf, opening }),
    }
}

impl Proven {
    /// Whether these bytes (a sealed record as it is stored) are what the entry commits to.
    ///
    /// # Errors
    /// [`Refused::OtherThing`] when it commits to no such thing, [`Refused::Changed`] when to other bytes.
    pub fn is_of(&self, object: &[u8]) -> Result<(), Refused> {
        match &self.opening.what {
            What::Object { hash, .. } if *hash == Hash::of(&[object]) => Ok(()),
            What::Object { .. } => Err(Refused::Changed),
            _ => Err(Refused::OtherThing),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the tlog-proof specification, with a whole checkpoint in place of its abbreviated one.
    const EXAMPLE: &str = "c2sp.org/tlog-proof@v1\n\
        extra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6\n\
        index 73894\n\
        gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n\
        B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=\n\
        \n\
        example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
        — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";

    #[test]
    fn the_example_of_the_specification_is_read_and_written_back() {
        let proof = TlogProof::parse(EXAMPLE).unwrap();
        assert_eq!((proof.index, proof.path.len()), (73_894, 2));
        assert!(proof.extra.as_deref().unwrap().starts_with(b"age-v1.2.1-darwin-arm64.tar.gz"));
        assert!(proof.checkpoint.starts_with("example.com/behind-the-sofa\n20852163\n"));
        assert_eq!(proof.to_string(), EXAMPLE);
        let bare = EXAMPLE.lines().filter(|line| !line.starts_with("extra")).collect::<Vec<_>>().join("\n") + "\n";
        assert_eq!(TlogProof::parse(&bare).unwrap().to_string(), bare);
    }

    #[test]
    fn what_is_no_proof_file_is_refused_and_says_why() {
        let cases = [
            (String::new(), Refused::NotAProof),
            (EXAMPLE.replace("@v1", "@v2"), Refused::NotAProof),
            (format!(" {EXAMPLE}"), Refused::NotAProof),
            (EXAMPLE.replace("\n\n", "\n"), Refused::NotAProof),
            (format!("{EXAMPLE}{}", "a".repeat(LONGEST_PROOF)), Refused::NotAProof),
            (EXAMPLE.replace("index 73894\n", ""), Refused::Damaged("the index line")),
            (EXAMPLE.replace("index 73894", "index 073894"), Refused::Damaged("the index line")),
            (EXAMPLE.replace("index 73894", "index -1"), Refused::Damaged("the index line")),
            (EXAMPLE.replace("extra Y", "extra \nY"), Refused::Damaged("the index line")),
            (EXAMPLE.replace("Lmd6\n", "Lmd\n"), Refused::Damaged("the extra line")),
            (EXAMPLE.replace("PlQ=", "PlR="), Refused::Damaged("the path to the root")),
            (EXAMPLE.replace("PlQ=", "PlQ"), Refused::Damaged("the path to the root")),
            (EXAMPLE.replace("gSKyXoYZ", "gSKy"), Refused::Damaged("the path to the root")),
            (
                EXAMPLE.replace("PlQ=\n", &"PlQ=\nB95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=\n".repeat(64)),
                Refused::Damaged("the path to the root"),
            ),
        ];
        for (file, why) in cases {
            assert_eq!(TlogProof::parse(&file), Err(why), "{file}");
        }
    }
}
