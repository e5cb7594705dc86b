#!/usr/bin/env bash
# `make ledger-sim SEEDS=…`: that many simulated worlds, each from its own number; ends with an error when one broke a promise of the ledger.
# SEEDS: how many (2,000). FIRST: the first number (0). SEED: only this one, with its trace. MUTANT: with this seeded bug in every validator.
set -euo pipefail
cd "$(dirname "$0")/.."

what=worlds
[ -n "${SEED:-}" ] && what=one_world
export SEEDS=${SEEDS:-2000} FIRST=${FIRST:-0} SEED=${SEED:-} MUTANT=${MUTANT:-}
exec cargo test --locked --quiet --workspace --test sim -- --ignored --exact --nocapture "command::$what"
