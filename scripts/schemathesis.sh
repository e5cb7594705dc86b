#!/usr/bin/env bash
# What the API says of itself against what it does: schemathesis asks a real server everything its OpenAPI document tells of, as
# a stranger and in several roles. A failure of the server (5xx) or an answer that is not told of ends it.
# Usage: scripts/schemathesis.sh [EXAMPLES]   (of each operation and role; 1 by default)
set -euo pipefail
cd "$(dirname "$0")/.."

examples=${1:-1}
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
tool=$target/schemathesis
version=4.32.5 # another version finds other things: it is changed on purpose
vaidya=${VAIDYA:-$target/debug/vaidya}

if [ "$("$tool/bin/schemathesis" --version 2>/dev/null)" != "schemathesis, version $version" ]; then
  python3 -m venv "$tool"
  "$tool/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$version"
fi

data=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$data"' EXIT
env -u VAIDYA VAIDYA_DATA="$data" VAIDYA_HTTP=127.0.0.1:0 VAIDYA_MEDIA=0 VAIDYA_PUBLIC_IP=127.0.0.1 VAIDYA_LOG=warn \
  "$vaidya" serve --demo >"$data/said" 2>"$data/log" &
server=$!
for _ in $(seq 300); do
  grep -q '^Ready: ' "$data/said" && break
  kill -0 "$server" || { cat "$data/said" "$data/log" >&2; exit 1; }
  sleep 0.1
done
url=$(grep -o 'http://[a-z0-9.]*:[0-9]*' "$data/said" | tail -n 1)

# Operations that end or change the session with which one asks; strangers ask them.
ends='/(logout.*|me/(lock|unlock|password|totp.*|organisation|fresh)|login.*|me/sessions/\{id\}|people/\{id\}/(disable|password)|people/\{id\}|register/.*|reset/.*|setup|invites/\{code\}/accept)$'

ask() ( # ask WHO COOKIE [OPTION]…
  local who=$1 cookie=$2
  shift 2
  echo "--- $who"
  # In a folder of its own: it keeps notes of what it found where it runs.
  cd "$data" && "$tool/bin/schemathesis" run "$url/api/openapi.json" --url "$url/api/v1" --no-color --max-failures 20 \
    --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
    --phases examples,coverage,fuzzing --max-examples "$examples" --seed 7 --generation-database none \
    --request-timeout 20 --workers 1 --suppress-health-check all \
    --header "Origin: $url" --header 'Content-Type: application/json' ${cookie:+--header "Cookie: $cookie"} "$@"
)

# The session of a demo person.
session() {
  curl --silent --show-error --fail --output /dev/null --dump-header - --header "Origin: $url" --header 'Content-Type: application/json' \
    --data "{\"login\":\"$1\",\"password\":\"$2\"}" "$url/api/v1/login" | sed -n 's/^[Ss]et-[Cc]ookie: \(__Host-vaidya=[^;]*\).*/\1/p'
}

# Before strangers try so much that nobody gets in from this address for a while.
patient=$(session p001 patient123) doctor=$(session d001 doctor123) desk=$(session r001 reception123) admin=$(session a001 admin123)
failed=0
ask stranger '' || failed=1
ask patient "$patient" --exclude-path-regex "$ends" || failed=1
ask doctor "$doctor" --exclude-path-regex "$ends" || failed=1
ask desk "$desk" --exclude-path-regex "$ends" || failed=1
ask admin "$admin" --exclude-path-regex "$ends" || failed=1
[ "$failed" = 0 ] || exit 1
# What is no HTTP at all is the HTTP library's own complaint.
if grep -E 'ERROR|panicked' "$data/log" | grep -v 'actix_http::.*request parse error'; then
  echo "the server said this while it was asked" >&2
  exit 1
fi
