#!/usr/bin/env bash
# A private Redis for tests, on 127.0.0.1 and a free port; it keeps nothing.
# Usage: scripts/redis.sh start DIR [PID]   starts it in DIR and prints its address; with PID it stops when that process ends
#        scripts/redis.sh stop DIR          stops it and removes DIR
set -euo pipefail

usage() { sed -n 's/^# Usage: //p; s/^#        //p' "$0" >&2; exit 2; }

[ $# -ge 2 ] || usage
what=$1 dir=$2 pid=${3:-}

if ! command -v redis-server >/dev/null; then
  echo "Redis is missing, and the tests need it: apt-get install redis-server (or brew install redis)" >&2
  exit 1
fi

# A port nobody listens on now. Someone may take it before us: then the start fails, and another is tried.
free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  echo "$port"
}

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
        [ -z "$pid" ] || watch
        echo "redis://127.0.0.1:$port"
        exit 0
      fi
      sleep 0.1
    done
  done
  echo "Redis did not start; its log:" >&2
  cat "$dir/log" >&2
  exit 1
}

# Whether a process runs; one that ended and was not collected by its parent does not.
alive() { local state; state=$(ps -o stat= -p "$1") && [[ $state != Z* ]]; }

# Stops the server when the process is gone, however it ended.
watch() {
  (while alive "$pid"; do sleep 0.5; done; stop) </dev/null >/dev/null 2>&1 &
  disown
}

stop() {
  if [ -s "$dir/pid" ]; then
    local server
    server=$(cat "$dir/pid")
    kill "$server" 2>/dev/null || true
    while alive "$server"; do sleep 0.1; done
  fi
  rm -rf "$dir"
}

case $what in
start) start ;;
stop) stop ;;
*) usage ;;
esac
