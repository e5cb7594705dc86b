//! Who signs notes: a name and an Ed25519 key, as a log (C2SP signed-note) or as a cosigner (C2SP tlog-cosignature), and its vkey.
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use super::{Line, is_name};
use crate::key::{Public, Signed, usable, verify};
use crate::{Hash, Signer};

/// What a key signs notes as.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Role {
    /// A log: the signature is over the text alone (type 0x01).
    Log,
    /// A cosigner: over the text and the time (type 0x04, `cosignature/v1`).
    Cosigner,
}

impl Role {
    fn number(self) -> u8 {
        match self {
            Self::Log => 1,
            Self::Cosigner => 4,
        }
    }
}

/// A public key and its name, written `name+id+base64(type ‖ key)`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Vkey {
    name: String,
    role: Role,
    public: Public,
}

/// Why some text is not a vkey.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum BadVkey {
    /// Not `name+id+key`.
    #[error("a verifier key is written name+id+key, and this is not")]
    Form,
    /// The id is another key's.
    #[error("the id in the verifier key doesn't belong to its name and key")]
    Id,
    /// Of an algorithm we don't have.
    #[error("the verifier key is of an algorithm other than Ed25519 notes and cosignatures")]
    Algorithm,
    /// No point of the curve, or one of small order.
    #[error("the verifier key is not an Ed25519 key")]
    Key,
    /// Empty, or with a space or a plus in it.
    #[error("a key's name is not empty and has neither spaces nor plus signs")]
    Name,
}

/// The 64 bytes and the time of a cosignature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cosigned {
    /// When, seconds since 1970; at most 2^63 − 1.
    pub seconds: u64,
    /// Of [`cosigned_message`].
    pub signature: Signed,
}

/// What a cosigner signs: `"cosignature/v1\n" ‖ "time N\n" ‖ text`.
#[must_use]
pub fn cosigned_message(text: &str, seconds: u64) -> Vec<u8> {
    format!("cosignature/v1\ntime {seconds}\n{text}").into_bytes()
}

impl Vkey {
    /// Of a name, a role and a key.
    ///
    /// # Errors
    /// When the name or the key can't be one.
    pub fn new(name: &str, role: Role, public: Public) -> Result<Self, BadVkey> {
        if !is_name(name) {
            return Err(BadVkey::Name);
        }
        if !usable(&public) {
            return Err(BadVkey::Key);
        }
        Ok(Self { name: name.to_owned(), role, public })
    }

    /// From its text.
    ///
    /// # Errors
    /// [`BadVkey`].
    pub fn parse(text: &str) -> Result<Self, BadVkey> {
        let (name, rest) = text.split_once('+').ok_or(BadVkey::Form)?;
        let (id, key) = rest.split_once('+').ok_or(BadVkey::Form)?;
        let bytes = STANDARD.decode(key).map_err(|_| BadVkey::Form)?;
        let (number, public) = bytes.split_first().ok_or(BadVkey::Form)?;
        let role = match number {
            1 => Role::Log,
            4 => Role::Cosigner,
            _ => return Err(BadVkey::Algorithm),
        };
        let vkey = Self::new(name, role, public.try_into().map_err(|_| BadVkey::Key)?)?;
        if hex(vkey.id()) == id { Ok(vkey) } else { Err(BadVkey::Id) }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs as.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// The key itself.
    #[must_use]
    pub fn public(&self) -> &Public {
        &self.public
    }

    /// SHA-256(name ‖ newline ‖ type ‖ key), the first four bytes.
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        let hash = Hash::of(&[self.name.as_bytes(), b"\n", &[self.role.number()], &self.public]);
        let [a, b, c, d, ..] = hash.0;
        [a, b, c, d]
    }

    /// Signs a note's text as the log.
    #[must_use]
    pub fn sign(&self, signer: &Signer, text: &str) -> Line {
        self.line(&signer.sign(text.as_bytes()))
    }

    /// The line of a cosignature that was made before, over this text or another.
    #[must_use]
    pub fn cosigned(&self, cosigned: &Cosigned) -> Line {
        self.line(&[&cosigned.seconds.to_be_bytes()[..], &cosigned.signature].concat())
    }

