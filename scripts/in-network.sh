#!/bin/sh
# Runs a command in a network of its own: loopback, the address 10.99.0.1 on a cable to nowhere, and a default route over it.
# Firefox needs that much to gather candidates, and no packet of a test leaves the machine. It is gone when the command ends.
# Usage: scripts/in-network.sh COMMAND…
set -eu

if [ "${IN_NETWORK:-}" != 1 ]; then
  # Whoever is not root is root in a namespace of users of their own.
  if [ "$(id -u)" = 0 ]; then set -- --net "$0" "$@"; else set -- --net --map-root-user "$0" "$@"; fi
  IN_NETWORK=1 exec unshare "$@"
fi

ip link set lo up
ip link add seat type veth peer name wall
ip address add 10.99.0.1/24 dev seat
ip link set seat up
ip link set wall up
ip route add default via 10.99.0.2 dev seat
exec "$@"
