//! The block store from the command line: opened, tried, exported, imported, hashed again.

use std::path::{Path, PathBuf};

use uuid::Uuid;
use vaidya_clinic::id::RecordId;
use vaidya_clinic::vault::object::Cid;

use super::folder::Folder;
use super::{AppError, roots};
use crate::clock;
use crate::config::Settings;
use crate::console::say;
use crate::gateway::blobs::car::{CarError, Piece, Reader, Writer};
use crate::gateway::blobs::{BlobError, Blobs, Where};
use crate::jobs::blocks::{Audited, NotDone, audit, sweep};
use crate::store::Store;

/// The folder of sealed blocks in the data folder.
const BLOCKS: &str = "blocks";

/// Blocks taken in at a time. Lower asks a Kubo node more often, higher takes more memory: a block has up to 1 MiB.
const AT_ONCE: usize = 16;

/// Names of blocks said in full; of more, only their number.
const NAMED: usize = 10;

/// What is to be done with blocks.
pub enum Deed {
    /// Write them into this file, those of one record when it is named.
    Export(PathBuf, Option<Uuid>),
    /// Take them in from this file.
    Import(PathBuf),
    /// Remove those that no row names.
    Sweep,
    /// Hash them again.
    Audit {
        /// All of them.
        all: bool,
    },
}

/// The block store of these settings, for the server that holds the data folder. One that is away may come back; one
/// that can't be used as the settings are is an error.
///
/// # Errors
/// [`AppError::Blocks`].
pub(super) async fn open(settings: &Settings) -> Result<Blobs, AppError> {
    let blobs = Blobs::open(&settings.blocks, &settings.data.join(BLOCKS), roots(settings)?.as_deref())?;
    match blobs.probe().await {
        Err(error @ BlobError::Away(_)) => tracing::warn!(%error, "records wait until it is back"),
        other => other?,
    }
    Ok(blobs)
}

/// Tries the block store, for `check-config`.
///
/// # Errors
/// [`AppError::Blocks`], also when it is away.
pub(super) async fn check(settings: &Settings) -> Result<String, AppError> {
    beside(settings)?.probe().await?;
    Ok(format!("usable, in {}", place(settings)))
}

fn place(settings: &Settings) -> String {
    match &settings.blocks {
        Where::Folder => settings.data.join(BLOCKS).display().to_string(),
        Where::S3(bucket) => format!("{bucket:?}"),
        Where::Kubo(node) => format!("{node:?}"),
    }
}

fn beside(settings: &Settings) -> Result<Blobs, AppError> {
    Ok(Blobs::beside(&settings.blocks, &settings.data.join(BLOCKS), roots(settings)?.as_deref())?)
}

/// Does it, also while the server runs; a sweep only while it doesn't.
///
/// # Errors
/// When the database, the block store or the file cannot be used, or a block is not what it should be.
pub async fn run(settings: &Settings, deed: Deed) -> Result<(), AppError> {
    let blobs = beside(settings)?;
    let folder = matches!(deed, Deed::Sweep).then(|| Folder::open(&settings.data)).transpose()?;
    let store = Store::open(settings.database_url.as_deref(), &settings.data).await?;
    let done = match deed {
        Deed::Sweep => swept(&store, &blobs).await,
        Deed::Export(file, record) => export(&store, &blobs, &file, record.map(RecordId)).await,
        Deed::Import(file) => import(&store, &blobs, &file).await,
        Deed::Audit { all } => again(&store, &blobs, (!all).then_some(settings.audit_blocks)).await,
    };
    store.close().await;
    drop(folder);
    done
}

async fn swept(store: &Store, blobs: &Blobs) -> Result<(), AppError> {
    let swept = sweep(store, blobs, clock::now(), true).await.map_err(not_done)?;
    say(&format!("Removed {swept} that no row named for two days."));
    Ok(())
}

fn not_done(error: NotDone) -> AppError {
    match error {
        NotDone::Store(error) => AppError::Store(error),
        NotDone::Blobs(error) => AppError::Blocks(error),
        error @ NotDone::Foreign { .. } => AppError::Car(error.to_string()),
    }
}

