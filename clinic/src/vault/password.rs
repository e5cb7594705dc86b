//! Two independent keys from one password: one to log in with, one that wraps backups and never leaves the browser.

use sha2::Sha256;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::primitive::hkdf;
use super::secret::Secret;

/// Fewest rounds of PBKDF2 (OWASP's figure for HMAC-SHA-256 since 2023).
pub const ROUNDS: u32 = 600_000;

/// The password, stretched: HMAC-SHA-256 `rounds` times over password (NFKC) and salt (RFC 8018 §5.2).
pub struct Master(Zeroizing<[u8; 32]>);

impl Master {
    /// Stretches a password. Takes a good part of a second: not on a thread that others wait for.
    #[must_use]
    pub fn stretch(password: &str, salt: &[u8; 16], rounds: u32) -> Self {
        let password: Zeroizing<String> = Zeroizing::new(password.nfkc().collect());
        let mut master = Zeroizing::new([0; 32]);
        pbkdf2::pbkdf2_hmac::<Sha256>(password.as_bytes(), salt, rounds, master.as_mut_slice());
        Self(master)
    }

    /// What the browser sends; the server hashes it once more before it keeps it.
    #[must_use]
    pub fn login(&self) -> Secret<32> {
        hkdf(self.0.as_slice(), &[], &[b"vaidya/login/v1"])
    }

    /// What opens a backup; a server never has it.
    #[must_use]
    pub fn wrap(&self) -> Secret<32> {
        hkdf(self.0.as_slice(), &[], &[b"vaidya/wrap/v1"])
    }
}

/// The login key of a password that was posted as it is: for clients that derive nothing themselves.
#[must_use]
pub fn login_key(password: &str, salt: &[u8; 16], rounds: u32) -> Secret<32> {
    Master::stretch(password, salt, rounds).login()
}
