//! Bytes that must not be seen: wiped when dropped, never printed.

use std::fmt;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::Broken;

/// `N` secret bytes.
#[derive(Clone)]
pub struct Secret<const N: usize>(Zeroizing<[u8; N]>);

/// The key that one version of one record is sealed with: fresh, never used twice.
pub type ContentKey = Secret<32>;

impl<const N: usize> Secret<N> {
    /// A new secret.
    pub fn draw(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut bytes = Zeroizing::new([0; N]);
        rng.fill_bytes(bytes.as_mut_slice());
        Self(bytes)
    }

    /// The secret that is these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; N]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The secret in a slice of exactly `N` bytes.
    ///
    /// # Errors
    /// [`Broken::Malformed`] for another length.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, Broken> {
        bytes.try_into().map(Self::from_bytes).map_err(|_| Broken::Malformed("length of a secret"))
    }

    /// The bytes themselves: for a cipher, never for a log.
    #[must_use]
    pub fn expose(&self) -> &[u8; N] {
        &self.0
    }
}

impl<const N: usize> fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print_itself() {
        assert_eq!(format!("{:?}", Secret::from_bytes([65; 4])), "Secret(…)");
    }

    #[test]
    fn a_secret_has_exactly_its_length() {
        assert_eq!(Secret::<4>::from_slice(&[1; 5]).err(), Some(Broken::Malformed("length of a secret")));
    }
}
