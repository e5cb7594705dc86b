#!/usr/bin/env bash
# `make bench-ledger`: how fast four validators agree, on the release build and this machine, and what one bad primary or client costs in a simulated world.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo run --release --locked --quiet -p vaidya-ledger --example throughput -- "${ENTRIES:-40000}"
echo
cargo run --release --locked --quiet -p vaidya-ledger --example replicas
echo
cargo test --release --locked --quiet -p vaidya-ledger --test sim -- --ignored --exact --nocapture pace::table | grep '%\|take'
echo
# Validators as they are run: votes on the disk, and processes for what is killed.
cargo test --release --locked --quiet --workspace --test house -- --ignored --nocapture --test-threads 1 validators::figures | grep '([≤≥]'
