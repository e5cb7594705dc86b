//! The master key, which every private half is sealed under: given by whoever runs the server, or derived for want of one.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use thiserror::Error;
use vaidya_clinic::vault::secret::Secret;
use zeroize::Zeroizing;

/// Bytes of a mark: enough to tell master keys apart, too few to be anything else.
pub(super) const MARK: usize = 8;

/// A master key that cannot be used; one sentence.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoMaster {
    /// The file cannot be read.
    #[error("the file of the master key {0} cannot be read ({1}): make it readable for this user")]
    Unreadable(String, String),
    /// The file holds something else.
    #[error("the file {0} does not hold a master key: write 32 random bytes in base64 into it")]
    NoKey(String),
}

/// The master key. It never leaves this part of the house, and prints nothing.
#[derive(Clone)]
pub struct Master {
    key: Secret<32>,
    /// What files may be sealed under still: they are sealed anew when they are read.
    former: Vec<Secret<32>>,
    derived: bool,
}

impl Master {
    /// The one that was given, with the server's own key, under which files may be sealed still.
    #[must_use]
    pub fn given(key: Secret<32>, server: &[u8; 32]) -> Self {
        Self { key, former: vec![hmac(server, b"vaidya/master/v1")], derived: false }
    }

    /// The same, for files that another master key sealed before.
    #[must_use]
    pub fn after(mut self, former: Secret<32>) -> Self {
        self.former.push(former);
        self
    }

    /// One derived from the server's own key, which lies beside what it seals: whoever takes the folder has both.
    #[must_use]
    pub fn derived(server: &[u8; 32]) -> Self {
        Self { key: hmac(server, b"vaidya/master/v1"), former: Vec::new(), derived: true }
    }

    /// Whether nobody gave one.
    #[must_use]
    pub fn is_derived(&self) -> bool {
        self.derived
    }

    /// A key as it is written: 32 bytes in base64, in either alphabet.
    #[must_use]
    pub fn parse(text: &str) -> Option<Secret<32>> {
        let plain: Zeroizing<String> =
            Zeroizing::new(text.trim().trim_end_matches('=').replace('+', "-").replace('/', "_"));
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(plain.as_bytes()).ok()?);
        Secret::from_slice(&bytes).ok()
    }

    /// The key in a file.
    ///
    /// # Errors
    /// [`NoMaster`].
    pub fn in_file(file: &Path) -> Result<Secret<32>, NoMaster> {
        let named = || file.display().to_string();
        let text = std::fs::read_to_string(file).map(Zeroizing::new);
        let text = text.map_err(|error| NoMaster::Unreadable(named(), error.to_string()))?;
        Self::parse(&text).ok_or_else(|| NoMaster::NoKey(named()))
    }

    /// What is sealed under from now on, and its mark.
    pub(super) fn current(&self) -> (&Secret<32>, [u8; MARK]) {
        (&self.key, mark(&self.key))
    }

    /// The key with this mark, and whether it is the former one.
    pub(super) fn marked(&self, of: &[u8; MARK]) -> Option<(&Secret<32>, bool)> {
        let former = self.former.iter().map(|key| (key, true));
        std::iter::once((&self.key, false)).chain(former).find(|(key, _)| mark(key) == *of)
    }
}

fn mark(key: &Secret<32>) -> [u8; MARK] {
    let whole: Secret<32> = hmac(key.expose(), b"vaidya/master/mark/v1");
    whole.expose().first_chunk().copied().unwrap_or_default()
}

fn hmac(key: &[u8; 32], message: &[u8]) -> Secret<32> {
    // HMAC takes keys of every length: the error cannot come.
    let Ok(mut mac) = Hmac::<sha2::Sha256>::new_from_slice(key) else { return Secret::from_bytes(*key) };
    mac.update(message);
    Secret::from_bytes(mac.finalize().into_bytes().into())
}
