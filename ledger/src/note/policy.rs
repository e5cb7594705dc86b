//! Whom to believe (C2SP tlog-policy): which logs, which cosigners, and how many of these make a checkpoint good.
use std::fmt::Write as _;

use thiserror::Error;

use super::{BadCheckpoint, BadNote, BadVkey, Checkpoint, Note, Vkey};

mod reading;

use reading::Reading;

/// The most lines of a policy that say something; more than 32 of each kind must be read.
pub const MOST_LINES: usize = 256;

/// Which checkpoints are believed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Policy {
    logs: Vec<Vkey>,
    witnesses: Vec<Vkey>,
    quorum: Rule,
}

/// Who must have cosigned.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Rule {
    Nobody,
    Witness(usize),
    Group { least: usize, members: Vec<Rule> },
}

/// Why a policy is none.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum BadPolicy {
    /// A line that says nothing known.
    #[error("line {0} of the policy is not one")]
    Line(usize),
    /// A key that isn't one, or of the wrong kind for its place.
    #[error("line {line} of the policy: {why}")]
    Key {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        why: BadVkey,
    },
    /// A key that is there already, under this or another name.
    #[error("line {0} of the policy names a key or a name a second time")]
    Twice(usize),
    /// A name that no line before defines.
    #[error("line {0} of the policy names somebody who is not defined before it")]
    Unknown(usize),
    /// More than [`MOST_LINES`] lines.
    #[error("the policy has more than {MOST_LINES} lines")]
    Long,
    /// No quorum line.
    #[error("the policy has no quorum line")]
    Quorum,
    /// More cosigners asked for than there are, or none.
    #[error("the policy asks for more cosigners than it names, or for none")]
    Threshold,
}

/// A checkpoint that the policy believes, and who cosigned it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Witnessed {
    /// The head.
    pub checkpoint: Checkpoint,
    /// The cosigners the policy knows: their names, and when they cosigned, seconds since 1970.
    pub cosigners: Vec<(String, u64)>,
}

/// Why a checkpoint isn't believed.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Untrusted {
    /// Not a signed note.
    #[error(transparent)]
    Note(#[from] BadNote),
    /// A signed note, but not a checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] BadCheckpoint),
    /// Of a log that the policy doesn't know.
    #[error("the checkpoint is of the log {0}, which is not the one you trust")]
    Stranger(String),
    /// The log itself hasn't signed it.
    #[error("the log {0} has not signed the checkpoint")]
    Unsigned(String),
    /// The log's own signature is wrong.
    #[error("the signature of the log {0} is forged, or the checkpoint was changed after it was signed")]
    Altered(String),
    /// A signature by a known cosigner's name that isn't by its key.
    #[error("the signature of the validator {0} is forged")]
    Forged(String),
    /// Too few cosigners.
    #[error("only {have} of the validators you trust have signed the checkpoint, and {need} must")]
    TooFew {
        /// How many have.
        have: usize,
        /// How many must.
        need: usize,
    },
}

impl Policy {
    /// One log, and so many of these cosigners.
    ///
    /// # Errors
    /// When a key is named twice or of the wrong role, or fewer cosigners are there than asked for.
    pub fn new(log: Vkey, cosigners: Vec<Vkey>, least: usize) -> Result<Self, BadPolicy> {
        if least == 0 || least > cosigners.len() {
            return Err(BadPolicy::Threshold);
        }
        let mut read = Reading::default();
        read.add_log(log)?;
        for (at, key) in cosigners.into_iter().enumerate() {
            read.line = at + 1;
            read.add_witness(&format!("v{at}"), key)?;
        }
        let members = (0..read.policy.witnesses.len()).map(Rule::Witness).collect();
        Ok(Self { quorum: Rule::Group { least, members }, ..read.policy })
    }

    /// From the text of a policy file.
    ///
    /// # Errors
    /// [`BadPolicy`], which says where.
    pub fn parse(text: &str) -> Result<Self, BadPolicy> {
        Reading::read(text)
    }

    /// The logs it believes.
    #[must_use]
    pub fn logs(&self) -> &[Vkey] {
        &self.logs
    }

    /// The cosigners it knows.
    #[must_use]
    pub fn cosigners(&self) -> &[Vkey] {
        &self.witnesses
    }

    /// Whether the checkpoint is signed by its log and by enough cosigners. Signatures of others are ignored; a known name with a wrong signature never is.
    ///
    /// # Errors
    /// [`Untrusted`], which says what is missing.
    pub fn verify(&self, note: &str) -> Result<Witnessed, Untrusted> {
        let note = Note::parse(note)?;
        let checkpoint = Checkpoint::parse(&note.text)?;
        let origin = &checkpoint.origin;
        let mut logs = self.logs.iter().filter(|log| log.name() == origin).peekable();
        logs.peek().ok_or_else(|| Untrusted::Stranger(origin.clone()))?;
        let mut signed = false;
        for log in logs {
            signed |= when(log, &note).map_err(|_| Untrusted::Altered(origin.clone()))?.is_some();
        }
        if !signed {
            return Err(Untrusted::Unsigned(origin.clone()));
        }
        let mut times = Vec::with_capacity(self.witnesses.len());
        for witness in &self.witnesses {
            times.push(when(witness, &note)?);
        }
        self.quorum.met(&times)?;
        let cosigners = self.witnesses.iter().zip(times);
        let cosigners = cosigners.filter_map(|(key, time)| Some((key.name().to_owned(), time?)));
        Ok(Witnessed { cosigners: cosigners.collect(), checkpoint })
    }
}

