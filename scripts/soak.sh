#!/usr/bin/env bash
# `make soak`: what takes longer than a test should, or needs what is fetched from elsewhere. The API asked a few hundred times per operation and role;
# the ledger's heads and proofs before the programs of those who wrote C2SP's specifications.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --locked
scripts/schemathesis.sh "${1:-200}"
cargo test --locked --workspace --test torchwood -- --ignored
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/judge cargo run --locked --quiet --manifest-path ledger/judge/Cargo.toml
