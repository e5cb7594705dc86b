#!/usr/bin/env bash
# Installs what the web app is made of when its lock file is newer than what is there, and builds static/dist.
# Usage: scripts/web.sh [install|build]; build installs first.
set -euo pipefail
cd "$(dirname "$0")/../static"

install() {
  [ node_modules/.package-lock.json -nt package-lock.json ] && return 0
  npm ci --no-fund --no-audit --loglevel=error
}

case "${1:-build}" in
  install) install ;;
  build) install && npm run --silent build ;;
  *) echo "web.sh: install or build" >&2; exit 2 ;;
esac
