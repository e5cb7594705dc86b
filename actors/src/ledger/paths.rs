//! Ways through the log, read from its tiles.
use std::collections::BTreeMap;

use actix::Recipient;
use vaidya_ledger::Hash;
use vaidya_ledger::merkle::{Node, Nodes as _, Plan};
use vaidya_ledger::tile::{BadTile, Tile, Tiled, Tiles, WIDTH};

use crate::validator::ReadTile;

/// Levels of the tree that a tile stands for.
const HEIGHT: u32 = 8;

/// Tiles that were read.
#[derive(Default)]
struct Read(BTreeMap<(u32, u64), Vec<u8>>);

impl Tiles for Read {
    type Error = BadTile;

    fn tile(&self, tile: Tile) -> Result<Vec<u8>, BadTile> {
        let bytes = self.0.get(&(tile.level, tile.index)).ok_or(BadTile::Short(tile))?;
        let wide = usize::try_from(tile.width).unwrap_or(usize::MAX).saturating_mul(32);
        bytes.get(..wide).map(<[u8]>::to_vec).ok_or(BadTile::Short(tile))
    }
}

/// The hashes of a plan in a log of that size; none when a tile can't be read.
pub(super) async fn walk(read: Recipient<ReadTile>, plan: Plan, size: u64) -> Option<Vec<Hash>> {
    let (wanted, mut tiles) = (plan.wanted(), Read::default());
    for node in &wanted {
        let (level, index) = place(node)?;
        if let std::collections::btree_map::Entry::Vacant(free) = tiles.0.entry((level, index)) {
            free.insert(read.send(ReadTile { level, index }).await.ok()?.ok()??);
        }
    }
    let hashes = Tiled { tiles: &tiles, size }.nodes(&wanted).ok()?;
    plan.fill(&hashes)
}

/// A published tile: only what a head of that size covers.
pub(super) async fn tile(read: Recipient<ReadTile>, path: String, size: u64) -> Option<Vec<u8>> {
    let tile = Tile::parse(&format!("tile/{path}")).filter(|tile| tile.is_in(size))?;
    let bytes = read.send(ReadTile { level: tile.level, index: tile.index }).await.ok()?.ok()??;
    let wide = usize::try_from(tile.width).ok()?.checked_mul(32)?;
    bytes.get(..wide).map(<[u8]>::to_vec)
}

fn place(node: &Node) -> Option<(u32, u64)> {
    let first = node.index.checked_shl(node.level % HEIGHT)?;
    Some((node.level / HEIGHT, first / WIDTH))
}
