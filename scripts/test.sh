#!/usr/bin/env bash
# `make test`: named steps in order, the first that fails ends it; then how long each took, on screen and in target/test-times.json.
# Usage: scripts/test.sh [STEP]…   (without names: all of them)
set -uo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}
logs=$target/test-logs
mkdir -p "$logs"

# One profile and one set of features for everything, so that what one step compiled the next one finds: tests need more features
# of some packages, so whatever compiles is told to count the tests (--all-targets, and --examples where that is not to be had).
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-auto}

steps=(tools fmt web types units size clippy clinic build doc deny rust doctests api browsers)

run_tools() { scripts/need.sh rust node cc chromium firefox fonts postgres redis smtp pebble net nextest deny python && scripts/web.sh install && scripts/s3.sh install && scripts/c2sp.sh install; }
run_fmt() { cargo fmt --all --check; }
run_web() { scripts/web.sh build; }
run_types() { npm --prefix static run --silent check; }
run_units() { npm --prefix static run --silent test; }
run_size() { npm --prefix static run --silent size; }
run_clippy() { cargo clippy --locked --workspace --all-targets -- -D warnings; }
run_clinic() { cargo check --locked -p vaidya-clinic; }
run_build() { cargo build --locked --workspace --all-targets; }
run_doc() { RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --lib --examples; }
run_deny() { cargo deny --log-level error --locked check bans licenses sources; }
run_rust() { cargo nextest run --locked --workspace --no-fail-fast; }
run_api() { scripts/schemathesis.sh; }
run_doctests() { cargo test --locked --workspace --doc; }
run_browsers() { scripts/browsers.sh; }

names=() seconds=() results=()
started=$SECONDS

step() {
  local began=$EPOCHREALTIME status
  printf '\n=== %s\n' "$1"
  "run_$1" 2>&1 | tee "$logs/$1.log"
  status=${PIPESTATUS[0]}
  names+=("$1")
  seconds+=("$(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }')")
  results+=("$([ "$status" = 0 ] && echo passed || echo FAILED)")
  return "$status"
}

# How many tests the steps that ran say they passed, or failed: cargo's, nextest's and node's own summaries.
count() {
  local name
  for name in "${names[@]}"; do cat "$logs/$name.log"; done | sed 's/\x1b\[[0-9;]*m//g' | awk -v want="$1" '
    /^ *Summary \[/ || /^test result:/ {
      for (i = 2; i <= NF; i++) if ($i ~ "^" want "[,;]?$") sum += $(i - 1)
    }
    $1 ~ /^(#|ℹ)$/ && $2 == substr(want, 1, 4) { sum += $3 }
    END { print sum + 0 }'
}

table() {
  local i total=$((SECONDS - started)) passed failed
  printf '\n%-10s %8s\n' step seconds
  for i in "${!names[@]}"; do printf '%-10s %8s  %s\n' "${names[i]}" "${seconds[i]}" "${results[i]}"; done
  printf '%-10s %8s\n' total "$total"
  {
    printf '{"finished":"%s","total":%s,"steps":[' "$(date -u +%FT%TZ)" "$total"
    for i in "${!names[@]}"; do
      printf '%s{"step":"%s","seconds":%s,"result":"%s"}' "$([ "$i" = 0 ] || echo ,)" "${names[i]}" "${seconds[i]}" "${results[i]}"
    done
    printf ']}\n'
  } >"$target/test-times.json"
  passed=$(count passed) failed=$(count failed)
  [ "$failed" = 0 ] && [ "$1" != 0 ] && failed=1 # a step without tests of its own failed
  printf '%s passed, %s failed\n' "$passed" "$failed"
}

status=0
for name in "${@:-${steps[@]}}"; do
  declare -F "run_$name" >/dev/null || { echo "test.sh: no step $name; there are: ${steps[*]}" >&2; exit 2; }
  step "$name" || { status=$?; break; }
done
table "$status"
exit "$status"
