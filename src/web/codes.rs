//! Codes that people may have to type: twelve characters that can't be taken for one another.

use crate::clock;

/// Crockford's base 32: no i, l, o, u. 32 letters, so a byte's low five bits choose one evenly.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Characters of a code: 60 random bits, beyond guessing over a network with a limit on tries.
const LENGTH: usize = 12;

/// A new code.
#[must_use]
pub fn draw() -> String {
    let letter = |byte: &u8| LETTERS.get(usize::from(byte % 32)).copied().map(char::from);
    clock::random::<LENGTH>().iter().filter_map(letter).collect()
}

/// A code as it was meant: capitals, spaces and look-alikes forgiven.
#[must_use]
pub fn read(typed: &str) -> String {
    let meant = |letter: char| match letter.to_ascii_lowercase() {
        'o' => Some('0'),
        'i' | 'l' => Some('1'),
        letter if letter.is_ascii_alphanumeric() => Some(letter),
        _ => None,
    };
    typed.chars().filter_map(meant).take(LENGTH + 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_survives_being_typed_by_hand() {
        for _ in 0..100 {
            let code = draw();
            assert_eq!(code.len(), LENGTH);
            assert_eq!(read(&code.to_uppercase().replace('0', "O").replace('1', "l")), code);
        }
        assert_ne!(read("0123456789abc"), "0123456789ab");
    }
}
