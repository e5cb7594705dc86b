#!/usr/bin/env bash
# Debian's torchwood: a witness that cosigns heads of logs, and proofs of files, by those who wrote C2SP's specifications. For tests.
# Usage: scripts/torchwood.sh install                       fetches it into the target directory, unless the machine has it
#        scripts/torchwood.sh start DIR ORIGIN VKEY [PID]   starts a witness of that log in DIR; prints its address and its key
#        scripts/torchwood.sh stop DIR                      stops it and removes DIR
#        scripts/torchwood.sh spicy WORD…                   makes or verifies proofs of files
set -euo pipefail
. "$(dirname "$0")/lent.sh"

root=$(cd "$(dirname "$0")/.." && pwd)
target=$(cd "$root" && realpath -m "${CARGO_TARGET_DIR:-target}")
tool=$target/torchwood
PATH=$PATH:$tool/files/usr/bin

lacks() {
  echo "$1 is missing, and this test needs it: apt-get install torchwood openssh-client curl (Debian 14 or later)" >&2
  exit 1
}

# From the newest Debian, by the mirror this machine uses and checked with the keys it has; only files, nothing is installed.
fetch() {
  local mirror keys=/usr/share/keyrings/debian-archive-keyring.gpg
  mirror=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' | sed -n 's/^Debian //p' | grep -v security | head -n 1) || true
  [ -n "$mirror" ] && [ -e "$keys" ] || lacks torchwood
  rm -rf "$tool"
  mkdir -p "$tool"/{lists,cache/archives,state,files}/partial
  echo "deb [signed-by=$keys] $mirror sid main" >"$tool/sources.list"
  local own=(-qq -o Dir::Etc::sourcelist="$tool/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State="$tool/state" -o APT::Sandbox::User=root
    -o Dir::State::lists="$tool/lists" -o Dir::Cache="$tool/cache" -o Dir::State::status=/dev/null -o Debug::NoLocking=1)
  apt-get "${own[@]}" update
  (cd "$tool" && apt-get "${own[@]}" download torchwood)
  dpkg -x "$tool"/torchwood_*.deb "$tool/files"
  rm -rf "$tool"/{lists,cache,state} "$tool"/*.deb
}

# The first who comes fetches it; the others wait.
install() {
  local name
  mkdir -p "$target"
  (
    flock 9
    command -v litewitness >/dev/null && command -v spicy-torchwood >/dev/null || fetch
  ) 9>"$target/torchwood.lock"
  for name in litewitness witnessctl spicy-torchwood ssh-agent curl; do command -v "$name" >/dev/null || lacks "$name"; done
}

start() {
  local origin=$1 vkey=$2 port witness finger
  install
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
  ssh-keygen -q -t ed25519 -N '' -C witness -f "$dir/key"
  ssh-agent -D -a "$dir/agent" </dev/null >/dev/null 2>&1 &
  echo $! >"$dir/agent.pid"
  for _ in {1..100}; do SSH_AUTH_SOCK=$dir/agent ssh-add -q "$dir/key" 2>/dev/null && break; sleep 0.1; done
  witnessctl add-log -db "$dir/db" -origin "$origin" 2>>"$dir/log"
  witnessctl add-key -db "$dir/db" -origin "$origin" -key "$vkey" 2>>"$dir/log"
  finger=$(ssh-keygen -lf "$dir/key.pub" | cut -d' ' -f2)
  for _ in 1 2 3; do
    port=$(free_port)
    litewitness -db "$dir/db" -name witness.example/w -key "$finger" -ssh-agent "$dir/agent" -listen "127.0.0.1:$port" </dev/null >>"$dir/log" 2>&1 &
    witness=$!
    echo "$witness" >"$dir/pid"
    for _ in {1..300}; do
      if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && alive "$witness"; then
        watch
        echo "http://127.0.0.1:$port"
        grep -o 'vkey=[^ ]*' "$dir/log" | tail -n 1 | cut -d= -f2-
        exit 0
      fi
      alive "$witness" || break
      sleep 0.1
    done
    kill "$witness" 2>/dev/null || true
  done
  failed "The witness" "$dir/log"
}

stop() {
  kill "$(cat "$dir/agent.pid")" 2>/dev/null || true
  end_process
}

[ $# -ge 1 ] || usage
what=$1 dir=${2:-}
case $what in
install) install ;;
start) [ $# -ge 4 ] || usage; pid=${5:-}; start "$3" "$4" ;;
stop) [ $# = 2 ] || usage; stop ;;
spicy) install; shift; exec spicy-torchwood "$@" ;;
*) usage ;;
esac
