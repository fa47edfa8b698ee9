#include "lint/architectures.h"

#include <algorithm>
#include <array>

namespace plimsoll {

namespace {

constexpr UnitKind gpu = UnitKind::gpu;
constexpr UnitKind cpu = UnitKind::cpu;

constexpr auto widths = std::to_array<CoreWidth>({
    // FP32 lanes of an SM times 2: tables of NVIDIA's whitepapers on Kepler GK110/210 (192),
    // Maxwell (128), Pascal GP100 (64) and GeForce GTX 1080 (128), Volta GV100 (64), Turing (64),
    // Ampere A100 (64) and GA102 (128), Ada (128), Hopper H100 (128), Blackwell RTX (128).
    {"kepler", gpu, 384.0},
    {"maxwell", gpu, 256.0},
    {"pascal", gpu, 128.0, 256.0},
    {"volta", gpu, 128.0},
    {"turing", gpu, 128.0},
    {"ampere", gpu, 128.0, 256.0},
    {"ada", gpu, 256.0},
    {"hopper", gpu, 256.0},
    {"blackwell*", gpu, 256.0},
    // 64 lanes of a CU times 2: AMD's GCN, Vega, RDNA and RDNA 2 whitepapers. gfx94x and gfx950
    // issue two (CDNA 3 and 4 whitepapers, "FLOPS/clock/CU" of vector FP32: 256). Cards of RDNA 3
    // and 4 are sold with dual issue counted (RDNA 3 ISA guide, VOPD); their APUs' rates in our
    // files are without it.
    {"gfx803", gpu, 128.0},
    {"gfx90*", gpu, 128.0, 256.0},
    {"gfx103*", gpu, 128.0},
    {"gfx94*", gpu, 256.0},
    {"gfx950", gpu, 256.0},
    {"gfx110*", gpu, 256.0, 128.0},
    {"gfx115*", gpu, 128.0, 256.0},
    {"gfx120*", gpu, 256.0},
    // 128 lanes of a GPU core times 2 (D. Johnson, "Apple G13 GPU architecture reference",
    // dougallj.github.io/applegpu; Apple's own 2.6 TFLOP/s of the M1 are 8 x 1.278 GHz x 256).
    {"apple-*", gpu, 256.0},
    // An Xe core: 16 vector engines of 8 lanes (Xe-HPG) or 8 of 16 (Xe2), times 2: Intel's oneAPI
    // GPU optimization guide, "Intel Xe GPU architecture".
    {"xe-hpg", gpu, 256.0},
    {"xe2-hpg", gpu, 256.0},
    {"lunar-lake", gpu, 256.0},
    // Multiply-add lanes times pipes times 2 of the widest vector unit: two 128-bit (Arm Cortex-A7x
    // optimization guides; one in the A72), four 128-bit in Apple's and Qualcomm's wide cores (D.
    // Johnson, "Firestorm overview"; Qualcomm, Hot Chips 2024), two 256-bit (AMD's optimization
    // guides for families 17h and 19h; Intel's optimization manual), two 512-bit (AMD's guide for
    // family 1Ah; Intel's manual for Skylake-SP and later).
    {"apple-*", cpu, 32.0},
    {"oryon", cpu, 32.0},
    {"cortex-a72", cpu, 8.0},
    {"cortex-a76", cpu, 16.0},
    {"cortex-a720", cpu, 16.0},
    {"ampereone", cpu, 16.0},
    {"penryn", cpu, 8.0},
    {"gracemont", cpu, 16.0},
    {"broadwell-ep", cpu, 32.0},
    {"raptor-lake", cpu, 32.0},
    {"arrow-lake", cpu, 32.0},
    {"zen2", cpu, 32.0},
    {"zen3", cpu, 32.0},
    {"zen4*", cpu, 32.0},
    {"zen5*", cpu, 64.0},
    {"skylake-sp", cpu, 64.0},
    {"sapphire-rapids", cpu, 64.0},
    {"emerald-rapids", cpu, 64.0},
    {"granite-rapids", cpu, 64.0},
});

bool matches(std::string_view pattern, std::string_view architecture) {
  if (!pattern.ends_with('*')) return pattern == architecture;
  return architecture.starts_with(pattern.substr(0, pattern.size() - 1));
}

}  // namespace

const CoreWidth* find_core_width(std::string_view architecture, UnitKind unit) {
  const auto found = std::find_if(widths.begin(), widths.end(), [&](const CoreWidth& width) {
    return width.unit == unit && matches(width.architecture, architecture);
  });
  return found == widths.end() ? nullptr : &*found;
}

}  // namespace plimsoll
