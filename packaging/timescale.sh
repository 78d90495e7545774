#!/bin/sh
# Start or stop a PostgreSQL with TimescaleDB (Apache edition) and pgvector from Debian's packages,
# in a folder of its own. `start` prints its URL, or nothing where we may not make such a folder.
# usage: timescale.sh start|stop FOLDER [PORT]
set -eu
verb=$1 folder=$2 port=${3:-54391}
suite=trixie
run() {
  chroot --userspec=postgres:postgres "$folder/root" \
    env -i PATH=/usr/lib/postgresql/17/bin:/usr/bin:/bin LC_ALL=C "$@"
}
if [ "$verb" = stop ]; then
  [ -f "$folder/root/data/postmaster.pid" ] || exit 0
  run pg_ctl -D /data -m fast -w stop >/dev/null
  exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null 2>&1; then
  echo "TimescaleDB is left out: it needs root and debootstrap" >&2
  exit 0
fi
if [ ! -f "$folder/complete" ]; then
  echo "fetching PostgreSQL with TimescaleDB from Debian ..." >&2
  mkdir -p "$folder"
  if ! debootstrap --variant=minbase \
    --include=postgresql-17,postgresql-17-timescaledb,postgresql-17-pgvector \
    "$suite" "$folder/root" >"$folder/log" 2>&1; then
    echo "TimescaleDB is left out: debootstrap failed, see $folder/log" >&2
    exit 0
  fi
  mkdir -p "$folder/root/data"
  chroot "$folder/root" chown postgres:postgres /data
  run initdb -D /data -A trust -U fks --no-locale -E UTF8 >/dev/null
  # Only for tests: nothing here has to outlive a power cut.
  cat >>"$folder/root/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = ''
shared_preload_libraries = 'timescaledb'
dynamic_shared_memory_type = mmap
timescaledb.telemetry_level = off
max_connections = 100
shared_buffers = 64MB
fsync = off
jit = off
CONF
  touch "$folder/complete"
fi
run pg_ctl -D /data status >/dev/null 2>&1 || run pg_ctl -D /data -w -l /data/log start >/dev/null
echo "postgresql://fks@127.0.0.1:$port/postgres"
