# What the servers that tests borrow have in common; sourced by redis.sh, s3.sh, postgres.sh and torchwood.sh, which set dir, pid and stop (and by c2sp.sh).

usage() { sed -n 's/^# Usage: //p; s/^#        //p' "$0" >&2; exit 2; }

# A port nobody listens on now. Someone may take it before us: then the start fails, and another is tried.
free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  echo "$port"
}

# Whether a process runs; one that ended and was not collected by its parent does not.
alive() { local state; state=$(ps -o stat= -p "$1") && [[ $state != Z* ]]; }

# Stops the server when the process that asked for it is gone, however it ended; does nothing when none was named.
watch() {
  [ -n "$pid" ] || return 0
  (while alive "$pid"; do sleep 0.5; done; stop) </dev/null >/dev/null 2>&1 &
  disown
}

# Ends the process whose number is in DIR/pid, waits for it, and removes DIR.
end_process() {
  if [ -s "$dir/pid" ]; then
    local server
    server=$(cat "$dir/pid")
    kill "$server" 2>/dev/null || true
    while alive "$server"; do sleep 0.1; done
  fi
  rm -rf "$dir"
}

# Says that the server named $1 did not start, with its log $2.
failed() {
  echo "$1 did not start; its log:" >&2
  cat "$2" >&2
  exit 1
}
