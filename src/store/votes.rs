//! What a validator must remember: one SQLite file each, with its votes, the blocks, their certificates and the hashes of the log.
//!
//! A write is one transaction and durable when it is answered. Everything in the file is hashed again when it is opened, and it isn't
//! used when anything differs: a validator that forgot or changed what it said would be taken for a liar by the others.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use actix::{Actor, Addr, ArbiterHandle, Context, Handler, ResponseFuture};
use tokio::sync::Mutex;
use vaidya_actors::validator::{Certified, Persist, ReadBlocks, ReadTile, Recalled, Unkept};
use vaidya_ledger::Genesis;
use vaidya_ledger::chain::Broken;
use vaidya_ledger::key::Public;
use vaidya_ledger::pbft::{Point, Seq};

use super::StoreError;
use file::File;
use read::Reader;
use write::Writer;

mod check;
mod file;
mod read;
mod write;

/// Requests that may wait. They are only handed on to the file's own thread; when full, senders wait.
const MAILBOX: usize = 256;

/// Leaves that are hashed again before a validator starts. Lower finds a change in an old block only some time after the start, higher
/// starts later: about a second for each million.
pub const AT_ONCE: u64 = 500_000;

/// Whose file it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// The validator's key; none for a copy of the log that votes for nothing.
    pub key: Option<Public>,
    /// Whether the key was never used: then a file that isn't there yet is no loss.
    pub is_new: bool,
}

/// Why a file can't be used; a sentence.
#[derive(Debug, thiserror::Error)]
pub enum NoVotes {
    /// It is another ledger's.
    #[error(
        "{file} belongs to another ledger ({theirs}…) than the genesis ({ours}…): use the genesis file that it was made \
         with, or another data folder"
    )]
    OtherLedger {
        /// Which file.
        file: String,
        /// The id of the file's ledger.
        theirs: String,
        /// The id of the genesis.
        ours: String,
    },
    /// It is another validator's.
    #[error(
        "{file} holds the votes of the validator with the key {theirs}…, and this one has {ours}…: a validator must not \
         vote on what another has said; bring back its own file or its own key"
    )]
    OtherKey {
        /// Which file.
        file: String,
        /// The key of the file's validator.
        theirs: String,
        /// This one's.
        ours: String,
    },
    /// Something in it is not what it was.
    #[error(
        "{file} was changed: {what}. Keep it for whoever looks into this; without it the validator takes everything over \
         from the others, and votes again when they have moved on"
    )]
    Changed {
        /// Which file.
        file: String,
        /// What differs.
        what: Broken,
    },
    /// A part that nobody signs is not what it was.
    #[error(
        "{file} is damaged ({what}). Keep it for whoever looks into this; without it the validator takes everything over \
         from the others, and votes again when they have moved on"
    )]
    Damaged {
        /// Which file.
        file: String,
        /// What.
        what: String,
    },
    /// The file cannot be read or written.
    #[error("{file} can't be used: {why}")]
    Failed {
        /// Which file.
        file: String,
        /// Why not.
        why: StoreError,
    },
}

/// A validator's file. Cheap to clone.
#[derive(Clone)]
pub struct Votes {
    path: Arc<PathBuf>,
    reader: Arc<Mutex<Reader>>,
    writer: Arc<Mutex<Writer>>,
    leaves: u64,
}

impl Votes {
    /// Opens the file, which is made when there is none, and hashes everything in it again; of a very long log only what came after
    /// the last snapshot, and the rest is left to [`Votes::check`].
    ///
    /// # Errors
    /// When it can't be used, or isn't what it was.
    pub async fn open(path: &Path, genesis: &Genesis, owner: Owner) -> Result<(Self, Recalled), NoVotes> {
        let file = File { path: Arc::new(path.to_owned()) };
        let mut write = file.connect().await.map_err(|why| file.failed(why))?;
        file.make(&mut write, genesis, owner).await?;
        file.belongs(&mut write, genesis, owner).await?;
        let mut reader = Reader::new(file.connect_to_read().await.map_err(|why| file.failed(why))?);
        let recalled = reader.recall().await.map_err(|why| file.named(why))?;
        let leaves = reader.leaves().await.map_err(|why| file.named(why))?;
        let from = check::begin(genesis, &recalled, leaves <= AT_ONCE).map_err(|why| file.named(why))?;
        let edge = check::all(&mut reader, from, u64::MAX).await.map_err(|why| file.named(why))?;
        let writer = Writer::new(file.clone(), write, edge);
        let votes = Self {
            path: file.path,
            reader: Arc::new(Mutex::new(reader)),
            writer: Arc::new(Mutex::new(writer)),
            leaves,
        };
        Ok((votes, recalled))
    }