/// The policy as a file: every witness under a name of its own, and a group of them where the quorum is one.
impl std::fmt::Display for Policy {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.logs.iter().try_for_each(|log| writeln!(out, "log {log}"))?;
        self.witnesses.iter().enumerate().try_for_each(|(at, key)| writeln!(out, "witness v{at} {key}"))?;
        let mut groups = String::new();
        let quorum = self.quorum.write(&mut groups, &mut 0)?;
        writeln!(out, "{groups}quorum {quorum}")
    }
}

/// When the key signed the note (0 for a log); nothing when it doesn't claim to.
fn when(key: &Vkey, note: &Note) -> Result<Option<u64>, Untrusted> {
    let mut time = None;
    for line in note.lines.iter().filter(|line| key.claims(line)) {
        let checked = key.check(&note.text, line).ok_or_else(|| Untrusted::Forged(key.name().to_owned()))?;
        time = time.max(Some(checked));
    }
    Ok(time)
}

impl Rule {
    fn met(&self, times: &[Option<u64>]) -> Result<(), Untrusted> {
        let (have, need) = match self {
            Self::Nobody => (0, 0),
            Self::Witness(at) => (usize::from(times.get(*at).is_some_and(Option::is_some)), 1),
            Self::Group { least, members } => {
                (members.iter().filter(|member| member.met(times).is_ok()).count(), *least)
            }
        };
        if have >= need { Ok(()) } else { Err(Untrusted::TooFew { have, need }) }
    }

