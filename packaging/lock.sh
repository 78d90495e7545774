#!/bin/sh
# Resolve every dependency anew for all systems and write constraints.txt.
# torch is written by hand: its newest build brings gigabytes of GPU libraries.
set -eu
cd "$(dirname "$0")/.."
torch=torch==2.13.0
echo "$torch" >.torch-pin
trap 'rm -f .torch-pin' EXIT
uv pip compile --universal --python-version 3.11 --all-extras \
  --no-annotate --no-header --override .torch-pin pyproject.toml |
  grep -vE '^(cuda-|nvidia-|triton|torch==)' >constraints.body
{
  echo "# Every version the desk is built and tested with; written by packaging/lock.sh."
  echo "$torch"
  cat constraints.body
} >constraints.txt
rm -f constraints.body
