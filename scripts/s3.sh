#!/usr/bin/env bash
# A private S3 server (moto) for tests, on 127.0.0.1 and a free port; it keeps everything in memory.
# Usage: scripts/s3.sh install           sees to it that moto is there, in a folder of the target directory
#        scripts/s3.sh start DIR [PID]   starts it in DIR and prints its address; with PID it stops when that process ends
#        scripts/s3.sh stop DIR          stops it and removes DIR
set -euo pipefail
. "$(dirname "$0")/lent.sh"

version=5.2.5 # of moto, with what its S3 needs and nothing of the many other services it plays

root=$(cd "$(dirname "$0")/.." && pwd)
target=$(cd "$root" && realpath -m "${CARGO_TARGET_DIR:-target}")
tool=$target/moto

# The first who comes installs it; the others wait.
install() {
  mkdir -p "$target"
  (
    flock 9
    [ "$(cat "$tool/version" 2>/dev/null)" = "$version" ] && exit 0
    rm -rf "$tool"
    python3 -m venv "$tool"
    "$tool/bin/pip" install --quiet --disable-pip-version-check "moto[s3]==$version" flask flask-cors
    echo "$version" >"$tool/version"
  ) 9>"$target/moto.lock"
}

start() {
  local port server
  install
  mkdir -p "$dir"
  for _ in 1 2 3; do
    port=$(free_port)
    (cd "$dir" && exec "$tool/bin/python" -m moto.server -H 127.0.0.1 -p "$port") </dev/null >"$dir/log" 2>&1 &
    server=$!
    echo "$server" >"$dir/pid"
    for _ in {1..300}; do
      if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && alive "$server"; then
        watch
        echo "http://127.0.0.1:$port"
        exit 0
      fi
      alive "$server" || break
      sleep 0.1
    done
    kill "$server" 2>/dev/null || true
  done
  failed "The S3 server" "$dir/log"
}

stop() { end_process; }

[ $# -ge 1 ] || usage
what=$1 dir=${2:-} pid=${3:-}
case $what in
install) install ;;
start) [ -n "$dir" ] || usage; start ;;
stop) [ -n "$dir" ] || usage; stop ;;
*) usage ;;
esac
