//! The log as files for everyone (C2SP tlog-tiles): 256 hashes a tile, of eight levels of the tree each, under fixed paths.
//!
//! Only hashes are published, no entry bundles: entries are nobody's business but those who hold a proof of theirs.
use thiserror::Error;

use crate::Hash;
use crate::merkle::{Frontier, Node, Nodes};

/// How many hashes a full tile has.
pub const WIDTH: u64 = 256;

/// How many levels of the tree a tile stands for.
const HEIGHT: u32 = 8;

/// The longest tile path: level 63, a 64-bit index in groups of three digits, a width of three digits.
const LONGEST_PATH: usize = 64;

/// A tile: `width` consecutive hashes of complete subtrees of 256^`level` leaves.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Tile {
    /// 0 has the leaves; at most 7, where a 64-bit size ends.
    pub level: u32,
    /// Counted from the left within the level.
    pub index: u64,
    /// 1 to 256; fewer than 256 is a partial tile at the right edge.
    pub width: u64,
}

impl Tile {
    /// `tile/<L>/<N>[.p/<W>]`, with the index in groups of three digits, all but the last after an `x`.
    #[must_use]
    pub fn path(&self) -> String {
        let mut groups = format!("{:03}", self.index % 1000);
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups = format!("x{:03}/{groups}", rest % 1000);
            rest /= 1000;
        }
        let partial = if self.width == WIDTH { String::new() } else { format!(".p/{}", self.width) };
        format!("tile/{}/{groups}{partial}", self.level)
    }

    /// From its path; nothing when it isn't spelled exactly as [`Tile::path`] does, so that caches hold it once.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let path = Some(path).filter(|path| path.len() <= LONGEST_PATH)?;
        let (level, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let (groups, width) = match rest.split_once(".p/") {
            Some((groups, width)) => (groups, width.parse().ok().filter(|width| *width < WIDTH)?),
            None => (rest, WIDTH),
        };
        let mut index = 0u64;
        for group in groups.split('/') {
            let digits: u64 = group.strip_prefix('x').unwrap_or(group).parse().ok().filter(|group| *group < 1000)?;
            index = index.checked_mul(1000)?.checked_add(digits)?;
        }
        let tile = Self { level: level.parse().ok()?, index, width };
        (tile.level < u64::BITS / HEIGHT && width > 0 && tile.path() == path).then_some(tile)
    }

    /// The tile as wide as it is in a log of `size` entries; nothing where it doesn't exist yet.
    #[must_use]
    pub fn at(level: u32, index: u64, size: u64) -> Option<Self> {
        let hashes = size.checked_shr(level.checked_mul(HEIGHT)?)?;
        let width = hashes.checked_sub(index.checked_mul(WIDTH)?)?.min(WIDTH);
        (width > 0).then_some(Self { level, index, width })
    }

    /// Whether a log of `size` entries has it: it may be narrower than it could be, never wider.
    #[must_use]
    pub fn is_in(&self, size: u64) -> bool {
        Self::at(self.level, self.index, size).is_some_and(|full| self.width > 0 && self.width <= full.width)
    }

    /// The subtrees whose hashes it holds, in its order.
    pub fn nodes(&self) -> impl Iterator<Item = Node> {
        let (level, first) = (self.level.saturating_mul(HEIGHT), self.index.saturating_mul(WIDTH));
        (0..self.width).map(move |at| Node { level, index: first.saturating_add(at) })
    }

    /// The tiles that a log of `new` entries has and one of `old` had not (or had narrower): what to write after a batch.
    pub fn since(old: u64, new: u64) -> impl Iterator<Item = Self> {
        (0..u64::BITS / HEIGHT).flat_map(move |level| {
            let (had, has) = (old >> (level * HEIGHT), new >> (level * HEIGHT));
            let tiles = if has > had { had / WIDTH..has.div_ceil(WIDTH) } else { 0..0 };
            tiles.filter_map(move |index| Self::at(level, index, new))
        })
    }
}

/// Where tiles are read.
pub trait Tiles {
    /// Why a tile could not be read.
    type Error: From<BadTile>;

    /// The bytes of a tile; they may be those of a wider one.
    ///
    /// # Errors
    /// When it cannot be read.
    fn tile(&self, tile: Tile) -> Result<Vec<u8>, Self::Error>;
}

/// A tile that isn't what it should be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum BadTile {
    /// It has fewer hashes than it must, or a part of one.
    #[error("tile {} is cut off", .0.path())]
    Short(Tile),
    /// No tile of a log of this size holds the subtree.
    #[error("the log has no subtree {} of level {} yet", .0.index, .0.level)]
    Beyond(Node),
}

/// Subtrees of a log of `size` entries read from its tiles: a level between two tiles' is hashed together from the lower.
pub struct Tiled<'a, T> {
    /// Where the tiles are.
    pub tiles: &'a T,
    /// How many entries the log has.
    pub size: u64,
}

impl<T: Tiles> Nodes for Tiled<'_, T> {
    type Error = T::Error;

    fn nodes(&self, wanted: &[Node]) -> Result<Vec<Hash>, T::Error> {
        wanted.iter().map(|node| self.node(*node)).collect()
    }
}

