#include "calibrate/cpu/amx_product.h"

#include <algorithm>

// Intrinsics of the tile registers: g++ 11, clang 12.
#if defined(__x86_64__) && defined(__linux__) && (defined(__clang__) || __GNUC__ >= 11)
#define PLIMSOLL_AMX 1
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#else
#define PLIMSOLL_AMX 0
#endif

namespace plimsoll::calibrate::cpu {
namespace {

#if PLIMSOLL_AMX

#define PLIMSOLL_WITH_TILES __attribute__((target("amx-tile,amx-bf16")))

// Intel's Software Developer's Manual, LDTILECFG: all eight tiles of 16 rows of 64 bytes.
struct TileConfiguration {
  std::uint8_t palette = 1;
  std::uint8_t start_row = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

constexpr std::int64_t group_row_bytes = 64;  // 16 tokens of two bf16
constexpr std::int64_t sums_row_bytes = 4 * amx_block;

// Of static storage: the intrinsic of g++ 12 tells the compiler of its first eight bytes only, and
// what a local variable holds beyond them is then never stored.
constexpr TileConfiguration configuration;

PLIMSOLL_WITH_TILES void configure() {
  _tile_loadconfig(&configuration);
}

PLIMSOLL_WITH_TILES void release() {
  _tile_release();
}

// Tiles 0 to 3 are the sums, 4 and 5 the weights, 6 and 7 the tokens.
PLIMSOLL_WITH_TILES void clear() {
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
}

PLIMSOLL_WITH_TILES void add(const std::uint8_t* weights, std::int64_t row_bytes,
                             const std::uint16_t* first, const std::uint16_t* second) {
  const std::uint8_t* lower = weights + amx_tile * row_bytes;
  _tile_loadd(4, weights, row_bytes);
  _tile_loadd(5, lower, row_bytes);
  _tile_loadd(6, first, group_row_bytes);
  _tile_loadd(7, second, group_row_bytes);
  _tile_dpbf16ps(0, 4, 6);
  _tile_dpbf16ps(1, 4, 7);
  _tile_dpbf16ps(2, 5, 6);
  _tile_dpbf16ps(3, 5, 7);
}

PLIMSOLL_WITH_TILES void store(float* sums) {
  float* lower = sums + amx_tile * amx_block;
  _tile_stored(0, sums, sums_row_bytes);
  _tile_stored(1, sums + amx_tile, sums_row_bytes);
  _tile_stored(2, lower, sums_row_bytes);
  _tile_stored(3, lower + amx_tile, sums_row_bytes);
}

// CPUID leaf 7: EDX bit 24 is AMX-TILE, bit 22 AMX-BF16. Linux 5.16 and later hand the registers'
// state (component 18) out to who asks with ARCH_REQ_XCOMP_PERM.
bool has_tiles() {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return false;
  constexpr unsigned wanted = 1U << 24U | 1U << 22U;
  constexpr long arch_req_xcomp_perm = 0x1023;
  constexpr long tile_data = 18;
  return (d & wanted) == wanted && syscall(SYS_arch_prctl, arch_req_xcomp_perm, tile_data) == 0;
}

#endif

}  // namespace

const TileUnit* amx_unit() {
#if PLIMSOLL_AMX
  static constexpr TileUnit unit{configure, release, clear, add, store};
  static const bool there = has_tiles();
  return there ? &unit : nullptr;
#else
  return nullptr;
#endif
}

void multiply_tiles(const TileUnit& unit, const PackedTokens& x, const TileProduct& product) {
  const std::int64_t row_bytes = 2 * x.columns();
  std::vector<float> sums(amx_block * amx_block);
  unit.configure();
  for (std::int64_t row = product.first; row < product.last; row += amx_block) {
    for (std::int64_t block = 0; block < x.blocks(); ++block) {
      unit.clear();
      for (std::int64_t column = 0; column < x.columns(); column += amx_block) {
        unit.add(product.weights + row * row_bytes + 2 * column, row_bytes,
                 x.group(2 * block, column), x.group(2 * block + 1, column));
      }
      unit.store(sums.data());
      const std::int64_t first = block * amx_block;
      const std::int64_t count = std::min(amx_block, product.tokens - first);
      for (std::int64_t token = 0; token < count; ++token) {
        float* y = product.y + (first + token) * product.rows + row;
        for (std::int64_t i = 0; i < amx_block; ++i) {
          y[i] = sums[static_cast<std::size_t>(i * amx_block + token)];
        }
      }
    }
  }
  unit.release();
}

}  // namespace plimsoll::calibrate::cpu
