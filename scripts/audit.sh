#!/usr/bin/env bash
# `make audit`: known vulnerabilities in what Cargo.lock names, after deny.toml's exceptions.
# The database is fetched, or read from a copy of it: the folder ADVISORY_DB, or ../shared/advisory-db when that is there.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/need.sh rust deny
copy=${ADVISORY_DB:-}
if [ -z "$copy" ] && [ -d ../shared/advisory-db ]; then copy=../shared/advisory-db; fi
[ -n "$copy" ] || exec cargo deny --locked check advisories
[ -d "$copy/crates" ] || { echo "audit: $copy is not a copy of the RustSec database: it has no crates/" >&2; exit 2; }

# cargo-deny reads the database only through git: make the copy a repository, and let git take it for the address.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r --no-preserve=mode,ownership "$copy/." "$work/source"
git -C "$work/source" init --quiet --initial-branch main
git -C "$work/source" add --all
git -C "$work/source" -c user.name=audit -c user.email=audit@localhost -c commit.gpgsign=false commit --quiet --message copy
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="url.file://$work/source.insteadOf" GIT_CONFIG_VALUE_0="https://github.com/RustSec/advisory-db"
sed "/^\[advisories\]/a db-path = \"$work/fetched\"" deny.toml >"$work/deny.toml"
echo "Advisories from $copy"
cargo deny --locked --config "$work/deny.toml" check advisories
