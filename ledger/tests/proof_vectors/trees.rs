//! Inclusion and consistency proofs without signatures.
use vaidya_ledger::Hash;
use vaidya_ledger::merkle::{Unproven, empty_root, verify_consistency, verify_inclusion};

use crate::json::{Json, hex};
use crate::world::World;

fn path(hashes: &[Hash]) -> Json {
    Json::List(hashes.iter().map(|hash| hex(&hash.0)).collect())
}

fn flipped(hash: &Hash) -> Hash {
    let mut other = *hash;
    other.0[31] ^= 1;
    other
}

fn inclusion(world: &World, index: u64, size: u64) -> Vec<Json> {
    let tree = &world.tree;
    let leaf = tree.node(vaidya_ledger::merkle::Node { level: 0, index }).unwrap();
    let (root, proof) = (tree.root_at(size).unwrap(), tree.inclusion(index, size).unwrap());
    let one = |leaf: &Hash, index: u64, proof: &[Hash], right: bool| {
        assert_eq!(verify_inclusion(leaf, index, size, proof, &root).is_ok(), right, "{index} in {size}");
        Json::Fields(vec![
            ("leaf", hex(&leaf.0)),
            ("index", index.into()),
            ("size", size.into()),
            ("path", path(proof)),
            ("root", hex(&root.0)),
            ("right", right.into()),
        ])
    };
    let mut all = vec![
        one(&leaf, index, &proof, true),
        one(&flipped(&leaf), index, &proof, false),
        one(&leaf, size, &proof, false),
    ];
    all.push(one(&leaf, index, &[&proof[..], &[root]].concat(), false));
    if let [front @ .., last] = &proof[..] {
        all.push(one(&leaf, index, front, false));
        all.push(one(&leaf, index, &[front, &[flipped(last)]].concat(), false));
    }
    all
}

fn consistency(world: &World, old: u64, new: u64) -> Vec<Json> {
    let tree = &world.tree;
    let (was, is) = (tree.root_at(old).unwrap_or_else(empty_root), tree.root_at(new).unwrap());
    let proof = tree.consistency(old, new).unwrap();
    let one = |was: &Hash, is: &Hash, proof: &[Hash], right: bool| {
        let verified = verify_consistency(old, was, new, is, proof);
        assert_eq!(verified.is_ok(), right, "{old} to {new}: {verified:?}");
        Json::Fields(vec![
            ("old", old.into()),
            ("was", hex(&was.0)),
            ("new", new.into()),
            ("is", hex(&is.0)),
            ("path", path(proof)),
            ("right", right.into()),
        ])
    };
    let mut all = vec![one(&was, &is, &proof, true), one(&flipped(&was), &is, &proof, false)];
    all.push(one(&was, &flipped(&is), &proof, false));
    all.push(one(&was, &is, &[&proof[..], &[was]].concat(), false));
    if let [front @ .., last] = &proof[..] {
        all.push(one(&was, &is, front, false));
        all.push(one(&was, &is, &[front, &[flipped(last)]].concat(), false));
    }
    all
}

pub(crate) fn vectors(world: &World) -> Json {
    let places =
        [(0, 1), (0, 2), (1, 2), (2, 3), (0, 7), (6, 7), (4, 7), (15, 16), (16, 17), (3, 33), (32, 33), (20, 61)];
    let steps = [(1, 1), (1, 2), (2, 3), (3, 4), (4, 8), (6, 8), (7, 8), (8, 9), (5, 33), (32, 33), (33, 61), (61, 61)];
    assert_eq!(
        verify_consistency(2, &empty_root(), 1, &empty_root(), &[]),
        Err(Unproven::Backwards { old: 2, new: 1 })
    );
    Json::Fields(vec![
        ("inclusion", Json::List(places.into_iter().flat_map(|(index, size)| inclusion(world, index, size)).collect())),
        ("consistency", Json::List(steps.into_iter().flat_map(|(old, new)| consistency(world, old, new)).collect())),
    ])
}
