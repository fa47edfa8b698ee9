#!/usr/bin/env bash
# Renews what README.md and doc pages show of the program's output: a block between `<!-- output of: COMMAND -->` and
# `<!-- end of output -->` is what COMMAND prints now, and one that begins with `<!-- markdown of: COMMAND -->` is the
# Markdown that it prints. Run it after a change of figures or model. tests/validate/shipped_speeds_test.cc compares the
# tables of validation, the test `profile_gain` those of profiles.
#
#   doc/update-readme.sh [--check] [PAGE...]    pages: README.md doc/calibration.md; --check: changes nothing, fails instead
set -euo pipefail
cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."

begin='<!-- output of: '
begin_markdown='<!-- markdown of: '
end='<!-- end of output -->'

# A page with its blocks renewed, to standard output.
renewed_page() {
  local inside=false line command
  while IFS= read -r line; do
    [[ $line != "$end" ]] || inside=false
    $inside || printf '%s\n' "$line"
    if [[ $line == "$begin"*' -->' ]]; then
      inside=true
      command=${line#"$begin"}
      printf '%s\n' '```text'
      bash -o pipefail -c "${command% -->}" </dev/null
      printf '%s\n' '```'
    elif [[ $line == "$begin_markdown"*' -->' ]]; then
      inside=true
      command=${line#"$begin_markdown"}
      printf '\n'
      bash -o pipefail -c "${command% -->}" </dev/null
      printf '\n'
    fi
  done <"$1"
  if $inside; then
    echo "$1: the last block has no '$end'" >&2
    return 1
  fi
}

check=false
if [[ ${1:-} == --check ]]; then
  check=true
  shift
fi
[[ $# -gt 0 ]] || set -- README.md doc/calibration.md
renewed=$(mktemp)
trap 'rm -f "$renewed"' EXIT
for page in "$@"; do
  renewed_page "$page" >"$renewed"
  if $check; then
    diff -u "$page" "$renewed" || { echo "doc/update-readme.sh $page renews it" >&2; exit 1; }
  else
    cat "$renewed" >"$page"
  fi
done
