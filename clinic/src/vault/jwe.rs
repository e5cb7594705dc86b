//! Sealed content with the wraps of its key: JWE in the general JSON serialisation (RFC 7516 §7.2.1), for any JOSE library.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Broken;
use super::header::{Draft, MAX_PROTECTED};
use super::keys::SealingKey;
use super::object::MAX_OBJECT;
use super::sealed::Sealed;
use super::secret::{ContentKey, Secret};
use crate::id::KeyId;

/// The one key management there is (RFC 7518 §4.3).
pub const ALG: &str = "RSA-OAEP-256";
/// Most recipients of one record: every device of everyone who may read it.
pub const MAX_RECIPIENTS: usize = 64;
/// Longest JSON: an object in base64 and the wraps of everybody.
pub const MAX_JSON: usize = 2 * MAX_OBJECT;
/// Longest wrapped key: RSA of 4,096 bit.
const MAX_WRAP: usize = 512;

/// The content key, wrapped for one key of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrap {
    /// Whose.
    pub key: KeyId,
    /// RSA-OAEP-256 of the content key.
    pub wrapped: Vec<u8>,
}

/// Sealed content and its wraps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwe {
    /// The content.
    pub sealed: Sealed,
    /// Who may open it.
    pub wraps: Vec<Wrap>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Json {
    protected: String,
    recipients: Vec<JsonRecipient>,
    iv: String,
    ciphertext: String,
    tag: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonRecipient {
    header: JsonHeader,
    encrypted_key: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonHeader {
    alg: String,
    kid: KeyId,
}

impl Jwe {
    /// Seals `content` under a fresh key, wrapped for each of `recipients`.
    ///
    /// # Errors
    /// [`Broken::TooLarge`] for content that gives more than one block, and for too many recipients.
    pub fn seal(
        draft: Draft,
        content: &[u8],
        recipients: &[(KeyId, &SealingKey)],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, Broken> {
        let key: ContentKey = Secret::draw(rng);
        let mut iv = [0; 12];
        rng.fill_bytes(&mut iv);
        let sealed = Sealed::make(draft, content, &key, iv)?;
        super::object::encode(&sealed)?;
        let mut jwe = Self { sealed, wraps: Vec::with_capacity(recipients.len()) };
        for (id, to) in recipients {
            jwe.add(*id, to, &key, rng)?;
        }
        Ok(jwe)
    }

    /// Wraps the content key for one more. A key that the header doesn't commit to is not wrapped for anyone.
    ///
    /// # Errors
    /// [`Broken::Commitment`], [`Broken::Malformed`] for someone who has a wrap, [`Broken::TooLarge`] for too many.
    pub fn add(
        &mut self,
        id: KeyId,
        to: &SealingKey,
        key: &ContentKey,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<(), Broken> {
        self.sealed.header()?.check(key)?;
        if self.wraps.iter().any(|wrap| wrap.key == id) {
            return Err(Broken::Malformed("recipient twice"));
        }
        if self.wraps.len() >= MAX_RECIPIENTS {
            return Err(Broken::TooLarge("recipients"));
        }
        self.wraps.push(Wrap { key: id, wrapped: to.wrap(key, rng)? });
        Ok(())
    }

    /// The wrap for one key.
    #[must_use]
    pub fn wrap_for(&self, id: KeyId) -> Option<&Wrap> {
        self.wraps.iter().find(|wrap| wrap.key == id)
    }

    /// Opens content that another JOSE library sealed, see [`Sealed::open_foreign`].
    ///
    /// # Errors
    /// [`Broken::Unsupported`] when there is more than one recipient, else as there.
    pub fn open_foreign(&self, key: &ContentKey) -> Result<Zeroizing<Vec<u8>>, Broken> {
        if self.wraps.len() != 1 {
            return Err(Broken::Unsupported("several recipients without a commitment"));
        }
        self.sealed.open_foreign(key)
    }

    /// The JSON that any JOSE library reads.
    ///
    /// # Errors
    /// None in practice: every field is text.
    pub fn to_json(&self) -> Result<String, Broken> {
        let recipients = self.wraps.iter().map(|wrap| JsonRecipient {
            header: JsonHeader { alg: ALG.to_owned(), kid: wrap.key },
            encrypted_key: BASE64.encode(&wrap.wrapped),
        });
        let json = Json {
            protected: self.sealed.protected.clone(),
            recipients: recipients.collect(),
            iv: BASE64.encode(self.sealed.iv),
            ciphertext: BASE64.encode(&self.sealed.ciphertext),
            tag: BASE64.encode(self.sealed.tag),
        };
        serde_json::to_string(&json).map_err(|_| Broken::Malformed("JWE"))
    }

    /// Reads the JSON; nothing is authenticated yet.
    ///
    /// # Errors
    /// [`Broken::TooLarge`], [`Broken::Malformed`], [`Broken::Unsupported`] for another algorithm.
    pub fn parse(json: &[u8]) -> Result<Self, Broken> {
        if json.len() > MAX_JSON {
            return Err(Broken::TooLarge("JWE"));
        }
        let json: Json = serde_json::from_slice(json).map_err(|_| Broken::Malformed("JWE"))?;
        if json.protected.len() > MAX_PROTECTED {
            return Err(Broken::TooLarge("header"));
        }
        let sealed = Sealed {
            iv: fixed(&json.iv)?,
            ciphertext: decode(&json.ciphertext)?,
            tag: fixed(&json.tag)?,
            protected: json.protected,
        };
        Ok(Self { sealed, wraps: wraps(json.recipients)? })
    }
}

fn wraps(recipients: Vec<JsonRecipient>) -> Result<Vec<Wrap>, Broken> {
    if recipients.len() > MAX_RECIPIENTS {
        return Err(Broken::TooLarge("recipients"));
    }
    let mut wraps: Vec<Wrap> = Vec::with_capacity(recipients.len());
    for recipient in recipients {
        let wrap = wrap(recipient)?;
        if wraps.iter().any(|other| other.key == wrap.key) {
            return Err(Broken::Malformed("recipient twice"));
        }
        wraps.push(wrap);
    }
    Ok(wraps)
}

fn wrap(recipient: JsonRecipient) -> Result<Wrap, Broken> {
    if recipient.header.alg != ALG {
        return Err(Broken::Unsupported("algorithm of a recipient"));
    }
    let wrapped = decode(&recipient.encrypted_key)?;
    if wrapped.len() > MAX_WRAP {
        return Err(Broken::TooLarge("wrapped key"));
    }
    Ok(Wrap { key: recipient.header.kid, wrapped })
}

fn decode(text: &str) -> Result<Vec<u8>, Broken> {
    BASE64.decode(text).map_err(|_| Broken::Malformed("base64url"))
}

fn fixed<const N: usize>(text: &str) -> Result<[u8; N], Broken> {
    decode(text)?.try_into().map_err(|_| Broken::Malformed("length of iv or tag"))
}
