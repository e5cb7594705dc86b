//! Cloudflare's `tlog_tiles` (after Go's sumdb/tlog) reads our log by its tiles: it finds the paths it asks for, believes the bytes, and makes and checks the
//! same proofs as we do. A disagreement is a panic.
use std::cell::Cell;
use std::collections::BTreeSet;

use tlog_tiles::{TileHashReader, TileReader, check_record, check_tree, prove_record, prove_tree, tree_hash};
use vaidya_ledger::Hash;
use vaidya_ledger::merkle::{Tree, leaf_hash};
use vaidya_ledger::note::Checkpoint;
use vaidya_ledger::tile::Tile;

/// Around every place where tiles become full, or a level begins.
const SIZES: [u64; 13] = [1, 2, 3, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 70_000];

/// Our tiles, as somebody fetches them by their paths.
struct Published<'a> {
    tree: &'a Tree,
    read: Cell<usize>,
}

/// Their paths name the height, which is always 8 in C2SP's and left out.
fn path(tile: &tlog_tiles::Tile) -> String {
    tile.path().replacen("tile/8/", "tile/", 1)
}

impl TileReader for Published<'_> {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        self.read.set(self.read.get() + tiles.len());
        Ok(tiles.iter().map(|tile| self.bytes(&path(tile))).collect())
    }

    fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
}

impl Published<'_> {
    fn bytes(&self, path: &str) -> Vec<u8> {
        let tile = Tile::parse(path).unwrap_or_else(|| panic!("{path} is a path"));
        assert!(tile.is_in(self.tree.size()), "{path} is a tile of this log");
        tile.nodes().flat_map(|node| self.tree.node(node).expect("a complete subtree").0).collect()
    }
}

fn theirs(hash: Hash) -> tlog_tiles::Hash {
    tlog_tiles::Hash(hash.0)
}

fn leaf(n: u64) -> Hash {
    leaf_hash(&n.to_be_bytes())
}

fn judge(size: u64) -> usize {
    let mut tree = Tree::new();
    (0..size).for_each(|n| tree.append(leaf(n)));
    let (root, published) = (theirs(tree.root()), Published { tree: &tree, read: Cell::new(0) });
    let reader = TileHashReader::new(size, root, &published);
    assert!(tree_hash(size, &reader).expect("their root") == root, "the root of {size}");
    for index in (0..size).step_by(usize::try_from(size / 50 + 1).expect("small")) {
        let proof: Vec<_> = tree.inclusion(index, size).expect("our proof").into_iter().map(theirs).collect();
        assert!(prove_record(size, index, &reader).expect("their proof") == proof, "{index} in {size}");
        check_record(&proof, size, root, index, theirs(leaf(index))).expect("they believe ours");
        assert!(check_record(&proof, size, root, index, theirs(leaf(index + 1))).is_err(), "{index} in {size}");
    }
    for old in [1, size / 3, size / 2, size - 1].into_iter().filter(|old| *old > 0) {
        let proof: Vec<_> = tree.consistency(old, size).expect("our proof").into_iter().map(theirs).collect();
        assert!(prove_tree(size, old, &reader).expect("their proof") == proof, "{old} to {size}");
        let was = theirs(tree.root_at(old).expect("an old root"));
        check_tree(&proof, size, root, old, was).expect("they believe ours");
        assert!(old == size || check_tree(&proof, size, root, old, theirs(leaf(1))).is_err(), "{old} to {size}");
    }
    published.read.get()
}

/// The tiles that a batch adds, by their reckoning and ours.
fn grows(old: u64, new: u64) {
    let wanted: BTreeSet<String> = tlog_tiles::Tile::new_tiles(8, old, new).iter().map(path).collect();
    let ours: BTreeSet<String> = Tile::since(old, new).map(|tile| tile.path()).collect();
    assert_eq!(ours, wanted, "{old} to {new}");
}

fn head(size: u64) {
    let ours = Checkpoint::new("clinic.example/ledger", size, leaf(size)).to_string();
    let read = tlog_tiles::Checkpoint::from_bytes(ours.as_bytes()).expect("they read our heads");
    assert_eq!((read.origin(), read.size(), read.hash().0), ("clinic.example/ledger", size, leaf(size).0));
    assert_eq!(
        Checkpoint::parse(&String::from_utf8(read.to_bytes()).expect("text")).expect("we read theirs").to_string(),
        ours
    );
}

fn main() {
    let mut read = 0;
    for size in SIZES {
        read += judge(size);
        head(size);
        [0, 1, size / 3, size / 2, size - 1].into_iter().for_each(|old| grows(old, size));
    }
    println!("tlog_tiles agrees on the tiles, proofs and heads of {} logs; it read {read} tiles", SIZES.len());
}
