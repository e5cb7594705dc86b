#!/usr/bin/env bash
# A private Redis for tests, on 127.0.0.1 and a free port; it keeps nothing.
# Usage: scripts/redis.sh start DIR [PID]   starts it in DIR and prints its address; with PID it stops when that process ends
#        scripts/redis.sh stop DIR          stops it and removes DIR
set -euo pipefail
. "$(dirname "$0")/lent.sh"

[ $# -ge 2 ] || usage
what=$1 dir=$2 pid=${3:-}

if ! command -v redis-server >/dev/null; then
  echo "Redis is missing, and the tests need it: apt-get install redis-server (or brew install redis)" >&2
  exit 1
fi

# Whether our own server, the one whose process is in the file, answers on this port.
answers() {
  [ -s "$dir/pid" ] && redis-cli -h 127.0.0.1 -p "$1" info server 2>/dev/null | grep -q "^process_id:$(cat "$dir/pid")"
}

start() {
  local port
  mkdir -p "$dir"
  for _ in 1 2 3 4 5; do
    port=$(free_port)
    redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no --dir "$dir" --logfile "$dir/log" \
      --pidfile "$dir/pid" --daemonize yes </dev/null >/dev/null
    for _ in {1..50}; do
      if answers "$port"; then
        watch
        echo "redis://127.0.0.1:$port"
        exit 0
      fi
      sleep 0.1
    done
  done
  failed "Redis" "$dir/log"
}

stop() { end_process; }

case $what in
start) start ;;
stop) stop ;;
*) usage ;;
esac
