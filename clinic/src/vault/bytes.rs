//! The fixed binary encoding of everything that is signed or hashed: integers big-endian, no padding, nothing left over.

use uuid::Uuid;

use super::Broken;

/// Takes values off the front of some bytes.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl<'a> Reader<'a> {
    /// Reads `bytes`; `what` names them in errors.
    pub(crate) fn new(bytes: &'a [u8], what: &'static str) -> Self {
        Self { rest: bytes, what }
    }

    pub(crate) fn slice(&mut self, length: usize) -> Result<&'a [u8], Broken> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Broken::Malformed(self.what))?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Broken> {
        self.slice(N)?.try_into().map_err(|_| Broken::Malformed(self.what))
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Broken> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Broken> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Broken> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    pub(crate) fn uuid(&mut self) -> Result<Uuid, Broken> {
        Ok(Uuid::from_bytes(self.array()?))
    }

    /// The version byte that starts an encoding.
    pub(crate) fn version(&mut self, known: u8) -> Result<(), Broken> {
        if self.u8()? == known { Ok(()) } else { Err(Broken::Unsupported(self.what)) }
    }

    /// All that is left.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.rest
    }

    /// Nothing may be left.
    pub(crate) fn end(self) -> Result<(), Broken> {
        if self.rest.is_empty() { Ok(()) } else { Err(Broken::Malformed(self.what)) }
    }
}

/// Base32 of RFC 4648 §6 in lower case, without padding.
pub(crate) fn base32(bytes: &[u8]) -> String {
    letters(bytes, b"abcdefghijklmnopqrstuvwxyz234567")
}

/// Base32 with Crockford's letters: none that people take for another.
pub(crate) fn crockford(bytes: &[u8]) -> String {
    letters(bytes, b"0123456789ABCDEFGHJKMNPQRSTVWXYZ")
}

fn letters(bytes: &[u8], alphabet: &[u8; 32]) -> String {
    let bit = |index: usize| bytes.get(index / 8).is_some_and(|byte| byte >> (7 - index % 8) & 1 == 1);
    let value = |start: usize| (start..start + 5).fold(0_usize, |value, index| value << 1 | usize::from(bit(index)));
    let letter = |start: usize| alphabet.get(value(start)).copied().map(char::from);
    (0..bytes.len() * 8).step_by(5).filter_map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_is_that_of_the_rfc() {
        // RFC 4648 §10, in lower case and without padding.
        let vectors = ["", "my", "mzxq", "mzxw6", "mzxw6yq", "mzxw6ytb", "mzxw6ytboi"];
        for (length, expected) in vectors.into_iter().enumerate() {
            assert_eq!(base32(&b"foobar"[..length]), expected);
        }
    }

    #[test]
    fn what_is_too_short_or_too_long_is_malformed() {
        let mut short = Reader::new(&[1, 2, 3], "three");
        assert_eq!(short.u32(), Err(Broken::Malformed("three")));
        let mut long = Reader::new(&[0, 0, 0, 7, 1], "five");
        assert_eq!(long.u32(), Ok(7));
        assert_eq!(long.end(), Err(Broken::Malformed("five")));
    }
}
