#!/usr/bin/env bash
# Runs every scenario of examples/ and rewrites its expected reports and the tables of the READMEs.
# Usage: examples/update.sh [PROGRAM]     default: build/release/plimsoll, built by ./dev
set -euo pipefail
export LC_ALL=C.UTF-8

examples=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
program=$(realpath -- "${1:-$examples/../build/release/plimsoll}")

for scenario in "$examples"/*/*.yaml; do
  expected=$(dirname "$scenario")/expected/$(basename "$scenario" .yaml)
  mkdir -p "$(dirname "$expected")"
  "$program" report "$scenario" --no-changes --width 80 -o "$expected.txt"
  "$program" report "$scenario" --no-changes --format json -o "$expected.json"
done
python3 "$examples/tables.py" "$program"