    /// Hashes again what [`Votes::open`] left out. Nothing to do for a log that isn't very long.
    ///
    /// # Errors
    /// The first thing that isn't what it was.
    pub async fn check(&self, genesis: &Genesis) -> Result<(), NoVotes> {
        if self.leaves <= AT_ONCE {
            return Ok(());
        }
        let file = File { path: Arc::clone(&self.path) };
        let mut reader = Reader::new(file.connect_to_read().await.map_err(|why| file.failed(why))?);
        let last = reader.last().await.map_err(|why| file.named(why))?;
        check::all(&mut reader, check::genesis(genesis), last).await.map_err(|why| file.named(why))?;
        Ok(())
    }

    /// The place of a block; none when it isn't there.
    ///
    /// # Errors
    /// When the file can't be read.
    pub async fn point(&self, seq: Seq) -> Result<Option<Point>, NoVotes> {
        Ok(self.block(seq).await?.map(|(kept, _)| kept.point))
    }

    /// A block; none when it isn't there.
    ///
    /// # Errors
    /// When the file can't be read.
    pub async fn block(&self, seq: Seq) -> Result<Option<Certified>, NoVotes> {
        let found = self.reader.lock().await.blocks(seq.saturating_sub(1), 0).await;
        let found = found.map_err(|why| self.file().named(why))?;
        Ok(found.into_iter().next().filter(|(kept, _)| kept.point.seq == seq))
    }

    /// The number of the last block.
    ///
    /// # Errors
    /// When the file can't be read.
    pub async fn last(&self) -> Result<Seq, NoVotes> {
        self.reader.lock().await.last().await.map_err(|why| self.file().named(why))
    }

    /// Starts answering for it on an arbiter. The address is a recipient of [`Persist`], [`ReadBlocks`] and [`ReadTile`].
    #[must_use]
    pub fn start(self, arbiter: &ArbiterHandle) -> Addr<Self> {
        Self::start_in_arbiter(arbiter, move |ctx| {
            ctx.set_mailbox_capacity(MAILBOX);
            self
        })
    }

    /// Lets go of the file, when everything before is written.
    pub async fn close(&self) {
        // The last to close moves what is in the log of writes into the file.
        self.reader.lock().await.close().await;
        self.writer.lock().await.close().await;
    }

    fn file(&self) -> File {
        File { path: Arc::clone(&self.path) }
    }
}

impl Actor for Votes {
    type Context = Context<Self>;
}

impl Handler<Persist> for Votes {
    type Result = ResponseFuture<Result<(), Unkept>>;

    fn handle(&mut self, persist: Persist, _: &mut Self::Context) -> Self::Result {
        let writer = Arc::clone(&self.writer);
        Box::pin(async move { writer.lock().await.write(persist).await.map_err(unkept) })
    }
}

impl Handler<ReadBlocks> for Votes {
    type Result = ResponseFuture<Result<Vec<Certified>, Unkept>>;

    fn handle(&mut self, ReadBlocks { after, bytes }: ReadBlocks, _: &mut Self::Context) -> Self::Result {
        let (reader, file) = (Arc::clone(&self.reader), self.file());
        Box::pin(async move {
            let found = reader.lock().await.blocks(after, bytes).await;
            found.map_err(|why| Unkept::Failed(file.named(why).to_string().into()))
        })
    }
}

impl Handler<ReadTile> for Votes {
    type Result = ResponseFuture<Result<Option<Vec<u8>>, Unkept>>;

    fn handle(&mut self, ReadTile { level, index }: ReadTile, _: &mut Self::Context) -> Self::Result {
        let (reader, file) = (Arc::clone(&self.reader), self.file());
        Box::pin(async move {
            let found = reader.lock().await.tile(level, index).await;
            found.map_err(|why| Unkept::Failed(file.named(why).to_string().into()))
        })
    }
}

fn unkept(error: StoreError) -> Unkept {
    match error {
        StoreError::Full => Unkept::Full,
        other => Unkept::Failed(other.to_string().into()),
    }
}
