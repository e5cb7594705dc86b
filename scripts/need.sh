#!/usr/bin/env bash
# Sees to it that what the arguments name is on this machine: installs it where it can (Debian or Ubuntu, as root), else says what to install.
# Usage: scripts/need.sh [rust|node|cc|chromium|firefox|fonts|postgres|redis|smtp|pebble|net|nextest|deny|python]…
set -euo pipefail

packages=() # to install by apt, all at once
crates=()   # to install by cargo
missing=()  # nobody but the reader can install these

has() { command -v "$1" >/dev/null 2>&1; }
any() { local name; for name in "$@"; do has "$name" && return 0; done; return 1; }
file() { compgen -G "$1" >/dev/null; }

# at_least HAVE WANT: whether version HAVE is WANT or later.
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]; }

need_rust() {
  local want have
  want=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$(dirname "$0")/../Cargo.toml" | head -n 1)
  has cargo || { missing+=("Rust $want or later: https://rustup.rs"); return; }
  have=$(rustc --version | cut -d' ' -f2)
  at_least "$have" "$want" || missing+=("Rust $want or later (here is $have): rustup update")
}

need_node() {
  has node && has npm || { missing+=("Node 20.19 or later with npm: https://nodejs.org"); return; }
  at_least "$(node --version | tr -d v)" 20.19 || missing+=("Node 20.19 or later (here is $(node --version)): https://nodejs.org")
}

# A C and C++ compiler and cmake: aws-lc (TLS and SRTP) and SQLite are compiled from source.
need_cc() { any cc gcc clang && any c++ g++ clang++ && has make && has cmake || packages+=(build-essential cmake); }
need_chromium() { any chromium chromium-browser google-chrome || packages+=(chromium); }
need_firefox() { any firefox-esr firefox || packages+=(firefox-esr); }
need_fonts() { file '/usr/share/fonts/truetype/noto/NotoSansDevanagari-Regular*' || packages+=(fonts-noto-core fonts-dejavu-core); }
need_postgres() { has initdb || file '/usr/lib/postgresql/*/bin/initdb' || packages+=(postgresql); }
need_redis() { has redis-server || packages+=(redis-server); }
# A mail server, a certificate authority and other people's TLS for the tests.
need_smtp() { /usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null || packages+=(python3-aiosmtpd); }
need_pebble() { has pebble || packages+=(pebble); has curl || packages+=(curl); has openssl || packages+=(openssl); }
need_net() { has ip && has unshare || packages+=(iproute2 util-linux); }
need_nextest() { has cargo-nextest || crates+=(cargo-nextest); }
need_python() { python3 -c "import venv, ensurepip" 2>/dev/null || packages+=(python3-venv); }
need_deny() { has cargo-deny || crates+=(cargo-deny); }

install_packages() {
  [ ${#packages[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ] || ! has apt-get; then
    missing+=("these packages: sudo apt-get install --no-install-recommends ${packages[*]}")
    return
  fi
  echo "Installing ${packages[*]}"
  DEBIAN_FRONTEND=noninteractive apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
}

install_crates() {
  local crate
  [ ${#crates[@]} -gt 0 ] && has cargo || return 0
  for crate in "${crates[@]}"; do
    echo "Installing $crate (compiles for some minutes, once)"
    cargo install --locked --quiet "$crate"
  done
}

for what in "$@"; do
  declare -F "need_$what" >/dev/null || { echo "need.sh: what is $what?" >&2; exit 2; }
  "need_$what"
done
install_packages
[ ${#missing[@]} -gt 0 ] || install_crates
if [ ${#missing[@]} -gt 0 ]; then
  printf 'Please install:\n' >&2
  printf '  %s\n' "${missing[@]}" >&2
  exit 1
fi
