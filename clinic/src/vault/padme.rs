//! Padding that hides how long a record is, for at most 12 % more bytes (Padmé: Nikitin et al., PETS 2019, §4).

use super::Broken;
use super::bytes::Reader;

/// The Padmé length of `length` bytes: the next number whose mantissa is no longer than its exponent is.
#[must_use]
pub fn padded(length: u64) -> u64 {
    let Some(exponent) = length.checked_ilog2().filter(|exponent| *exponent > 0) else {
        return length;
    };
    let mantissa = exponent.ilog2() + 1;
    let mask = (1_u64 << (exponent - mantissa.min(exponent))) - 1;
    length.checked_add(mask).map_or(length, |sum| sum & !mask)
}

/// `u32 length ‖ message ‖ zeros` up to the next Padmé length.
///
/// # Errors
/// [`Broken::TooLarge`] from 4 GiB.
pub fn pad(message: &[u8]) -> Result<Vec<u8>, Broken> {
    let length = u32::try_from(message.len()).map_err(|_| Broken::TooLarge("message"))?;
    let total = usize::try_from(padded(4 + u64::from(length))).map_err(|_| Broken::TooLarge("message"))?;
    let mut bytes = Vec::with_capacity(total);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(message);
    bytes.resize(total, 0);
    Ok(bytes)
}

/// The message in what [`pad`] made.
///
/// # Errors
/// [`Broken::Malformed`] for a length that does not fit, and for padding that is not zeros up to exactly the Padmé length.
pub fn unpad(bytes: &[u8]) -> Result<&[u8], Broken> {
    let broken = Broken::Malformed("padding");
    let mut reader = Reader::new(bytes, "padding");
    let length = reader.u32()?;
    let message = reader.slice(usize::try_from(length).map_err(|_| broken)?)?;
    let fits = u64::try_from(bytes.len()) == Ok(padded(4 + u64::from(length)));
    if fits && reader.rest().iter().all(|byte| *byte == 0) { Ok(message) } else { Err(broken) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lengths_are_those_of_the_paper() {
        let expected =
            [(0, 0), (1, 1), (2, 2), (8, 8), (9, 10), (10, 10), (100, 104), (1_000, 1_024), (1_000_000, 1_015_808)];
        for (length, with_padding) in expected {
            assert_eq!(padded(length), with_padding, "{length}");
        }
    }

    proptest! {
        #[test]
        fn padding_costs_at_most_an_eighth_and_is_stable(length in 0_u64..1 << 40) {
            let total = padded(length);
            prop_assert!(total >= length && total - length <= length / 8 + 1);
            prop_assert_eq!(padded(total), total);
        }

        #[test]
        fn what_was_padded_comes_back(message in proptest::collection::vec(any::<u8>(), 0..2_000)) {
            let bytes = pad(&message).unwrap();
            prop_assert_eq!(unpad(&bytes), Ok(&message[..]));
        }

        #[test]
        fn other_padding_is_refused(message in proptest::collection::vec(any::<u8>(), 60..200), at in any::<prop::sample::Index>()) {
            let mut bytes = pad(&message).unwrap();
            bytes.push(0);
            prop_assert_eq!(unpad(&bytes), Err(Broken::Malformed("padding")));
            bytes.pop();
            let start = 4 + message.len();
            prop_assume!(bytes.len() > start);
            let place = start + at.index(bytes.len() - start);
            bytes[place] = 1;
            prop_assert_eq!(unpad(&bytes), Err(Broken::Malformed("padding")));
        }
    }
}
