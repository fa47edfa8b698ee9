#!/usr/bin/env bash
# What profiles do for predictions: the table of doc/calibration.md, of the speeds in hwdb/measurements/own.yaml, predicted
# without and with the profiles of their machines. PLIMSOLL names the program; without it ./dev runs it.
set -euo pipefail
cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."

own=hwdb/measurements/own
given=()
for profile in "$own"/profiles/*.yaml; do given+=(--profile "$profile"); done
predict() { ${PLIMSOLL:-./dev} validate "$own.yaml" --hwdb "$own" --format csv "$@"; }

# Lines "machine metric beside error width inside", sorted by error, so that a group's median is in its middle.
figures() {
  awk -F, -v beside="$1" '
    NR == 1 { for (i = 1; i <= NF; ++i) column[$i] = i; next }
    $column["status"] == "ok" {
      split($column["id"], part, "-")
      measured = $column["measured"]
      error = $column["predicted"] / measured - 1
      low = $column["low"]; high = $column["high"]
      print part[2], ($column["metric"] == "decode_tps" ? "decode" : "prefill"), beside, (error < 0 ? -error : error),
        log(high / low), (low <= measured && measured <= high)
    }' | sort -k4,4g
}

{ predict | figures without; predict "${given[@]}" | figures with; } | awk '
  {
    group = $1 " " $2 " " $3
    errors[group, ++count[group]] = $4
    sum[group] += $4; width[group] += $5; inside[group] += $6
  }
  function median(group, n) {
    n = count[group]
    return n % 2 ? errors[group, (n + 1) / 2] : (errors[group, n / 2] + errors[group, n / 2 + 1]) / 2
  }
  function change(format, scale, before, after) { return sprintf(format, scale * before, scale * after) }
  END {
    print "| machine | figure | points | median error | mean error | width of the interval | within |"
    print "| --- | --- | --- | --- | --- | --- | --- |"
    machines = split("h200 xeon epyc", id)
    split("NVIDIA H200/16 cores of an Intel Xeon/2 cores of an AMD EPYC", name, "/")
    for (m = 1; m <= machines; ++m)
      for (k = 1; k <= 2; ++k) {
        metric = k == 1 ? "decode" : "prefill"
        a = id[m] " " metric " without"; b = id[m] " " metric " with"
        printf "| %s | %s | %d | %s | %s | %s | %s |\n", (k == 1 ? name[m] : ""), metric, count[a],
          change("%.1f → %.1f %%", 100, median(a), median(b)),
          change("%.1f → %.1f %%", 100, sum[a] / count[a], sum[b] / count[b]),
          change("%.2f → %.2f", 1, width[a] / count[a], width[b] / count[b]),
          change("%.0f → %.0f %%", 100, inside[a] / count[a], inside[b] / count[b])
      }
  }'
