//! What opens a commitment, as bytes that go along with a proof: whoever holds it can check what the ledger was told.

use vaidya_clinic::anchor;
use vaidya_clinic::vault::object::commitment_of;
use vaidya_ledger::Hash;

use super::super::StoreError;

/// A commitment, and what opens it.
pub(super) struct Opened {
    /// What the ledger gets.
    pub(super) commitment: Hash,
    /// What opens it.
    pub(super) opening: Vec<u8>,
}

/// `u8 0`: nothing is opened.
pub(super) fn nothing() -> Vec<u8> {
    vec![0]
}

/// `u8 1 ‖ sized(kind) ‖ salt ‖ SHA-256(object)`: the thing itself is elsewhere. None when its salt is gone.
pub(super) fn of_object(kind: &str, salt: &[u8; 32], hash: &[u8; 32]) -> Result<Opened, StoreError> {
    let commitment = commitment_of(kind, salt, hash).map_err(|_| StoreError::strange("a kind beyond every length"))?;
    Ok(Opened {
        commitment: Hash(commitment),
        opening: [vec![1], sized(kind.as_bytes()), salt.to_vec(), hash.to_vec()].concat(),
    })
}

/// `u8 2 ‖ sized(kind) ‖ salt ‖ sized(words)`: it is said in words, one fact a line.
pub(super) fn of_words(kind: &str, salt: [u8; 32], facts: &[(&str, String)]) -> Result<Opened, StoreError> {
    let line = |(name, value): &(&str, String)| format!("{name} {}\n", value.replace(char::is_control, " "));
    let words = format!("vaidya/{kind}/v1\n{}", facts.iter().map(line).collect::<String>());
    let commitment = anchor::commitment(kind, &salt, &words);
    let commitment = Hash(commitment.map_err(|_| StoreError::strange("a kind beyond every length"))?);
    let opening = [vec![2], sized(kind.as_bytes()), salt.to_vec(), sized(words.as_bytes())].concat();
    Ok(Opened { commitment, opening })
}

/// `u8 3 ‖ u64 index ‖ u8 count ‖ hashes ‖ sized(data)`: an entry of a clinic's own log, whose root the ledger has.
pub(super) fn of_leaf(index: u64, path: &[Hash], data: &[u8]) -> Vec<u8> {
    let count = u8::try_from(path.len()).unwrap_or(u8::MAX);
    let hashes = path.iter().flat_map(|hash| hash.0).collect();
    [vec![3], index.to_be_bytes().to_vec(), vec![count], hashes, sized(data)].concat()
}

/// `u8 4 ‖ sized(message) ‖ sized(text)`: what somebody signed the hash of, and the text whose hash ends it.
pub(super) fn of_message(message: &[u8], text: &str) -> Opened {
    let opening = [vec![4], sized(message), sized(text.as_bytes())].concat();
    Opened { commitment: Hash::of(&[message]), opening }
}

/// Bytes with their length before them; what is longer than two bytes can say is cut, which none of these is.
pub(super) fn sized(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    let kept = bytes.get(..usize::from(length)).unwrap_or(bytes);
    [length.to_be_bytes().as_slice(), kept].concat()
}
