#include "calibrate/cpu/amx_product.h"

#include <algorithm>
#include <bit>

#include "calibrate/cpu/amx_processor.h"
#include "calibrate/cpu/matrix_operations.h"

namespace plimsoll::calibrate::cpu {
namespace {

constexpr std::int64_t weights_row_bytes = 2 * amx_block;

#if PLIMSOLL_AMX

#define PLIMSOLL_WITH_TILES __attribute__((target("amx-tile,amx-bf16")))

constexpr std::int64_t group_row_bytes = 64;  // 16 tokens of two bf16
constexpr std::int64_t sums_row_bytes = 4 * amx_block;

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

PLIMSOLL_WITH_TILES void add(const std::uint16_t* weights, const std::uint16_t* first,
                             const std::uint16_t* second) {
  const std::uint16_t* lower = weights + amx_tile * amx_block;
  _tile_loadd(4, weights, weights_row_bytes);
  _tile_loadd(5, lower, weights_row_bytes);
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

#endif

std::uint16_t to_bf16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<std::uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

// 32 rows: 32 columns of all of them, then the next. Rows that lie a power of two apart would fall
// into the same few lines of the first cache.
void order_block(const std::uint8_t* rows, std::int64_t columns, std::uint16_t* out) {
  for (std::int64_t row = 0; row < amx_block; ++row) {
    for (std::int64_t column = 0; column < columns; column += amx_block) {
      std::memcpy(out + column * amx_block + row * amx_block, rows + 2 * (row * columns + column),
                  weights_row_bytes);
    }
  }
}

// 32 rows, in that order, with 32 tokens.
void multiply_block(const TileUnit& unit, const std::uint16_t* weights, const PackedTokens& x,
                    std::int64_t block, std::int64_t row, const TileProduct& product) {
  alignas(64) float sums[amx_block * amx_block];
  unit.clear();
  for (std::int64_t column = 0; column < x.columns(); column += amx_block) {
    unit.add(weights + column * amx_block, x.group(2 * block, column),
             x.group(2 * block + 1, column));
  }
  unit.store(sums);
  put_block(sums, block, row, product);
}

}  // namespace

const TileUnit* amx_unit() {
#if PLIMSOLL_AMX
  static constexpr TileUnit unit{configure, release, clear, add, store};
  static const bool there = processor_has_tiles(TileNumbers::bf16);
  return there ? &unit : nullptr;
#else
  return nullptr;
#endif
}

void put_block(const float* sums, std::int64_t block, std::int64_t row,
               const TileProduct& product) {
  const std::int64_t first = block * amx_block;
  const std::int64_t count = std::min(amx_block, product.tokens - first);
  for (std::int64_t token = 0; token < count; ++token) {
    float* y = product.y + (first + token) * product.rows + row;
    for (std::int64_t i = 0; i < amx_block; ++i) y[i] = sums[i * amx_block + token];
  }
}

void PackedTokens::set(std::int64_t token, const float* values) {
  std::uint16_t* at =
      values_.data() + token / amx_tile * columns_ * amx_tile + token % amx_tile * 2;
  for (std::int64_t column = 0; column < columns_; column += 2, at += 2 * amx_tile) {
    at[0] = to_bf16(values[column]);
    at[1] = to_bf16(values[column + 1]);
  }
}

void multiply_tiles(const TileUnit& unit, const PackedTokens& x, const TileProduct& product) {
  const std::int64_t block_bytes = 2 * amx_block * x.columns();
  const std::int64_t strip_rows =
      std::max<std::int64_t>(1, amx_strip_bytes / block_bytes) * amx_block;
  auto* strip = reinterpret_cast<std::uint16_t*>(panel_memory(2 * strip_rows * x.columns()));
  unit.configure();
  for (std::int64_t first = product.first; first < product.last; first += strip_rows) {
    const std::int64_t last = std::min(product.last, first + strip_rows);
    for (std::int64_t row = first; row < last; row += amx_block) {
      order_block(product.weights + 2 * row * x.columns(), x.columns(),
                  strip + (row - first) * x.columns());
    }
    for (std::int64_t block = 0; block < x.blocks(); ++block) {
      for (std::int64_t row = first; row < last; row += amx_block) {
        multiply_block(unit, strip + (row - first) * x.columns(), x, block, row, product);
      }
    }
  }
  unit.release();
}

}  // namespace plimsoll::calibrate::cpu
