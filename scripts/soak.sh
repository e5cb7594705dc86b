#!/usr/bin/env bash
# `make soak`: what takes longer than a test should, or needs what is fetched from elsewhere. The API asked a few hundred times per operation and role;
# a million simulated worlds of validators (WORLDS: how many) and every way to cut three views; the ledger's heads and proofs before the programs of those who wrote C2SP's specifications.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --locked
scripts/schemathesis.sh "${1:-200}"
cargo test --locked --workspace --test torchwood -- --ignored
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/judge cargo run --locked --quiet --manifest-path ledger/judge/Cargo.toml
cargo test --locked --quiet --workspace --test sim -- --ignored --exact --nocapture twins::every_cut_of_three_views
SEEDS=${WORLDS:-1000000} scripts/ledger-sim.sh
