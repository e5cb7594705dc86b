//! Sealed content: the protected header, the ciphertext, and nothing about who may open it.

use zeroize::Zeroizing;

use super::header::{Draft, Header, check_foreign};
use super::primitive::{IV, TAG, open, seal};
use super::secret::ContentKey;
use super::{Broken, padme};

/// What is sealed under one content key (RFC 7516 without recipients).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The header exactly as it was authenticated, base64url.
    pub protected: String,
    /// 96 bits, random; the key is fresh each time as well.
    pub iv: [u8; IV],
    /// As long as the padded content.
    pub ciphertext: Vec<u8>,
    /// The authentication tag.
    pub tag: [u8; TAG],
}

impl Sealed {
    /// Pads and seals `content` under a key used for nothing else.
    ///
    /// # Errors
    /// [`Broken::TooLarge`] when header or content are.
    pub fn make(draft: Draft, content: &[u8], key: &ContentKey, iv: [u8; IV]) -> Result<Self, Broken> {
        let protected = draft.commit(key).encode()?;
        let padded = Zeroizing::new(padme::pad(content)?);
        let mut ciphertext = seal(key, &iv, protected.as_bytes(), &padded)?;
        let tag = ciphertext.split_off(padded.len());
        let tag = tag.try_into().map_err(|_| Broken::Malformed("tag"))?;
        Ok(Self { protected, iv, ciphertext, tag })
    }

    /// The header, read but not yet authenticated: [`open`](Self::open) does that.
    ///
    /// # Errors
    /// As [`Header::parse`].
    pub fn header(&self) -> Result<Header, Broken> {
        Header::parse(&self.protected)
    }

    /// Opens with the content key: the commitment first, then the seal, then the padding.
    ///
    /// # Errors
    /// [`Broken::Commitment`] for another key, [`Broken::Seal`] for changed bytes, [`Broken::Malformed`] for what never was ours.
    pub fn open(&self, key: &ContentKey) -> Result<Zeroizing<Vec<u8>>, Broken> {
        self.header()?.check(key)?;
        let padded = self.decrypt(key)?;
        Ok(Zeroizing::new(padme::unpad(&padded)?.to_vec()))
    }

    /// Opens what another JOSE library sealed: no padding, no commitment. Only for content with one recipient,
    /// where nobody else could be shown something different; [`Jwe`](super::jwe::Jwe) keeps to that.
    ///
    /// # Errors
    /// [`Broken::Unsupported`] for another encryption, compression or critical extensions, [`Broken::Seal`] as above.
    pub fn open_foreign(&self, key: &ContentKey) -> Result<Zeroizing<Vec<u8>>, Broken> {
        check_foreign(&self.protected)?;
        self.decrypt(key)
    }

    fn decrypt(&self, key: &ContentKey) -> Result<Zeroizing<Vec<u8>>, Broken> {
        let whole = [self.ciphertext.as_slice(), &self.tag].concat();
        open(key, &self.iv, self.protected.as_bytes(), &whole)
    }
}