impl<T: Tiles> Tiled<'_, T> {
    fn node(&self, node: Node) -> Result<Hash, T::Error> {
        let inner = node.level % HEIGHT;
        let first = node.index.checked_shl(inner).ok_or(BadTile::Beyond(node))?;
        let (index, skip) = (first / WIDTH, first % WIDTH);
        let tile = Tile::at(node.level / HEIGHT, index, self.size).ok_or(BadTile::Beyond(node))?;
        let bytes = self.tiles.tile(tile)?;
        let (hashes, over) = bytes.as_chunks::<32>();
        let take = || Some((usize::try_from(skip).ok()?, usize::try_from(skip + (1 << inner)).ok()?));
        let these = take().filter(|_| over.is_empty()).and_then(|(from, to)| hashes.get(from..to));
        let mut subtree = Frontier::new();
        these.ok_or(BadTile::Short(tile))?.iter().for_each(|hash| subtree.append(Hash(*hash)));
        Ok(subtree.root())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::merkle::{Tree, Unprovable, consistency, inclusion, leaf_hash, root};

    #[derive(Debug, PartialEq, Error)]
    enum Lost {
        #[error(transparent)]
        Tile(#[from] BadTile),
        #[error(transparent)]
        Proof(#[from] Unprovable),
    }

    struct Memory(Tree);

    impl Tiles for Memory {
        type Error = Lost;

        fn tile(&self, tile: Tile) -> Result<Vec<u8>, Lost> {
            Ok(tile.nodes().filter_map(|node| self.0.node(node)).flat_map(|hash| hash.0).collect())
        }
    }

    fn memory(size: u64) -> Memory {
        let mut tree = Tree::new();
        (0..size).for_each(|n| tree.append(leaf_hash(&n.to_be_bytes())));
        Memory(tree)
    }

    #[test]
    fn the_paths_are_those_of_the_specification() {
        let tile = |level, index, width| Tile { level, index, width };
        assert_eq!(tile(0, 1_234_067, WIDTH).path(), "tile/0/x001/x234/067");
        assert_eq!(tile(2, 0, 1).path(), "tile/2/000.p/1");
        assert_eq!(Tile::parse("tile/0/x001/x234/067"), Some(tile(0, 1_234_067, WIDTH)));
        assert_eq!(Tile::parse("tile/1/273.p/112"), Some(tile(1, 273, 112)));
    }

    #[test]
    fn a_path_spelled_otherwise_is_refused() {
        let odd = [
            "tile/0/1",
            "tile/0/0001",
            "tile/00/001",
            "tile/8/000",
            "tile/0/001/234",
            "tile/0/x001",
            "tile/0/x000/001",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/000.p/+1",
            "tile/0/+01",
            "tile/0/000/",
            "tile/-1/000",
            "tile/entries/000",
            "tile/0/",
            "tile/0",
            "/tile/0/000",
            "",
            "tile/0/x999/x999/x999/x999/x999/x999/999",
        ];
        for path in odd {
            assert_eq!(Tile::parse(path), None, "{path}");
        }
    }

    #[test]
    fn a_log_of_70_000_entries_has_the_tiles_the_specification_counts() {
        let all: Vec<_> = Tile::since(0, 70_000).collect();
        let count =
            |level, full| all.iter().filter(|tile| tile.level == level && (tile.width == WIDTH) == full).count();
        assert_eq!(
            [count(0, true), count(0, false), count(1, true), count(1, false), count(2, true), count(2, false)],
            [273, 1, 1, 1, 0, 1]
        );
        let partial = |level| all.iter().rfind(|tile| tile.level == level).unwrap().width;
        assert_eq!([partial(0), partial(1), partial(2)], [112, 17, 1]);
        let small: Vec<_> = Tile::since(0, 256).map(|tile| tile.path()).collect();
        assert_eq!(small, ["tile/0/000", "tile/1/000.p/1"]);
    }

    #[test]
    fn what_a_batch_adds_is_what_is_written_after_it() {
        let paths = |old, new| Tile::since(old, new).map(|tile| tile.path()).collect::<Vec<_>>();
        assert_eq!(paths(255, 258), ["tile/0/000", "tile/0/001.p/2", "tile/1/000.p/1"]);
        assert_eq!(paths(256, 257), ["tile/0/001.p/1"]);
        assert_eq!(paths(300, 300), [""; 0]);
    }

    #[test]
    fn proofs_read_from_tiles_are_those_read_from_the_whole_tree() {
        let memory = memory(700);
        for size in [1, 2, 255, 256, 257, 511, 512, 513, 700] {
            let tiled = Tiled { tiles: &memory, size };
            assert_eq!(root(&tiled, size), Ok(memory.0.root_at(size).unwrap()));
            for index in (0..size).step_by(7) {
                assert_eq!(inclusion(&tiled, index, size), Ok(memory.0.inclusion(index, size).unwrap()));
                assert_eq!(consistency(&tiled, index, size), Ok(memory.0.consistency(index, size).unwrap()));
            }
        }
    }

    #[test]
    fn a_tile_that_is_cut_off_or_beyond_the_log_is_named() {
        struct Cut;
        impl Tiles for Cut {
            type Error = Lost;
            fn tile(&self, _: Tile) -> Result<Vec<u8>, Lost> {
                Ok(vec![0; 33])
            }
        }
        let tiled = Tiled { tiles: &Cut, size: 4 };
        let tile = Tile { level: 0, index: 0, width: 4 };
        assert_eq!(root(&tiled, 4), Err(Lost::Tile(BadTile::Short(tile))));
        let node = Node { level: 0, index: 256 };
        assert_eq!(tiled.nodes(&[node]), Err(Lost::Tile(BadTile::Beyond(node))));
    }

    proptest! {
        #[test]
        fn a_path_leads_back_to_its_tile(level in 0u32..8, index: u64, width in 1u64..=WIDTH) {
            let tile = Tile { level, index, width };
            prop_assert_eq!(Tile::parse(&tile.path()), Some(tile));
        }

        #[test]
        fn any_path_is_refused_or_spelled_back(path in "tile/[0-9x./p]{0,20}") {
            prop_assert!(Tile::parse(&path).is_none_or(|tile| tile.path() == path));
        }
    }
}
