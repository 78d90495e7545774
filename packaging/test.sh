#!/bin/sh
# Run the whole suite: everything side by side, then what measures time, alone; then the storage
# tests once more on a real TimescaleDB, where this machine lets us have one.
set -eu
bin=$1 workers=$2
export QT_QPA_PLATFORM="${QT_QPA_PLATFORM:-offscreen}"
"$bin/python" -m pytest -q -n "$workers" --dist loadfile -m "not load"
"$bin/python" -m pytest -q -n 0 -m load
if [ -z "${FKS_TEST_TIMESCALE_URL:-}" ]; then
  folder=${FKS_TIMESCALE_FOLDER:-/var/tmp/fks-timescale}
  # A machine that forbids it, a container for instance, runs the rest all the same.
  FKS_TEST_TIMESCALE_URL=$(sh packaging/timescale.sh start "$folder") || FKS_TEST_TIMESCALE_URL=""
  export FKS_TEST_TIMESCALE_URL
  trap 'sh packaging/timescale.sh stop "$folder"' EXIT
fi
if [ -z "$FKS_TEST_TIMESCALE_URL" ]; then
  echo "the storage tests were not repeated on TimescaleDB: no server could be started"
  exit 0
fi
echo "the storage tests again, on TimescaleDB"
set --
for name in candles console database migrate moving policies rollups tables; do
  set -- "$@" "tests/adapters/storage/test_$name.py"
done
"$bin/python" -m pytest -q -n "$workers" --dist loadfile "$@"
