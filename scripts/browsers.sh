#!/usr/bin/env bash
# The browser tests against the debug build: Chromium on this machine's network, then Firefox in one of its own.
# Usage: scripts/browsers.sh [FILE]…   (files in static/tests/e2e, without them all)
set -euo pipefail
cd "$(dirname "$0")/../static"

node=(node --import tsx --test --test-reporter=spec --test-concurrency=1 --test-timeout=600000)

[ $# -gt 0 ] || set -- tests/e2e/*.test.ts
plain=() own=()
for file in "$@"; do
  case "$file" in
    *firefox.test.ts) own+=("$file") ;;
    *) plain+=("$file") ;;
  esac
done
status=0
[ ${#plain[@]} -eq 0 ] || "${node[@]}" "${plain[@]}" || status=$?
[ ${#own[@]} -eq 0 ] || ../scripts/in-network.sh "${node[@]}" "${own[@]}" || status=$?
exit "$status"
