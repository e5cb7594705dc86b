//! The protected header of a record: what it is, bound to its content, readable without a key.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};

use super::Broken;
use super::primitive::hmac256;
use super::secret::ContentKey;
use crate::id::{KeyId, PersonId, RecordId, VisitId};
use crate::time::Timestamp;

/// The one content encryption there is (RFC 7518 §5.3).
pub const ENC: &str = "A256GCM";
const TYP: &str = "vaidya-record";
const COMMITMENT: &[u8] = b"vaidya/kc/v1";
/// Longest protected header in its base64url form: a real one has about 400 bytes.
pub const MAX_PROTECTED: usize = 4_096;

/// The protected header, in the order in which it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    enc: String,
    typ: String,
    /// Media type of the content.
    pub cty: String,
    /// The record this is a version of.
    #[serde(rename = "rec")]
    pub record: RecordId,
    /// The version, from 1.
    #[serde(rename = "ver")]
    pub version: u32,
    /// What kind of record, such as `transcript`.
    pub kind: String,
    /// Whose record it is; transcripts, which are of a visit's patient, do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient: Option<PersonId>,
    /// The visit it comes from, if it comes from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit: Option<VisitId>,
    /// The key of the person who sealed it.
    #[serde(rename = "key")]
    pub author: KeyId,
    /// When it was sealed.
    pub at: Timestamp,
    kc: String,
}

/// A header that waits for the key it will commit to.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Media type of the content.
    pub cty: String,
    /// The record this is a version of.
    pub record: RecordId,
    /// The version, from 1.
    pub version: u32,
    /// What kind of record.
    pub kind: String,
    /// Whose record it is; none for transcripts.
    pub patient: Option<PersonId>,
    /// The visit it comes from, if it comes from one.
    pub visit: Option<VisitId>,
    /// The key of the person who seals.
    pub author: KeyId,
    /// Now.
    pub at: Timestamp,
}

impl Draft {
    /// The header that commits to `key`.
    #[must_use]
    pub fn commit(self, key: &ContentKey) -> Header {
        let Self { cty, record, version, kind, patient, visit, author, at } = self;
        let kc = BASE64.encode(hmac256(key.expose(), COMMITMENT));
        Header { enc: ENC.to_owned(), typ: TYP.to_owned(), cty, record, version, kind, patient, visit, author, at, kc }
    }
}

impl Header {
    /// The header as it is authenticated: base64url of its JSON (RFC 7516 §5.1, step 13).
    ///
    /// # Errors
    /// [`Broken::TooLarge`] when kind or media type are absurdly long.
    pub fn encode(&self) -> Result<String, Broken> {
        let json = serde_json::to_vec(self).map_err(|_| Broken::Malformed("header"))?;
        let protected = BASE64.encode(json);
        if protected.len() <= MAX_PROTECTED { Ok(protected) } else { Err(Broken::TooLarge("header")) }
    }

    /// Reads what [`encode`](Self::encode) made.
    ///
    /// # Errors
    /// [`Broken::Malformed`], and [`Broken::Unsupported`] for what is not a record of ours.
    pub fn parse(protected: &str) -> Result<Self, Broken> {
        let header: Self = serde_json::from_slice(&decode(protected)?).map_err(|_| Broken::Malformed("header"))?;
        if header.enc == ENC && header.typ == TYP { Ok(header) } else { Err(Broken::Unsupported("header")) }
    }

    /// Whether `key` is the one this header commits to. AES-GCM alone would let one ciphertext open to two messages.
    ///
    /// # Errors
    /// [`Broken::Commitment`] when it is not.
    pub fn check(&self, key: &ContentKey) -> Result<(), Broken> {
        let committed = BASE64.decode(&self.kc).map_err(|_| Broken::Malformed("kc"))?;
        if committed == hmac256(key.expose(), COMMITMENT) { Ok(()) } else { Err(Broken::Commitment) }
    }
}

/// Takes only a header that another JOSE library wrote with our content encryption and without extensions.
pub(super) fn check_foreign(protected: &str) -> Result<(), Broken> {
    let header: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&decode(protected)?).map_err(|_| Broken::Malformed("header"))?;
    let plain = !header.contains_key("zip") && !header.contains_key("crit");
    let ours = header.get("enc").and_then(serde_json::Value::as_str) == Some(ENC);
    if plain && ours { Ok(()) } else { Err(Broken::Unsupported("header")) }
}

fn decode(protected: &str) -> Result<Vec<u8>, Broken> {
    if protected.len() > MAX_PROTECTED {
        return Err(Broken::TooLarge("header"));
    }
    BASE64.decode(protected).map_err(|_| Broken::Malformed("header"))
}
