//! The binary codec of the messages: big-endian, every length bounded before it is believed, nothing left over.
use crate::Hash;

/// Takes values off the front of some bytes; `None` is "that can't be".
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn slice(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    pub(super) fn hash(&mut self) -> Option<Hash> {
        self.array().map(Hash)
    }

    pub(super) fn flag(&mut self) -> Option<bool> {
        match self.u8()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    /// A length that isn't above `max`.
    pub(super) fn count(&mut self, max: usize) -> Option<usize> {
        usize::try_from(self.u32()?).ok().filter(|count| *count <= max)
    }

    /// `u32 length ‖ bytes`.
    pub(super) fn bytes(&mut self, max: usize) -> Option<&'a [u8]> {
        let length = self.count(max)?;
        self.slice(length)
    }

    /// `u32 count ‖ items`. Memory grows with what is there, not with what is announced.
    pub(super) fn list<T: Wire>(&mut self, max: usize) -> Option<Vec<T>> {
        (0..self.count(max)?).map(|_| T::read(self)).collect()
    }

    /// The value, if nothing is left.
    pub(super) fn finish<T>(self, value: T) -> Option<T> {
        self.0.is_empty().then_some(value)
    }
}

/// What has a fixed binary form.
pub trait Wire: Sized {
    /// Appends it.
    fn write(&self, to: &mut Vec<u8>);
    /// Takes it off the front.
    fn read(from: &mut Reader<'_>) -> Option<Self>;
}

/// A count on the wire; no list here comes near its end.
pub(super) fn count(to: &mut Vec<u8>, count: usize) {
    to.extend(u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes());
}

/// `u32 length ‖ bytes`.
pub(super) fn bytes(to: &mut Vec<u8>, bytes: &[u8]) {
    count(to, bytes.len());
    to.extend_from_slice(bytes);
}

/// `u32 count ‖ items`.
pub(super) fn list<T: Wire>(to: &mut Vec<u8>, items: &[T]) {
    count(to, items.len());
    items.iter().for_each(|item| item.write(to));
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Wire for u8 {
        fn write(&self, to: &mut Vec<u8>) {
            to.push(*self);
        }
        fn read(from: &mut Reader<'_>) -> Option<Self> {
            from.u8()
        }
    }

    #[test]
    fn what_is_too_short_or_too_long_is_nothing() {
        assert_eq!(Reader::new(&[1, 2, 3]).u64(), None);
        assert_eq!(Reader::new(&[0, 0, 0, 9, 1]).bytes(100), None);
        assert_eq!(Reader::new(&[0, 0, 0, 2, 1, 2]).bytes(1), None, "longer than it may be");
        assert_eq!(Reader::new(&[2]).flag(), None);
        assert_eq!(Reader::new(&[2]).finish(()), None, "something is left over");
    }

    #[test]
    fn a_list_that_says_it_is_huge_takes_no_memory() {
        assert_eq!(Reader::new(&[0xff; 8]).list::<u8>(usize::MAX), None);
    }

    #[test]
    fn lists_come_back() {
        let mut bytes = Vec::new();
        list(&mut bytes, &[1u8, 2, 3]);
        assert_eq!(Reader::new(&bytes).list::<u8>(3), Some(vec![1, 2, 3]));
        assert_eq!(Reader::new(&bytes).list::<u8>(2), None);
    }
}