    fn line(&self, signature: &[u8]) -> Line {
        Line { name: self.name.clone(), id: self.id(), signature: signature.to_vec() }
    }

    /// Whether the line says that this key signed.
    #[must_use]
    pub fn claims(&self, line: &Line) -> bool {
        line.name == self.name && line.id == self.id()
    }

    /// When the text was signed by this key (seconds since 1970; 0 for a log, whose signature has no time). Nothing when it wasn't.
    #[must_use]
    pub fn check(&self, text: &str, line: &Line) -> Option<u64> {
        let (seconds, signature) = match self.role {
            Role::Log => (0, &line.signature[..]),
            Role::Cosigner => {
                let (seconds, signature) = line.signature.split_first_chunk()?;
                (u64::from_be_bytes(*seconds), signature)
            }
        };
        let message = match self.role {
            Role::Log => text.as_bytes().to_vec(),
            Role::Cosigner => cosigned_message(text, seconds),
        };
        let valid = verify(&self.public, &message, signature.try_into().ok()?);
        (self.claims(line) && i64::try_from(seconds).is_ok() && valid).then_some(seconds)
    }
}

impl fmt::Display for Vkey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = STANDARD.encode([&[self.role.number()], &self.public[..]].concat());
        write!(out, "{}+{}+{key}", self.name, hex(self.id()))
    }
}

fn hex(id: [u8; 4]) -> String {
    format!("{:08x}", u32::from_be_bytes(id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::Note;

    /// The key that Go's sumdb/note package is documented with, and what it signed.
    const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const MIXED: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\
        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn a_note_that_go_signed_is_verified() {
        let key = Vkey::parse(PETER).unwrap();
        let note = Note::parse(MIXED).unwrap();
        assert_eq!((key.to_string(), key.role()), (PETER.to_owned(), Role::Log));
        assert_eq!(key.check(&note.text, &note.lines[0]), Some(0));
        assert_eq!(key.check(&note.text.replace("don't", "do"), &note.lines[0]), None);
    }

    #[test]
    fn a_cosignature_is_over_the_time_too() {
        let signer = Signer::from_seed(&[1; 32]);
        let key = Vkey::new("log.example/validator/0", Role::Cosigner, signer.public()).unwrap();
        let text = "log.example\n1\nAAAA\n";
        let cosigned =
            Cosigned { seconds: 1_679_315_147, signature: signer.sign(&cosigned_message(text, 1_679_315_147)) };
        let line = key.cosigned(&cosigned);
        assert_eq!(key.check(text, &line), Some(1_679_315_147));
        assert_eq!(key.check(text, &key.cosigned(&Cosigned { seconds: 1, ..cosigned })), None);
        let last = u64::MAX / 2 + 1;
        let beyond = Cosigned { seconds: last, signature: signer.sign(&cosigned_message(text, last)) };
        assert_eq!(key.check(text, &key.cosigned(&beyond)), None, "times end at 2^63 − 1");
        assert_eq!(cosigned_message(text, 7), b"cosignature/v1\ntime 7\nlog.example\n1\nAAAA\n");
    }

    #[test]
    fn a_log_key_and_a_cosigner_key_are_not_each_other() {
        let signer = Signer::from_seed(&[1; 32]);
        let log = Vkey::new("name", Role::Log, signer.public()).unwrap();
        let cosigner = Vkey::new("name", Role::Cosigner, signer.public()).unwrap();
        assert_ne!(log.id(), cosigner.id());
        let line = log.sign(&signer, "text\n");
        assert_eq!((log.check("text\n", &line), cosigner.check("text\n", &line)), (Some(0), None));
    }

    #[test]
    fn what_is_no_vkey_is_refused_and_says_why() {
        let cases = [
            ("PeterNeumann", BadVkey::Form),
            ("PeterNeumann+c74f20a3", BadVkey::Form),
            ("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", BadVkey::Id),
            ("PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", BadVkey::Id),
            ("Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", BadVkey::Name),
            ("PeterNeumann+c74f20a3+AhpcAQcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", BadVkey::Algorithm),
            ("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10Q=", BadVkey::Key),
            ("PeterNeumann+c74f20a3+AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", BadVkey::Key),
        ];
        for (text, why) in cases {
            assert_eq!(Vkey::parse(text), Err(why), "{text}");
        }
    }
}
