#include "calibrate/cpu/amx_byte_product.h"

#include <algorithm>

#include "base/ceil_div.h"
#include "calibrate/cpu/amx_processor.h"
#include "calibrate/reference/floating_point.h"

namespace plimsoll::calibrate::cpu {
namespace {
namespace byte_tiles {

#if PLIMSOLL_AMX

#define PLIMSOLL_WITH_BYTE_TILES __attribute__((target("amx-tile,amx-int8")))
#define PLIMSOLL_WITH_WIDE_VECTORS __attribute__((target("avx512f")))

constexpr std::int64_t weights_row_bytes = amx_block;
constexpr std::int64_t group_row_bytes = 64;  // 16 tokens of four columns
constexpr std::int64_t sums_row_bytes = 4 * amx_block;

// The weights' tiles 4 and 5 have 32 bytes in a row, the tokens' 6 and 7 eight rows.
constexpr TileConfiguration configuration{.row_bytes = {64, 64, 64, 64, 32, 32, 64, 64},
                                          .rows = {16, 16, 16, 16, 16, 16, 8, 8}};

PLIMSOLL_WITH_BYTE_TILES void configure() {
  _tile_loadconfig(&configuration);
}

PLIMSOLL_WITH_BYTE_TILES void release() {
  _tile_release();
}

PLIMSOLL_WITH_BYTE_TILES void multiply(const std::int8_t* weights, const std::int8_t* first,
                                       const std::int8_t* second, std::int32_t* sums) {
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_loadd(4, weights, weights_row_bytes);
  _tile_loadd(5, weights + amx_tile * amx_block, weights_row_bytes);
  _tile_loadd(6, first, group_row_bytes);
  _tile_loadd(7, second, group_row_bytes);
  _tile_dpbssd(0, 4, 6);
  _tile_dpbssd(1, 4, 7);
  _tile_dpbssd(2, 5, 6);
  _tile_dpbssd(3, 5, 7);
  std::int32_t* lower = sums + amx_tile * amx_block;
  _tile_stored(0, sums, sums_row_bytes);
  _tile_stored(1, sums + amx_tile, sums_row_bytes);
  _tile_stored(2, lower, sums_row_bytes);
  _tile_stored(3, lower + amx_tile, sums_row_bytes);
}

// Vectors of the compiler's: g++ 12 warns of the intrinsics' own variables.
PLIMSOLL_WITH_WIDE_VECTORS void add_scaled(const std::int32_t* sums, const float* row_scales,
                                           const float* token_scales, float* y) {
  using Floats16 = float __attribute__((vector_size(64), aligned(4)));
  using Ints16 = std::int32_t __attribute__((vector_size(64), aligned(4)));
  for (std::int64_t half = 0; half < amx_block; half += amx_tile) {
    const Floats16 tokens = *reinterpret_cast<const Floats16*>(token_scales + half);
    for (std::int64_t row = 0; row < amx_block; ++row) {
      const std::int64_t at = row * amx_block + half;
      const auto sum = *reinterpret_cast<const Ints16*>(sums + at);
      *reinterpret_cast<Floats16*>(y + at) +=
          __builtin_convertvector(sum, Floats16) * (row_scales[row] * tokens);
    }
  }
}

#endif

}  // namespace byte_tiles

struct BlockBytes {
  std::int64_t bytes;
  void (*unpack)(const std::uint8_t* codes, std::int8_t* out);
};

void unpack_q8_0(const std::uint8_t* codes, std::int8_t* out) {
  std::memcpy(out, codes, amx_block);
}

void unpack_q4_0(const std::uint8_t* codes, std::int8_t* out) {
  constexpr int offset = 8;
  for (std::int64_t i = 0; i < amx_tile; ++i) {
    out[i] = static_cast<std::int8_t>((codes[i] & 0xf) - offset);
    out[i + amx_tile] = static_cast<std::int8_t>((codes[i] >> 4) - offset);
  }
}

BlockBytes blocks_of(WeightFormat format) {
  if (format == WeightFormat::q8_0) return {.bytes = 34, .unpack = unpack_q8_0};
  return {.bytes = 18, .unpack = unpack_q4_0};
}

// 32 rows: 32 columns of all of them, then the next; and so their scales.
struct UnpackedRows {
  std::int8_t* codes;
  float* scales;
};

void unpack_rows(WeightFormat format, const std::uint8_t* rows, std::int64_t columns,
                 const UnpackedRows& out) {
  const BlockBytes layout = blocks_of(format);
  for (std::int64_t row = 0; row < amx_block; ++row) {
    for (std::int64_t column = 0; column < columns; column += amx_block, rows += layout.bytes) {
      std::uint16_t scale = 0;
      std::memcpy(&scale, rows, sizeof scale);
      layout.unpack(rows + sizeof scale, out.codes + (column + row) * amx_block);
      out.scales[column + row] = static_cast<float>(reference::f16_value(scale));
    }
  }
}

// 32 unpacked rows with 32 tokens.
void multiply_rows(const ByteTileUnit& unit, const UnpackedRows& weights, const PackedByteTokens& x,
                   std::int64_t block, std::int64_t row, const TileProduct& product) {
  alignas(64) std::int32_t sums[amx_block * amx_block];
  alignas(64) float scaled[amx_block * amx_block] = {};
  for (std::int64_t column = 0; column < x.columns(); column += amx_block) {
    unit.multiply(weights.codes + column * amx_block, x.group(2 * block, column),
                  x.group(2 * block + 1, column), sums);
    unit.add_scaled(sums, weights.scales + column, x.scales(block, column), scaled);
  }
  put_block(scaled, block, row, product);
}

}  // namespace

const ByteTileUnit* amx_byte_unit() {
#if PLIMSOLL_AMX
  static constexpr ByteTileUnit unit{byte_tiles::configure, byte_tiles::release,
                                     byte_tiles::multiply, byte_tiles::add_scaled};
  static const bool there = processor_has_tiles(TileNumbers::int8);
  return there ? &unit : nullptr;
#else
  return nullptr;
#endif
}

void add_scaled_tiles(const std::int32_t* sums, const float* row_scales, const float* token_scales,
                      float* y) {
  for (std::int64_t row = 0; row < amx_block; ++row) {
    for (std::int64_t token = 0; token < amx_block; ++token) {
      const std::int64_t at = row * amx_block + token;
      y[at] += static_cast<float>(sums[at]) * (row_scales[row] * token_scales[token]);
    }
  }
}

PackedByteTokens::PackedByteTokens(std::int64_t columns, std::int64_t tokens)
    : columns_(columns),
      blocks_(ceil_div(tokens, amx_block)),
      codes_(static_cast<std::size_t>(blocks_ * amx_block * columns)),
      scales_(static_cast<std::size_t>(blocks_ * columns)) {}

void PackedByteTokens::set(std::int64_t token, const std::int8_t* codes, const float* scales) {
  constexpr std::int64_t four = 4;
  std::int8_t* at =
      codes_.data() + token / amx_tile * columns_ * amx_tile + token % amx_tile * four;
  for (std::int64_t column = 0; column < columns_; column += four, at += four * amx_tile)
    std::memcpy(at, codes + column, four);
  float* scale = scales_.data() + token / amx_block * columns_ + token % amx_block;
  for (std::int64_t column = 0; column < columns_; column += amx_block)
    scale[column] = scales[column / amx_block];
}

void multiply_byte_tiles(const ByteTileUnit& unit, WeightFormat format, const PackedByteTokens& x,
                         const TileProduct& product) {
  const std::int64_t columns = x.columns();
  const std::int64_t row_bytes = columns / amx_block * blocks_of(format).bytes;
  const std::int64_t block_bytes = columns * (amx_block + std::int64_t{sizeof(float)});
  const std::int64_t blocks = std::max<std::int64_t>(1, amx_strip_bytes / block_bytes);
  std::uint8_t* memory = panel_memory(blocks * block_bytes);
  const auto rows_at = [&](std::int64_t index) {
    std::uint8_t* at = memory + index * block_bytes;
    return UnpackedRows{.codes = reinterpret_cast<std::int8_t*>(at),
                        .scales = reinterpret_cast<float*>(at + columns * amx_block)};
  };
  unit.configure();
  for (std::int64_t first = product.first; first < product.last; first += blocks * amx_block) {
    const std::int64_t count = std::min(blocks, (product.last - first) / amx_block);
    for (std::int64_t i = 0; i < count; ++i) {
      unpack_rows(format, product.weights + (first + i * amx_block) * row_bytes, columns,
                  rows_at(i));
    }
    for (std::int64_t block = 0; block < x.blocks(); ++block) {
      for (std::int64_t i = 0; i < count; ++i)
        multiply_rows(unit, rows_at(i), x, block, first + i * amx_block, product);
    }
  }
  unit.release();
}

}  // namespace plimsoll::calibrate::cpu
