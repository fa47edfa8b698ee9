#!/usr/bin/env bash
# Runs every scenario of examples/ and rewrites its expected reports, simulated runs of those that stream from a drive,
# and the tables of the READMEs.
# Usage: examples/update.sh [PROGRAM [FOLDER...]]
# default: build/release/plimsoll, built by ./dev, and all folders of examples/
set -euo pipefail
export LC_ALL=C.UTF-8

examples=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
program=$(realpath -- "${1:-$examples/../build/release/plimsoll}")
folders=("${@:2}")
if [[ ${#folders[@]} -eq 0 ]]; then folders=("$examples"/*/); fi

for folder in "${folders[@]}"; do
  mkdir -p "$folder/expected"
  for scenario in "$folder"/*.yaml; do
    expected=$folder/expected/$(basename "$scenario" .yaml)
    "$program" report "$scenario" --no-changes --width 80 -o "$expected.txt"
    "$program" report "$scenario" --no-changes --format json -o "$expected.json"
    if grep -q '^  "streaming": {' "$expected.json"; then
      "$program" simulate "$scenario" --width 80 -o "$expected.simulate.txt"
    fi
  done
done
python3 "$examples/tables.py" "$program" "${folders[@]}"
