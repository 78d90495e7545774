#!/bin/sh
# Run the whole suite: everything side by side first, then what measures time, alone.
set -eu
bin=$1 workers=$2
export QT_QPA_PLATFORM="${QT_QPA_PLATFORM:-offscreen}"
"$bin/python" -m pytest -q -n "$workers" --dist loadfile -m "not load"
"$bin/python" -m pytest -q -n 0 -m load
