#!/usr/bin/env bash
# `make soak`: what takes longer than a test should. The API asked a few hundred times per operation and role.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --locked
scripts/schemathesis.sh "${1:-200}"
