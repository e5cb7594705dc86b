#!/usr/bin/env bash
# A private PostgreSQL for tests, on 127.0.0.1 and a free port; it keeps nothing.
# Usage: scripts/postgres.sh start DIR [PID]   starts it in DIR and prints its address; with PID it stops when that process ends
#        scripts/postgres.sh stop DIR          stops it and removes DIR
set -euo pipefail
. "$(dirname "$0")/lent.sh"

[ $# -ge 2 ] || usage
what=$1 dir=$2 pid=${3:-}
data=$dir/cluster/data

bin=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1) || true
[ -n "$bin" ] || bin=$(dirname "$(command -v initdb || echo /nowhere/initdb)")
if [ ! -x "$bin/initdb" ]; then
  echo "PostgreSQL's server is missing, and the tests need it: apt-get install postgresql (or brew install postgresql)" >&2
  exit 1
fi

# PostgreSQL refuses to be run by root; Debian's package brings a user for it.
as_owner() { if [ "$EUID" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi; }

make() {
  mkdir -p "$dir/cluster"
  chmod 755 "$dir"
  [ "$EUID" != 0 ] || chown postgres "$dir/cluster"
  as_owner "$bin/initdb" -D "$data" -U postgres --auth=trust --encoding=UTF8 --no-locale --no-sync >"$dir/initdb.log" 2>&1 ||
    { cat "$dir/initdb.log" >&2; exit 1; }
}

start() {
  local port options
  make
  for _ in 1 2 3 4 5; do
    port=$(free_port)
    options="-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories= -c max_connections=400 -c fsync=off"
    if as_owner "$bin/pg_ctl" -D "$data" -l "$dir/cluster/log" -w -t 60 -o "$options" start </dev/null >/dev/null 2>&1; then
      watch
      echo "postgres://postgres@127.0.0.1:$port/postgres"
      exit 0
    fi
  done
  failed "PostgreSQL" "$dir/cluster/log"
}

stop() {
  if [ -f "$data/postmaster.pid" ]; then
    as_owner "$bin/pg_ctl" -D "$data" -m immediate -w stop >/dev/null
  fi
  rm -rf "$dir"
}

case $what in
start) start ;;
stop) stop ;;
*) usage ;;
esac
