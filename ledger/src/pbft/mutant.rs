//! Bugs that other implementations had, each at the place where it would be: a test bed that doesn't find them proves nothing.

macro_rules! mutants {
    ($($(#[$doc:meta])+ $name:ident,)+) => {
        /// A protocol bug that a replica can be told to have. Only test builds can.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Mutant { $($(#[$doc])+ $name,)+ }

        impl Mutant {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];
        }
    };
}

mutants! {
    /// A quorum is 2f, not 2f + 1, for commits.
    SmallQuorum,
    /// Prepares count whatever digest they are for.
    PrepareAnyDigest,
    /// A backup takes NEW-VIEW's O as it comes, without computing it from V.
    NewViewUnchecked,
    /// The prepared certificates in a view change aren't verified.
    PreparedUnverified,
    /// Votes leave before their records are durable.
    SendBeforePersist,
    /// Numbers outside the watermarks are accepted.
    WatermarkUnchecked,
    /// A checkpoint is stable at f + 1.
    WeakCheckpoint,
    /// A view change goes out with an empty P.
    ViewChangeWithoutPrepared,
    /// The new-view timer stays the same, however many views fail.
    TimerNeverDoubles,
    /// Gaps below the highest prepared number aren't filled with null requests.
    NullSkipped,
    /// After a restart a replica has forgotten what it voted for.
    VoteForgotten,
    /// Commits of another view count.
    StaleCommit,
    /// The primary's own prepare counts as a backup's.
    PrimaryPrepares,
    /// A proposed time isn't held against the clock.
    TimeUnchecked,
    /// What a view change proposes again is executed again.
    ExecutedTwice,
    /// The log is collected at the replica's own checkpoint, before it is stable.
    EarlyCollection,
    /// Who lost its log votes as if nothing had happened.
    AmnesiacVotes,
    /// A NEW-VIEW is believed whoever signed it.
    NewViewFromAnyone,
    /// Signatures inside certificates aren't verified.
    CertificateUnverified,
    /// Blocks from a peer are executed without holding them against the stable checkpoint.
    TransferUnverified,
}
