#!/usr/bin/env bash
# `make bench`: the figures we are willing to be held to, measured here and now on the release build.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/need.sh rust node cc chromium fonts
scripts/web.sh build
cargo build --release --locked
echo
(cd static && node --import tsx tests/e2e/bench.ts)
echo
# Seven minutes of these are an upload on a line of 1 Mbit/s.
(cd static && node --import tsx tests/e2e/bench-records.ts)
echo
npm --prefix static run --silent size
echo
times=${CARGO_TARGET_DIR:-target}/test-times.json
if [ -f "$times" ]; then
  echo
  node -e '
    const { finished, total, steps } = JSON.parse(require("node:fs").readFileSync(process.argv[1], "utf8"));
    console.log(`make test of ${finished}: ${total} s`);
    for (const { step, seconds, result } of steps) console.log(`  ${step.padEnd(10)} ${String(seconds).padStart(8)} s  ${result}`);
  ' "$times"
else
  echo "no make test yet: its times come with it"
fi
echo
PROGRAM_UNDER_TEST=$(realpath "${CARGO_TARGET_DIR:-target}/release/vaidya") \
  cargo test --locked --quiet --workspace --test house -- --ignored --nocapture clinic_key:: | grep "clinic's key"
echo
PROGRAM_UNDER_TEST=$(realpath "${CARGO_TARGET_DIR:-target}/release/vaidya") \
  cargo test --locked --quiet --workspace --test house -- --ignored --nocapture shelf:: | grep '^list of'
echo
# Last, because it ends with an error when a right password waits too long.
PROGRAM_UNDER_TEST=$(realpath "${CARGO_TARGET_DIR:-target}/release/vaidya") \
  cargo test --locked --quiet --workspace --test house -- --ignored --nocapture storm:: | grep -A 4 'login storm'