async fn export(store: &Store, blobs: &Blobs, file: &Path, record: Option<RecordId>) -> Result<(), AppError> {
    let names = store.blocks_of(record).await?;
    let unusable = |error| unusable(file, &error);
    let mut writer = Writer::create(file, &names).await.map_err(unusable)?;
    let mut flawed = Vec::new();
    for name in &names {
        match blobs.get(name.clone()).await {
            Ok(Some(block)) => writer.add(name, &block).await.map_err(unusable)?,
            Ok(None) | Err(BlobError::Damaged(_)) => flawed.push(name.as_str().to_owned()),
            Err(error) => return Err(error.into()),
        }
    }
    writer.finish().await.map_err(unusable)?;
    let whole = names.len().saturating_sub(flawed.len());
    say(&format!("{} in {} now.", blocks(whole), file.display()));
    if flawed.is_empty() {
        return Ok(());
    }
    Err(AppError::Car(format!(
        "{} missing or damaged here and not in the file: {}",
        blocks(flawed.len()),
        named(&flawed)
    )))
}

async fn import(store: &Store, blobs: &Blobs, file: &Path) -> Result<(), AppError> {
    let mut reader = Reader::open(file).await.map_err(|error| unusable(file, &error))?;
    let (mut taken, mut mended, mut refused, mut batch) = (0, 0, Vec::new(), Vec::new());
    let ended = loop {
        match reader.next().await {
            Ok(Some(Piece::Block(name, block))) => batch.push((name, block)),
            Ok(Some(Piece::Refused(name))) => refused.push(name),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
        if batch.len() == AT_ONCE {
            taken += batch.len();
            mended += take(store, blobs, std::mem::take(&mut batch)).await?;
        }
    };
    taken += batch.len();
    mended += take(store, blobs, batch).await?;
    say(&format!("{} taken in; {mended} had been missing or damaged.", blocks(taken)));
    if !refused.is_empty() {
        return Err(AppError::Car(format!(
            "{} not what the name says, or none of ours, and refused: {}",
            blocks(refused.len()),
            named(&refused)
        )));
    }
    ended.map_err(|error| unusable(file, &error))?;
    match reader.missing() {
        0 => Ok(()),
        missing => Err(AppError::Car(format!("{} listed in {} not in it", blocks(missing), file.display()))),
    }
}

/// Keeps some blocks and says how many alarms that ended.
async fn take(store: &Store, blobs: &Blobs, batch: Vec<(Cid, Vec<u8>)>) -> Result<usize, AppError> {
    let names: Vec<Cid> = batch.iter().map(|(name, _)| name.clone()).collect();
    let _held = blobs.put_all(batch).await?;
    let mut mended = 0;
    for name in names {
        mended += usize::from(store.mend_block_alarm(&name, clock::now()).await?);
    }
    Ok(mended)
}

async fn again(store: &Store, blobs: &Blobs, sample: Option<u64>) -> Result<(), AppError> {
    let audited = audit(store, blobs, &clock::clock(), sample).await;
    let Audited { whole, flawed, mended } = audited.map_err(not_done)?;
    say(&format!("Hashed {} blocks again: {whole} whole, {mended} of them mended.", whole.saturating_add(flawed)));
    if flawed == 0 {
        return Ok(());
    }
    let alarms = store.alarmed_blocks().await?;
    let names: Vec<String> = alarms.iter().map(|name| name.as_str().to_owned()).collect();
    Err(AppError::Car(format!(
        "{} missing or damaged: {}; import a good copy with `vaidya blocks import`",
        blocks(names.len()),
        named(&names)
    )))
}

fn blocks(count: usize) -> String {
    if count == 1 { "1 block is".to_owned() } else { format!("{count} blocks are") }
}

fn named(names: &[String]) -> String {
    let first: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
    let more = names.len().saturating_sub(first.len());
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{more}", first.join(", "))
}

fn unusable(file: &Path, error: &CarError) -> AppError {
    AppError::Car(format!("{}: {error}", file.display()))
}
