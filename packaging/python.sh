#!/bin/sh
# Make the virtual environment, or say in one sentence what is missing.
set -eu
python=$1 venv=$2
[ -n "$python" ] || { echo "no Python found: install Python 3.11 (Debian: apt install python3 python3-venv)" >&2; exit 2; }
"$python" - <<'P' || exit 2
import sys
if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(f"need Python 3.11, 3.12 or 3.13, found {sys.version.split()[0]}: run make PYTHON=python3.11")
P
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv" || {
  echo "the module venv is missing: apt install python3-venv" >&2
  exit 2
}
