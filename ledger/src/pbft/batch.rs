//! A batch of requests, and the digest that validators vote on.
use std::sync::Arc;

use super::Millis;
use super::codec::{self, Reader, Wire};
use super::config::{MAX_BATCH_BYTES, MAX_BATCH_ENTRIES};
use crate::Hash;

/// A request as its client sent it: one encoded entry.
pub type Tx = Arc<[u8]>;

/// Requests in the order in which they will be executed, and the time the primary proposed for them. It can't be changed once made, so
/// that its digests are computed once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    time: Millis,
    entries: Vec<Tx>,
    hashes: Vec<Hash>,
    digest: Hash,
}

impl Batch {
    /// Of these requests.
    #[must_use]
    pub fn new(time: Millis, entries: Vec<Tx>) -> Self {
        let hashes: Vec<Hash> = entries.iter().map(|entry| Self::request(entry)).collect();
        Self::hashed(time, entries, hashes)
    }

    /// Of requests whose hashes are known already.
    pub(super) fn hashed(time: Millis, entries: Vec<Tx>, hashes: Vec<Hash>) -> Self {
        let mut all = Vec::with_capacity(64 + hashes.len() * 32);
        all.extend_from_slice(b"vaidya/ledger/batch/v1");
        all.extend(time.to_be_bytes());
        codec::count(&mut all, hashes.len());
        hashes.iter().for_each(|hash| all.extend(hash.0));
        let digest = Hash::of(&[&all]);
        Self { time, entries, hashes, digest }
    }

    /// The null request of a view change: it is ordered like any other, and does nothing (section 4.4).
    #[must_use]
    pub fn null() -> Self {
        Self::new(0, Vec::new())
    }

    /// What names a request.
    #[must_use]
    pub fn request(entry: &[u8]) -> Hash {
        Hash::of(&[b"vaidya/ledger/request/v1", entry])
    }

    /// What is voted on.
    #[must_use]
    pub fn digest(&self) -> Hash {
        self.digest
    }

    /// The time its primary proposed; 0 for the null request.
    #[must_use]
    pub fn time(&self) -> Millis {
        self.time
    }

    /// The requests.
    #[must_use]
    pub fn entries(&self) -> &[Tx] {
        &self.entries
    }

    /// The requests' names, in the same order.
    #[must_use]
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// Bytes of the requests.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.entries.iter().map(|entry| entry.len()).sum()
    }
}

impl Wire for Tx {
    fn write(&self, to: &mut Vec<u8>) {
        codec::bytes(to, self);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.bytes(MAX_BATCH_BYTES).map(Self::from)
    }
}

impl Wire for Batch {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend(self.time.to_be_bytes());
        codec::list(to, &self.entries);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        let time = from.u64()?;
        let entries = from.list::<Tx>(MAX_BATCH_ENTRIES)?;
        let batch = Self::new(time, entries);
        (batch.bytes() <= MAX_BATCH_BYTES).then_some(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(entries: &[&[u8]]) -> Batch {
        Batch::new(7, entries.iter().map(|entry| Tx::from(*entry)).collect())
    }

    #[test]
    fn the_digest_covers_time_order_and_borders() {
        let one = batch(&[b"ab", b"c"]);
        assert_ne!(one.digest(), batch(&[b"a", b"bc"]).digest());
        assert_ne!(one.digest(), batch(&[b"c", b"ab"]).digest());
        assert_ne!(one.digest(), Batch::new(8, one.entries().to_vec()).digest());
    }

    #[test]
    fn a_batch_comes_back_with_its_digest() {
        let (one, mut bytes) = (batch(&[b"ab", b"c"]), Vec::new());
        one.write(&mut bytes);
        assert_eq!(Batch::read(&mut Reader::new(&bytes)), Some(one));
    }
}
