#!/usr/bin/env bash
# Renews what README.md shows of the program's output: a block between `<!-- output of: COMMAND -->` and
# `<!-- end of output -->` is what COMMAND prints now, and one that begins with `<!-- markdown of: COMMAND -->` is the
# Markdown that it prints. Run it after a change of figures or model. tests/validate/shipped_speeds_test.cc compares the
# tables of validation.
set -euo pipefail
cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."

begin='<!-- output of: '
begin_markdown='<!-- markdown of: '
end='<!-- end of output -->'

renewed=$(mktemp README.md.XXXXXX)
trap 'rm -f "$renewed"' EXIT
inside=false
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
done <README.md >"$renewed"
if $inside; then
  echo "README.md: the last block has no '$end'" >&2
  exit 1
fi
chmod --reference=README.md "$renewed"
mv "$renewed" README.md
