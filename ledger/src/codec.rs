//! The fixed binary encoding of everything that is signed or hashed: integers big-endian, no padding, nothing left over.

/// Bytes that end too early, go on too long, or hold a value that isn't one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is malformed")]
pub struct Malformed(
    /// What was being read.
    pub &'static str,
);

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

    /// The next bytes, this many.
    pub(crate) fn slice(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Malformed(self.what))?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(Malformed(self.what))?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Malformed> {
        self.array().map(u8::from_be_bytes)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Malformed> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Malformed> {
        self.array().map(u64::from_be_bytes)
    }

    /// `u16 length ‖ bytes`.
    pub(crate) fn sized(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.u16()?;
        self.slice(usize::from(length))
    }

    /// `u16 length ‖ UTF-8`.
    pub(crate) fn text(&mut self) -> Result<&'a str, Malformed> {
        str::from_utf8(self.sized()?).map_err(|_| Malformed(self.what))
    }

    /// Whether nothing is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// All that is left.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.rest
    }

    /// Nothing may be left.
    pub(crate) fn end(self) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err(Malformed(self.what)) }
    }
}

/// `u16 length ‖ bytes`; what is longer than that can say is cut, which no caller's limit allows.
pub(crate) fn sized(to: &mut Vec<u8>, bytes: &[u8]) {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    to.extend(length.to_be_bytes());
    to.extend(bytes.iter().take(usize::from(length)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_short_or_too_long_is_malformed() {
        assert_eq!(Reader::new(&[1, 2, 3], "eight").u64(), Err(Malformed("eight")));
        assert_eq!(Reader::new(&[0, 9, 3], "sized").sized(), Err(Malformed("sized")));
        let mut long = Reader::new(&[0, 7, 1], "two");
        assert_eq!(long.u16(), Ok(7));
        assert_eq!(long.end(), Err(Malformed("two")));
    }

    #[test]
    fn what_is_sized_comes_back() {
        let mut bytes = Vec::new();
        sized(&mut bytes, b"three");
        assert_eq!(Reader::new(&bytes, "text").text(), Ok("three"));
        assert_eq!(Reader::new(&[0, 1, 0xff], "text").text(), Err(Malformed("text")));
    }
}
