//! The object: sealed content as one block of bytes, with the name and the commitment that follow from them.

use super::Broken;
use super::bytes::{Reader, base32};
use super::header::MAX_PROTECTED;
use super::primitive::{IV, TAG, sha256};
use super::sealed::Sealed;

/// Largest object: one raw block, as IPFS nodes exchange them.
pub const MAX_OBJECT: usize = 1 << 20;
/// Version 1, raw, SHA-256 of 32 bytes: what a CID of ours starts with.
const CID: [u8; 4] = [0x01, 0x55, 0x12, 0x20];
/// Characters of a CID: "b" and the base32 of 36 bytes.
const CID_LENGTH: usize = 59;

/// The name of an object: the hash of its bytes (CIDv1, raw, SHA-256, base32).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cid(String);

impl Cid {
    /// The name of these bytes.
    #[must_use]
    pub fn of(object: &[u8]) -> Self {
        let hash = sha256(&[object]);
        Self(format!("b{}", base32(&[CID.as_slice(), &hash].concat())))
    }

    /// Reads a name as it is written.
    ///
    /// # Errors
    /// [`Broken::Malformed`] for everything that [`of`](Self::of) can't have made: other versions, codecs and hashes as well.
    pub fn parse(text: &str) -> Result<Self, Broken> {
        let letters = text.bytes().all(|letter| letter.is_ascii_lowercase() || (b'2'..=b'7').contains(&letter));
        // 36 bytes are 288 bits in 58 letters of 5: the last letter carries 3 bits and so is one of these.
        let ends = text.ends_with(['a', 'e', 'i', 'm', 'q', 'u', 'y', '4']);
        let ours = text.starts_with("bafkrei") && text.len() == CID_LENGTH;
        if letters && ends && ours { Ok(Self(text.to_owned())) } else { Err(Broken::Malformed("CID")) }
    }

    /// The SHA-256 of what it names.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let mut hash = [0; 32];
        let value = |letter: u8| if letter.is_ascii_digit() { letter - b'2' + 26 } else { letter - b'a' };
        let values: Vec<u8> = self.0.bytes().skip(1).map(|letter| value(letter) & 31).collect();
        let bit = |at: usize| values.get(at / 5).map_or(0, |value| value >> (4 - at % 5) & 1);
        for (at, byte) in hash.iter_mut().enumerate() {
            let start = (at + CID.len()) * 8;
            *byte = (start..start + 8).fold(0, |byte, at| byte << 1 | bit(at));
        }
        hash
    }

    /// The name as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `u32 n ‖ protected ‖ iv ‖ ciphertext ‖ tag`.
///
/// # Errors
/// [`Broken::TooLarge`] above [`MAX_OBJECT`].
pub fn encode(sealed: &Sealed) -> Result<Vec<u8>, Broken> {
    let length = u32::try_from(sealed.protected.len()).map_err(|_| Broken::TooLarge("header"))?;
    let parts = [&length.to_be_bytes(), sealed.protected.as_bytes(), &sealed.iv, &sealed.ciphertext, &sealed.tag];
    let object = parts.concat();
    if object.len() <= MAX_OBJECT { Ok(object) } else { Err(Broken::TooLarge("object")) }
}

/// Reads what [`encode`] made; nothing is authenticated yet.
///
/// # Errors
/// [`Broken::TooLarge`] and [`Broken::Malformed`].
pub fn parse(object: &[u8]) -> Result<Sealed, Broken> {
    if object.len() > MAX_OBJECT {
        return Err(Broken::TooLarge("object"));
    }
    let broken = Broken::Malformed("object");
    let mut reader = Reader::new(object, "object");
    let length = usize::try_from(reader.u32()?).map_err(|_| broken)?;
    if length > MAX_PROTECTED {
        return Err(Broken::TooLarge("header"));
    }
    let protected = std::str::from_utf8(reader.slice(length)?).map_err(|_| broken)?.to_owned();
    let iv = reader.array()?;
    let rest = reader.rest();
    let (ciphertext, tag) = rest.split_at_checked(rest.len().saturating_sub(TAG)).ok_or(broken)?;
    let tag = tag.try_into().map_err(|_| broken)?;
    Ok(Sealed { protected, iv, ciphertext: ciphertext.to_vec(), tag })
}

/// What the ledger gets: it says nothing without the salt, and with it proves exactly this object.
///
/// # Errors
/// [`Broken::TooLarge`] for a kind of 64 KiB or more.
pub fn commitment(kind: &str, salt: &[u8; 32], object: &[u8]) -> Result<[u8; 32], Broken> {
    commitment_of(kind, salt, &sha256(&[object]))
}

/// The same, of something that has this hash.
///
/// # Errors
/// As [`commitment`].
pub fn commitment_of(kind: &str, salt: &[u8; 32], hash: &[u8; 32]) -> Result<[u8; 32], Broken> {
    let length = u16::try_from(kind.len()).map_err(|_| Broken::TooLarge("kind"))?;
    Ok(sha256(&[b"vaidya/commit/v1", &length.to_be_bytes(), kind.as_bytes(), salt, hash]))
}

const _: () = assert!(IV == 12 && TAG == 16, "docs/sealing.md: the record");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_one_that_ipfs_gives() {
        // `printf 'hello world' | ipfs add --cid-version 1 --raw-leaves`, as many documents quote it.
        let name = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";
        assert_eq!(Cid::of(b"hello world").as_str(), name);
        assert_eq!(Cid::of(b"hello world").hash(), sha256(&[b"hello world"]));
        assert_eq!(Cid::parse(name).unwrap(), Cid::of(b"hello world"));
    }

    #[test]
    fn what_is_no_name_of_ours_is_refused() {
        let name = Cid::of(b"x").0;
        for wrong in
            ["", "b", &name[1..], &name.to_uppercase(), &format!("{name}a"), &name.replace("bafkrei", "bafybei")]
        {
            assert_eq!(Cid::parse(wrong), Err(Broken::Malformed("CID")), "{wrong}");
        }
        let path = format!("{}/../../etc", &name[..49]);
        assert_eq!(path.len(), name.len());
        assert_eq!(Cid::parse(&path), Err(Broken::Malformed("CID")));
    }
}
