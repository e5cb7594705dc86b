"""What scripts/c2sp.sh does with proofbundle: an implementation of signed notes, checkpoints, cosignatures and tlog-proofs that isn't ours."""
import base64
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from proofbundle import checkpoint, merkle, tlogproof
from proofbundle.errors import ProofBundleError


def believes(policy, note):
    """Whether the head is signed by the log and by enough validators."""
    try:
        verified = checkpoint.verify_witnessed_checkpoint(
            note, policy["log"], policy["validators"], threshold=policy["threshold"], expected_origin=policy["origin"])
    except (ProofBundleError, ValueError):
        return False
    return verified["ok"]


def leaf_of(file):
    """The leaf in the extra line: u8 1, u16 length, leaf. None when there is none."""
    for line in file.split("\n")[1:2]:
        if line.startswith("extra "):
            extra = base64.b64decode(line[len("extra "):])
            return extra[3:3 + int.from_bytes(extra[1:3], "big")]
    return None


def includes(policy, file):
    """Whether the leaf that the file holds is in the log whose head it holds."""
    try:
        verified = tlogproof.verify_tlog_proof(
            file, leaf_of(file), policy["log"], policy["validators"], threshold=policy["threshold"], expected_origin=policy["origin"])
    except ProofBundleError:
        return False
    return verified["ok"]


def judge(path):
    """Prints a line for each: what it is, yes or no, its name. Trees: whether each consistency and inclusion proof holds."""
    vectors = json.loads(Path(path).read_text())
    policy = vectors["policy"]
    word = {True: "yes", False: "no"}
    for head in vectors["heads"]:
        print("head", word[believes(policy, head["note"])], head["name"], sep="\t")
    for proof in vectors["proofs"]:
        if proof["in_log"] is not None:
            print("proof", word[includes(policy, proof["file"])], proof["name"], sep="\t")
    raw = lambda hashes: [bytes.fromhex(one) for one in hashes]
    for at, one in enumerate(vectors["trees"]["consistency"]):
        holds = merkle.verify_consistency(one["old"], one["new"], raw(one["path"]), *raw([one["was"], one["is"]]))
        print("consistency", word[holds], at, sep="\t")


ORIGIN = "elsewhere.example/log"


def key(seed):
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


def public(signer):
    return signer.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def signed(leaves):
    """A head of this log, signed by its key and cosigned by two of three witnesses."""
    note = checkpoint.sign_checkpoint(ORIGIN, len(leaves), merkle.merkle_tree_hash(leaves), key(1), ORIGIN)
    for seed in (11, 13):
        note = checkpoint.cosign_checkpoint(note, key(seed), f"witness.example/w{seed}", 1_763_000_000 + seed)
    return note


def make(folder):
    """A log of 1 to 40 entries: NAME.leaf with NAME.tlog-proof, head-SIZE, and grown-OLD-NEW with a hash a line."""
    folder = Path(folder)
    witnesses = [(seed, checkpoint.cosign_vkey(f"witness.example/w{seed}", public(key(seed)))) for seed in (11, 12, 13)]
    policy = [f"log {checkpoint.vkey(ORIGIN, public(key(1)))}"]
    policy += [f"witness w{seed} {vkey}" for seed, vkey in witnesses]
    policy += ["group all-of-them 2 w11 w12 w13", "quorum all-of-them", ""]
    (folder / "policy").write_text("\n".join(policy))
    leaves = [f"entry {n}".encode() * (n % 4) for n in range(40)]
    for size in (1, 2, 3, 7, 8, 31, 40):
        note = signed(leaves[:size])
        (folder / f"head-{size}").write_text(note)
        for index in range(size):
            extra = None if index % 2 else leaves[index]
            proof = tlogproof.format_tlog_proof(index, merkle.inclusion_proof(leaves[:size], index), note, extra)
            (folder / f"{size}-{index}.tlog-proof").write_text(proof)
            (folder / f"{size}-{index}.leaf").write_bytes(leaves[index])
        for old in range(1, size):
            hashes = merkle.consistency_proof(leaves[:size], old)
            (folder / f"grown-{old}-{size}").write_text("".join(f"{one.hex()}\n" for one in hashes))
    for size in range(1, 41):
        (folder / f"root-{size}").write_text(merkle.merkle_tree_hash(leaves[:size]).hex())


{"judge": judge, "make": make}[sys.argv[1]](sys.argv[2])
