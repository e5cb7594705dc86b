//! The Merkle log against what others publish: the vectors of Certificate Transparency, the crate `ct-merkle`, and every proof up to 512 leaves.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that can't go on should stop")]
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use sha2::Sha256;
use vaidya_ledger::Hash;
use vaidya_ledger::merkle::{
    Frontier, Tree, Unproven, empty_root, leaf_hash, node_hash, verify_consistency, verify_inclusion,
};

/// How far every proof is checked.
const MOST: u64 = 512;

/// The leaves that RFC 6962's authors test their own implementation with, and the roots after each.
const LEAVES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

/// Their inclusion proofs: index, size, path.
const INCLUSION: [(u64, u64, &[&str]); 6] = [
    (0, 1, &[]),
    (
        0,
        8,
        &[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        &[
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (1, 2, &["6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"]),
    (
        1,
        5,
        &[
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
];

/// Their consistency proofs: old size, new size, path.
const CONSISTENCY: [(u64, u64, &[&str]); 4] = [
    (1, 1, &[]),
    (
        1,
        8,
        &[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        &[
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        &[
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
];

fn bytes(hex: &str) -> Vec<u8> {
    hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn hashes(hex: &[&str]) -> Vec<Hash> {
    hex.iter().map(|one| Hash(bytes(one).try_into().unwrap())).collect()
}

/// A tree of leaves that differ in content and length.
fn tree(size: u64) -> Tree {
    let mut tree = Tree::new();
    (0..size).for_each(|n| tree.append(leaf_hash(&leaf(n))));
    tree
}

fn leaf(n: u64) -> Vec<u8> {
    n.to_be_bytes().repeat(usize::try_from(n % 3).unwrap())
}

#[test]
fn roots_and_proofs_are_those_of_certificate_transparency() {
    assert_eq!(empty_root(), hashes(&["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"])[0]);
    assert_eq!(leaf_hash(b"L123456"), hashes(&["395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"])[0]);
    let mut tree = Tree::new();
    let mut roots = Vec::new();
    for leaf in LEAVES {
        tree.append(leaf_hash(&bytes(leaf)));
        roots.push(tree.root());
    }
    assert_eq!(roots, hashes(&ROOTS));
    for (index, size, path) in INCLUSION {
        assert_eq!(tree.inclusion(index, size).unwrap(), hashes(path), "{index} in {size}");
    }
    for (old, new, path) in CONSISTENCY {
        assert_eq!(tree.consistency(old, new).unwrap(), hashes(path), "{old} in {new}");
    }
}

#[test]
fn roots_and_proofs_are_those_of_ct_merkle() {
    const SIZE: u64 = 130;
    let ours = tree(SIZE);
    let mut theirs = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    for size in 1..=SIZE {
        theirs.push(leaf(size - 1));
        let root = theirs.root();
        assert_eq!(ours.root_at(size).unwrap().0, root.as_bytes()[..]);
        for n in 0..size {
            let place = usize::try_from(n).unwrap();
            let path: Vec<u8> = ours.inclusion(n, size).unwrap().iter().flat_map(|hash| hash.0).collect();
            let their_path = theirs.prove_inclusion(place);
            assert_eq!(path, their_path.as_bytes(), "{n} in {size}");
            root.verify_inclusion(&leaf(n), n, &their_path).unwrap();
            let path: Vec<u8> = ours.consistency(size - n, size).unwrap().iter().flat_map(|hash| hash.0).collect();
            assert_eq!(path, theirs.prove_consistency(place).as_bytes(), "{} to {size}", size - n);
        }
    }
}

#[test]
fn every_inclusion_proof_to_512_leaves_verifies_and_no_other_place_does() {
    let tree = tree(MOST);
    for size in 1..=MOST {
        let root = tree.root_at(size).unwrap();
        for index in 0..size {
            let (proof, leaf) = (tree.inclusion(index, size).unwrap(), leaf_hash(&leaf(index)));
            assert_eq!(verify_inclusion(&leaf, index, size, &proof, &root), Ok(()), "{index} in {size}");
            assert!(verify_inclusion(&leaf, index ^ 1, size, &proof, &root).is_err(), "{index} elsewhere in {size}");
            let longer = [&proof[..], &[root]].concat();
            assert!(verify_inclusion(&leaf, index, size, &longer, &root).is_err(), "{index} in {size}, one more");
            let shorter = &proof[..proof.len().saturating_sub(1)];
            assert!(
                size == 1 || verify_inclusion(&leaf, index, size, shorter, &root).is_err(),
                "{index} in {size}, one less"
            );
        }
    }
}

#[test]
fn every_consistency_proof_to_512_leaves_verifies_and_no_other_history_does() {
    let tree = tree(MOST);
    let roots: Vec<Hash> = (0..=MOST).map(|size| tree.root_at(size).unwrap()).collect();
    let root = |size: u64| roots[usize::try_from(size).unwrap()];
    for new in 1..=MOST {
        for old in 0..=new {
            let proof = tree.consistency(old, new).unwrap();
            assert_eq!(verify_consistency(old, &root(old), new, &root(new), &proof), Ok(()), "{old} to {new}");
            let other = node_hash(&root(old), &root(new));
            assert!(verify_consistency(old, &other, new, &root(new), &proof).is_err(), "{old} rewritten, to {new}");
            assert!(
                old == 0 || verify_consistency(old, &root(old), new, &other, &proof).is_err(),
                "{old} to another {new}"
            );
            let longer = [&proof[..], &[other]].concat();
            assert!(verify_consistency(old, &root(old), new, &root(new), &longer).is_err(), "{old} to {new}, one more");
            let shorter = &proof[..proof.len().saturating_sub(1)];
            let cut = verify_consistency(old, &root(old), new, &root(new), shorter);
            assert!(proof.is_empty() || cut.is_err(), "{old} to {new}, one less");
        }
    }
}

/// Sizes, and places in them, where every bit is flipped: all of them up to 40, then around every power of two.
fn places() -> impl Iterator<Item = (u64, u64)> {
    let small = (1..=40).flat_map(|size| (0..size).map(move |place| (place, size)));
    let large = [63, 64, 65, 100, 127, 128, 129, 255, 256, 257, 500, 511, 512];
    small.chain(large.into_iter().flat_map(|size| [0, 1, size / 3, size / 2, size - 1].map(|place| (place, size))))
}

/// Flips every bit of these hashes, one after another.
fn flips(of: &[Hash], mut try_it: impl FnMut(&[Hash])) {
    let mut flipped = of.to_vec();
    for at in 0..of.len() {
        for bit in 0..256 {
            flipped[at].0[bit / 8] ^= 1 << (bit % 8);
            try_it(&flipped);
            flipped[at].0[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

#[test]
fn every_flipped_bit_of_an_inclusion_proof_is_refused() {
    let tree = tree(MOST);
    for (index, size) in places() {
        let ends = [leaf_hash(&leaf(index)), tree.root_at(size).unwrap()];
        flips(&[&ends, &tree.inclusion(index, size).unwrap()[..]].concat(), |all| {
            let refused = verify_inclusion(&all[0], index, size, &all[2..], &all[1]);
            assert_eq!(refused, Err(Unproven::Root), "{index} in {size}");
        });
    }
}

#[test]
fn every_flipped_bit_of_a_consistency_proof_is_refused() {
    let tree = tree(MOST);
    for (place, new) in places() {
        let old = place + 1;
        let ends = [tree.root_at(old).unwrap(), tree.root_at(new).unwrap()];
        flips(&[&ends, &tree.consistency(old, new).unwrap()[..]].concat(), |all| {
            let refused = verify_consistency(old, &all[0], new, &all[1], &all[2..]);
            assert_eq!(refused, Err(Unproven::Rewritten), "{old} to {new}");
        });
    }
}

#[test]
fn one_flipped_bit_in_every_inclusion_proof_to_512_leaves_is_refused() {
    let tree = tree(MOST);
    let mut luck = 0x9e37_79b9_7f4a_7c15u64;
    for size in 1..=MOST {
        let root = tree.root_at(size).unwrap();
        for index in 0..size {
            luck = luck.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            let mut proof = tree.inclusion(index, size).unwrap();
            let Some(at) = usize::try_from(luck >> 40).unwrap().checked_rem(proof.len()) else { continue };
            let bit = usize::try_from(luck >> 56).unwrap();
            proof[at].0[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(verify_inclusion(&leaf_hash(&leaf(index)), index, size, &proof, &root), Err(Unproven::Root));
        }
    }
}

#[test]
fn a_growing_tree_has_the_root_of_the_whole_at_every_size() {
    let tree = tree(MOST);
    let mut edge = Frontier::new();
    for size in 1..=MOST {
        edge.append(leaf_hash(&leaf(size - 1)));
        assert_eq!(Some(edge.root()), tree.root_at(size));
    }
}
