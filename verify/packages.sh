#!/usr/bin/env bash
# Installs what the tests of this folder need, from Debian's packages, and starts none of the services that come with them. Does
# nothing when all is there. With the argument horizon it is the dashboard and a browser too.
set -euo pipefail
packages=(
  # The clients that the tests drive.
  python3-openstackclient python3-octaviaclient python3-neutronclient python3-barbicanclient openssl
  # The services that the tests run (see docs/testing-real-services.md). neutron-server's program is in python3-neutron.
  mariadb-server python3-pymysql uwsgi-plugin-python3
  # What a cluster of MariaDBs needs.
  galera-4 rsync
  keystone neutron-common python3-neutron barbican-api
  # A database that the tests run their own cluster of.
  postgresql
  heat-api heat-engine python3-heatclient
  # OpenStack's own suite.
  tempest octavia-tempest-plugin
)
[ "${1:-}" != horizon ] || packages+=(openstack-dashboard python3-octavia-dashboard chromium chromium-driver)

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)

# What is put there for the time of the installation, and goes however that ends.
passing=()
leave_nothing() {
  [ ${#passing[@]} -eq 0 ] || "${as_root[@]}" rm -f "${passing[@]}"
  "${as_root[@]}" rmdir --ignore-fail-on-non-empty /etc/postgresql-common/createcluster.d /etc/postgresql-common 2>/dev/null || true
}
trap leave_nothing EXIT

# Debian's packages start their services when they are installed, unless this policy says no; it is asked by invoke-rc.d. A policy
# that the machine already has stays as it is.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  passing+=("$policy")
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
fi

# Debian's PostgreSQL makes a cluster for the machine when it is installed, unless its settings say no.
settings=/etc/postgresql-common/createcluster.d/avi-lbaas.conf
"${as_root[@]}" mkdir -p "${settings%/*}"
passing+=("$settings")
printf 'create_main_cluster = false\n' | "${as_root[@]}" tee "$settings" >/dev/null

echo "installing ${missing[*]}"
begun=$SECONDS
log=$(mktemp)
# The defaults of debconf's questions make no database and no endpoint. dpkg's own caution about a power cut costs minutes.
if ! { "${as_root[@]}" apt-get update -qq &&
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o Dpkg::Options::=--force-unsafe-io -o Dpkg::Use-Pty=0 "${missing[@]}"; } >"$log" 2>&1; then
  cat "$log" >&2
  rm -f "$log"
  exit 1
fi
rm -f "$log"
echo "installed in $((SECONDS - begun)) s"
