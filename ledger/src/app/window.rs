//! Which sequence numbers a submitter has used: each once, and in any order within a window.
use crate::codec::{Malformed, Reader};

/// How far a number may lie behind the highest one used. Lower makes entries void that a view change or a lost connection put behind others; higher makes a
/// submitter's row of the state larger. A submitter with no more than half of it under way never loses one.
pub const WINDOW: u64 = 8192;
const BYTES: usize = 1024;

/// The numbers used, as IPsec remembers them (RFC 4303 §3.4.3): the highest, and a bit for each of those in the window behind it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Window {
    last: u64,
    used: Box<[u8; BYTES]>,
}

impl Window {
    /// Nothing is used; 0 never can be.
    pub(super) fn new() -> Self {
        let mut window = Self { last: 0, used: Box::new([0; BYTES]) };
        window.mark(0);
        window
    }

    /// Whether the number may be used.
    pub(super) fn is_free(&self, number: u64) -> bool {
        number > self.last || (self.last - number < WINDOW && !self.is_marked(number))
    }

    /// Uses it.
    pub(super) fn take(&mut self, number: u64) {
        if number > self.last {
            let passed = (number - self.last).min(WINDOW);
            (0..passed).for_each(|back| self.clear(number - back));
            self.last = number;
        }
        self.mark(number);
    }

    pub(super) fn write(&self, to: &mut Vec<u8>) {
        to.extend(self.last.to_be_bytes());
        to.extend(self.used.as_slice());
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { last: reader.u64()?, used: Box::new(reader.array()?) })
    }

    fn bit(number: u64) -> (usize, u8) {
        let place = number % WINDOW;
        (usize::try_from(place / 8).unwrap_or_default(), 1 << (place % 8))
    }

    fn is_marked(&self, number: u64) -> bool {
        let (byte, bit) = Self::bit(number);
        self.used.get(byte).is_some_and(|byte| byte & bit != 0)
    }

    fn mark(&mut self, number: u64) {
        let (byte, bit) = Self::bit(number);
        self.used.iter_mut().skip(byte).take(1).for_each(|byte| *byte |= bit);
    }

    fn clear(&mut self, number: u64) {
        let (byte, bit) = Self::bit(number);
        self.used.iter_mut().skip(byte).take(1).for_each(|byte| *byte &= !bit);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn zero_is_never_free() {
        assert!(!Window::new().is_free(0));
    }

    proptest! {
        #[test]
        fn a_number_is_free_once_and_only_in_the_window(steps in prop::collection::vec(0..4 * WINDOW, 1..200), jump in 0..u64::MAX - 4 * WINDOW) {
            let (mut window, mut used, mut last) = (Window::new(), BTreeSet::from([0]), 0);
            for (place, number) in steps.into_iter().enumerate() {
                let number = if place > 100 { number + jump } else { number };
                let free = number + WINDOW > last && !used.contains(&number);
                prop_assert_eq!(window.is_free(number), free, "{} after {}", number, last);
                if free {
                    window.take(number);
                    used.insert(number);
                    last = last.max(number);
                }
            }
            let mut bytes = Vec::new();
            window.write(&mut bytes);
            prop_assert!(Window::read(&mut Reader::new(&bytes, "window")).is_ok_and(|read| read == window));
        }
    }
}
