#!/usr/bin/env bash
# `make run`: from a fresh checkout to a clinic with demo people on http://localhost:8080.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/need.sh rust node cc
scripts/web.sh build
cargo build --release --locked
exec "${CARGO_TARGET_DIR:-target}/release/vaidya" serve --demo
