//! Everything in the file is hashed again: entries, blocks, the tree over them, and what the certificates are of.

use std::collections::BTreeMap;

use vaidya_actors::validator::Recalled;
use vaidya_ledger::chain::{Broken, Chain};
use vaidya_ledger::merkle::{Frontier, Node};
use vaidya_ledger::pbft::Seq;
use vaidya_ledger::{App, Genesis, Hash};

use super::file::Wrong;
use super::read::Reader;
use super::write::Edge;

/// Bytes of blocks that are checked in one go.
const GO: usize = 8 << 20;

/// Where the check begins.
pub(super) struct From {
    chain: Chain,
}

pub(super) fn genesis(genesis: &Genesis) -> From {
    From { chain: Chain::begin(genesis.made_at) }
}

/// From the beginning, or from the snapshot.
pub(super) fn begin(of: &Genesis, recalled: &Recalled, whole: bool) -> Result<From, Wrong> {
    let Some(snapshot) = recalled.snapshot.as_ref().filter(|_| !whole) else { return Ok(genesis(of)) };
    let app = App::restore(snapshot).map_err(|_| Wrong::Damaged("the state that was kept".to_owned()))?;
    let at = recalled.blocks.first().filter(|kept| kept.head == app.head());
    let kept = at.ok_or_else(|| Wrong::Damaged("the state that was kept leads to no block".to_owned()))?;
    Ok(From { chain: Chain::resume(kept.point, app.log().clone()) })
}

/// Goes on to the last block, or to that one; the right edge of the log there.
pub(super) async fn all(reader: &mut Reader, from: From, last: Seq) -> Result<Edge, Wrong> {
    let mut chain = from.chain;
    loop {
        let page = reader.blocks(chain.point().seq, GO).await?;
        if page.is_empty() || chain.point().seq >= last {
            break;
        }
        for (kept, stable) in page {
            let mut nodes = Vec::new();
            let (first, known) = (chain.log().size(), reader.hashes(chain.log().size(), kept.leaves.len()).await?);
            chain.follow(&kept, &known, &mut |node: Node, hash| nodes.push((node, hash)))?;
            if let Some(stable) = stable {
                chain.is_certified(&kept, &stable)?;
            }
            tree(reader, &nodes, first).await?;
        }
    }
    edge(reader, chain.log().clone()).await
}

/// Whether the hashes of the tree are those that were kept.
async fn tree(reader: &mut Reader, nodes: &[(Node, Hash)], first: u64) -> Result<(), Wrong> {
    let mut tiles: BTreeMap<(u32, u64), Vec<(u64, Hash)>> = BTreeMap::new();
    for (node, hash) in nodes.iter().filter(|(node, _)| node.level % 8 == 0) {
        tiles.entry((node.level / 8, node.index / 256)).or_default().push((node.index % 256, *hash));
    }
    for ((level, index), hashes) in tiles {
        let kept = reader.tile(level, index).await?.unwrap_or_default();
        let (kept, _) = kept.as_chunks::<32>();
        let is = |at: &u64| usize::try_from(*at).ok().and_then(|at| kept.get(at));
        if hashes.iter().any(|(at, hash)| is(at) != Some(&hash.0)) {
            return Err(Broken::Tree { index: first }.into());
        }
    }
    Ok(())
}

async fn edge(reader: &mut Reader, log: Frontier) -> Result<Edge, Wrong> {
    let open = reader.open_tiles(log.size()).await?;
    Ok(Edge::resume(log, open))
}
