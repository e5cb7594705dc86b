#!/usr/bin/env bash
# Somebody else's implementation of C2SP's transparency formats (proofbundle, from PyPI), to verify our proofs and to make some for us.
# Usage: scripts/c2sp.sh install        sees to it that it is there, in a folder of the target directory
#        scripts/c2sp.sh judge VECTORS  says of each head and proof in ledger/tests/proof_vectors.json whether it verifies
#        scripts/c2sp.sh make DIR       makes a log in DIR: keys, a policy, heads, proofs
set -euo pipefail
. "$(dirname "$0")/lent.sh"

version=6.3.1 # another version may judge otherwise: it is changed on purpose

root=$(cd "$(dirname "$0")/.." && pwd)
target=$(cd "$root" && realpath -m "${CARGO_TARGET_DIR:-target}")
tool=$target/c2sp

# The first who comes installs it; the others wait.
install() {
  mkdir -p "$target"
  (
    flock 9
    [ "$(cat "$tool/version" 2>/dev/null)" = "$version" ] && exit 0
    rm -rf "$tool"
    python3 -m venv "$tool"
    "$tool/bin/pip" install --quiet --disable-pip-version-check "proofbundle==$version"
    echo "$version" >"$tool/version"
  ) 9>"$target/c2sp.lock"
}

[ $# -ge 1 ] || usage
case $1 in
install) install ;;
judge | make) [ $# = 2 ] || usage; install; exec "$tool/bin/python" "$root/scripts/c2sp.py" "$@" ;;
*) usage ;;
esac