    /// Its name, after the lines of the groups it needs.
    fn write(&self, groups: &mut String, count: &mut usize) -> Result<String, std::fmt::Error> {
        match self {
            Self::Nobody => Ok("none".to_owned()),
            Self::Witness(at) => Ok(format!("v{at}")),
            Self::Group { least, members } => {
                let names: Result<Vec<String>, _> = members.iter().map(|member| member.write(groups, count)).collect();
                let name = format!("g{count}");
                *count += 1;
                writeln!(groups, "group {name} {least} {}", names?.join(" "))?;
                Ok(name)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::{Cosigned, Role, cosigned_message};
    use crate::{Hash, Signer};

    const ORIGIN: &str = "clinic.example/ledger";

    fn signer(n: u8) -> Signer {
        Signer::from_seed(&[n; 32])
    }

    fn log() -> Vkey {
        Vkey::new(ORIGIN, Role::Log, signer(100).public()).unwrap()
    }

    fn validator(n: u8) -> Vkey {
        Vkey::new(&format!("{ORIGIN}/validator/{n}"), Role::Cosigner, signer(n).public()).unwrap()
    }

    fn policy() -> Policy {
        Policy::new(log(), (0..4).map(validator).collect(), 3).unwrap()
    }

    fn note(by: &[u8]) -> Note {
        let text = Checkpoint::new(ORIGIN, 7, Hash([5; 32])).to_string();
        let cosign = |n: &u8| {
            let seconds = 1_700_000_000 + u64::from(*n);
            validator(*n).cosigned(&Cosigned { seconds, signature: signer(*n).sign(&cosigned_message(&text, seconds)) })
        };
        let lines = [log().sign(&signer(100), &text)].into_iter().chain(by.iter().map(cosign)).collect();
        Note { text, lines }
    }

    #[test]
    fn three_of_four_validators_are_enough_and_two_are_not() {
        let witnessed = policy().verify(&note(&[0, 1, 3]).to_string()).unwrap();
        assert_eq!((witnessed.checkpoint.size, witnessed.cosigners.len()), (7, 3));
        assert_eq!(witnessed.cosigners[2], (format!("{ORIGIN}/validator/3"), 1_700_000_003));
        let few = Err(Untrusted::TooFew { have: 2, need: 3 });
        assert_eq!(policy().verify(&note(&[0, 3]).to_string()), few);
        assert_eq!(policy().verify(&note(&[0, 3, 3, 3]).to_string()), few, "one who signs thrice is one");
        assert_eq!(policy().verify(&note(&[0, 3, 9]).to_string()), few, "nobody knows the ninth");
    }

    #[test]
    fn a_forged_signature_of_a_known_key_spoils_the_note_and_a_stranger_s_does_not() {
        let mut forged = note(&[0, 1, 2, 3]);
        forged.lines[4].signature[20] ^= 1;
        let name = format!("{ORIGIN}/validator/3");
        assert_eq!(policy().verify(&forged.to_string()), Err(Untrusted::Forged(name)));
        let mut strange = note(&[0, 1, 2, 9]);
        strange.lines[4].signature[20] ^= 1;
        assert!(policy().verify(&strange.to_string()).is_ok());
    }

    #[test]
    fn a_log_that_has_not_signed_or_is_another_is_refused() {
        let mut unsigned = note(&[0, 1, 2]);
        unsigned.lines.remove(0);
        assert_eq!(policy().verify(&unsigned.to_string()), Err(Untrusted::Unsigned(ORIGIN.to_owned())));
        let other = note(&[0, 1, 2]).to_string().replacen(ORIGIN, "other.example", 1);
        assert_eq!(policy().verify(&other), Err(Untrusted::Stranger("other.example".to_owned())));
        let changed = note(&[0, 1, 2]).to_string().replacen("\n7\n", "\n8\n", 1);
        assert_eq!(policy().verify(&changed), Err(Untrusted::Altered(ORIGIN.to_owned())));
    }

    #[test]
    fn a_policy_is_written_and_read_back() {
        let text = policy().to_string();
        assert!(text.ends_with("group g0 3 v0 v1 v2 v3\nquorum g0\n"), "{text}");
        assert_eq!(Policy::parse(&text), Ok(policy()));
    }

    #[test]
    fn groups_of_groups_are_counted_by_their_members() {
        let keys: Vec<String> = (0..6).map(|n| format!("witness w{n} {}", validator(n))).collect();
        let text = format!(
            "# two houses\nlog {} https://clinic.example/\n\n{}\ngroup x 2 w0 w1 w2\n\tgroup  y any w3 w4 w5 \ngroup both all x y\nquorum both",
            log(),
            keys.join("\n")
        );
        let policy = Policy::parse(&text).unwrap();
        assert!(policy.verify(&note(&[0, 2, 5]).to_string()).is_ok());
        assert_eq!(policy.verify(&note(&[0, 1, 2]).to_string()), Err(Untrusted::TooFew { have: 1, need: 2 }));
        assert_eq!(policy.verify(&note(&[0, 3, 4]).to_string()), Err(Untrusted::TooFew { have: 1, need: 2 }));
        assert_eq!(Policy::parse(&policy.to_string()), Ok(policy));
    }

    #[test]
    fn a_policy_that_believes_anyone_who_signs_says_so() {
        let policy = Policy::parse(&format!("log {}\nquorum none\n", log())).unwrap();
        assert!(policy.verify(&note(&[]).to_string()).is_ok());
    }

    #[test]
    fn what_is_no_policy_is_refused_and_says_where() {
        let (log, w) = (log(), validator(0));
        let cases = [
            (format!("log {log}\n"), BadPolicy::Quorum),
            (format!("log {w}\nquorum none\n"), BadPolicy::Key { line: 1, why: BadVkey::Algorithm }),
            (format!("witness a {log}\nquorum a\n"), BadPolicy::Key { line: 1, why: BadVkey::Algorithm }),
            ("log x\nquorum none\n".to_owned(), BadPolicy::Key { line: 1, why: BadVkey::Form }),
            (format!("witness a {w}\nwitness b {w}\nquorum a\n"), BadPolicy::Twice(2)),
            (format!("witness none {w}\nquorum none\n"), BadPolicy::Twice(1)),
            (format!("witness a {w}\ngroup a 1 a\nquorum a\n"), BadPolicy::Twice(2)),
            (format!("witness a {w}\ngroup g 2 a\nquorum g\n"), BadPolicy::Threshold),
            (format!("witness a {w}\ngroup g 0 a\nquorum g\n"), BadPolicy::Threshold),
            (format!("witness a {w}\ngroup g 2 a a\nquorum g\n"), BadPolicy::Twice(2)),
            (format!("witness a {w}\ngroup g 1 b\nquorum g\n"), BadPolicy::Unknown(2)),
            (format!("witness a {w}\ngroup g any none\nquorum g\n"), BadPolicy::Unknown(2)),
            (format!("witness a {w}\nquorum a\nquorum a\n"), BadPolicy::Line(3)),
            ("quorum b\n".to_owned(), BadPolicy::Unknown(1)),
            ("group g any\nquorum none\n".to_owned(), BadPolicy::Line(1)),
            ("quorum none\r\n".to_owned(), BadPolicy::Line(1)),
            ("believe me\n".to_owned(), BadPolicy::Line(1)),
            ("log\n".to_owned(), BadPolicy::Line(1)),
        ];
        for (text, why) in cases {
            assert_eq!(Policy::parse(&text), Err(why), "{text}");
        }
        assert_eq!(Policy::new(log.clone(), vec![w], 2), Err(BadPolicy::Threshold));
        let itself = Vkey::new("witness", Role::Cosigner, *log.public()).unwrap();
        assert_eq!(Policy::new(log, vec![itself], 1), Err(BadPolicy::Twice(1)), "a log is not its own witness");
    }
}
