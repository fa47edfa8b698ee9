#!/usr/bin/env bash
# Builds, checks and times the GPU kernels on a machine that has a GPU, calibrates it, and prints a summary.
#
#   tests/device/run.sh [--full] [FAMILY...]     for example: tests/device/run.sh matrix_vector read
#
# Needs what the engine's GPU library needs to be built: a C++20 compiler and CMake (no CUDA or ROCm
# toolkit; the driver and NVRTC or hiprtc at run time). CHECK_GPU names a program built elsewhere, PLIMSOLL the plimsoll that
# calibrates: without it ./dev builds one. The profile goes to PROFILE, or to build/device/profile.yaml.
# Where nvidia-* Python packages hold the libraries, they are found through python3.
set -euo pipefail

root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../.." && pwd)
build=${BUILD:-$root/build/device}

# The library alone, without the engine: its few dozen files, compiled directly.
build_program() {
  local generated=$build/generated/calibrate/gpu objects=$build/objects
  mkdir -p "$generated" "$objects"
  cmake "-DOUTPUT=$generated/embedded_kernels.h" "-DFOLDER=$root/engine/calibrate" \
    -P "$root/engine/calibrate/gpu/embed_kernels.cmake"
  find "$root/engine/calibrate/gpu" "$root/engine/calibrate/reference" "$root/engine/base/rng.cc" \
    "$root/tests/device/check_gpu.cc" -name '*.cc' -print0 |
    xargs -0 -P "$(nproc)" -I{} sh -c \
      "${CXX:-g++} -std=c++20 -O2 -ffp-contract=off -I'$root/engine' -I'$build/generated' \
        -c '{}' -o '$objects'/\$(basename '{}' .cc)-\$(basename \$(dirname '{}')).o"
  "${CXX:-g++}" -o "$build/check_gpu" "$objects"/*.o -ldl -static-libstdc++ -static-libgcc
}

# Folders of the vendor's libraries that the loader does not know by itself.
library_folders() {
  printf '%s:' /usr/local/cuda/lib64 /opt/rocm/lib
  python3 - 2>/dev/null <<'PYTHON' || true
import glob, os
import nvidia
for folder in nvidia.__path__:
    for library in glob.glob(os.path.join(folder, "*", "lib")):
        print(library, end=":")
PYTHON
}

# Best rate of each family, format and variant, and its share of the best read.
summary() {
  awk '
    $1 == "right" && $5 ~ /B\/s|FLOP\/s/ {
      name = ""
      for (i = 6; i <= NF && $i !~ /=/ && $i != "(error"; ++i) name = name " " $i
      if (!(name in best)) { order[++count] = name; unit[name] = $5 }
      if ($4 + 0 > best[name]) best[name] = $4 + 0
    }
    END {
      for (i = 1; i <= count; ++i) {
        name = order[i]
        share = unit[name] == "GB/s" && best[" read"] > 0 ? sprintf("%5.1f %% of read", 100 * best[name] / best[" read"]) : ""
        printf "%-55s %10.1f %-8s %s\n", name, best[name], unit[name], share
      }
    }' "$1"
}

# As a user would, by the same kernels; compared with the datasheet.
calibrate() {
  local length=--quick backend=cuda profile=${PROFILE:-$build/profile.yaml} program=${PLIMSOLL:-$root/dev}
  [[ " $* " != *" --full "* ]] || length=--full
  [[ ! -e /dev/kfd ]] || backend=hip
  mkdir -p "$(dirname "$profile")"
  "$program" calibrate "$length" --backend "$backend" -o "$profile"
  "$program" calibrate show "$profile"
}

program=${CHECK_GPU:-}
if [[ -z $program ]]; then
  build_program
  program=$build/check_gpu
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
LD_LIBRARY_PATH=$(library_folders)${LD_LIBRARY_PATH:-}
export LD_LIBRARY_PATH
"$program" "$@" | tee "$log" || status=$?
printf '\nCalibration\n'
calibrate "$@" || status=$?
printf '\nBest rates\n'
summary "$log"
exit "$status"
