//! How many are enough.
use super::{ReplicaId, View};

/// The arithmetic of `n` validators, of which `f = (n - 1) / 3` may be faulty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quorum {
    n: usize,
}

impl Quorum {
    /// Of `n` validators.
    #[must_use]
    pub fn of(n: usize) -> Self {
        Self { n: n.max(1) }
    }

    /// How many there are.
    #[must_use]
    pub fn n(self) -> usize {
        self.n
    }

    /// How many may lie: f.
    #[must_use]
    pub fn faulty(self) -> usize {
        (self.n - 1) / 3
    }

    /// How many have a correct one among them: f + 1.
    #[must_use]
    pub fn weak(self) -> usize {
        self.faulty() + 1
    }

    /// How many always share a correct one with as many others, and can be had without the faulty: 2f + 1 when n = 3f + 1, and
    /// ⌈(n + f + 1) / 2⌉ while a validator set between two such sizes is in office.
    #[must_use]
    pub fn strong(self) -> usize {
        (self.n + self.faulty()) / 2 + 1
    }

    /// Prepares from backups that make a pre-prepare prepared: one fewer, because the pre-prepare is its primary's (section 4.2).
    #[must_use]
    pub fn prepares(self) -> usize {
        self.strong() - 1
    }

    /// Who leads the view: `v mod n` (section 4.1).
    #[must_use]
    pub fn primary(self, view: View) -> ReplicaId {
        let n = u64::try_from(self.n).unwrap_or(u64::MAX);
        ReplicaId(u8::try_from(view % n).unwrap_or(u8::MAX))
    }

    /// Whether there is such a validator.
    #[must_use]
    pub fn has(self, id: ReplicaId) -> bool {
        usize::from(id.0) < self.n
    }

    /// All of them.
    pub fn everyone(self) -> impl Iterator<Item = ReplicaId> {
        (0..u8::try_from(self.n).unwrap_or(u8::MAX)).map(ReplicaId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_quorums_share_a_correct_validator_and_one_is_always_to_be_had() {
        for n in 4..=16 {
            let quorum = Quorum::of(n);
            assert!(2 * quorum.strong() - n > quorum.faulty(), "n = {n}: the overlap could be all liars");
            assert!(quorum.strong() <= n - quorum.faulty(), "n = {n}: the faulty could hold it up");
        }
    }

    #[test]
    fn the_papers_numbers_hold() {
        for f in 1..=5 {
            let quorum = Quorum::of(3 * f + 1);
            assert_eq!(
                (quorum.faulty(), quorum.weak(), quorum.strong(), quorum.prepares()),
                (f, f + 1, 2 * f + 1, 2 * f)
            );
        }
        assert_eq!(Quorum::of(4).primary(6), ReplicaId(2));
    }
}
