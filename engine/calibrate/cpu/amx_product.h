// Products of bf16 matrices on the tile registers of AMX: 32 rows and 32 tokens at a time.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "base/ceil_div.h"

namespace plimsoll::calibrate::cpu {

// Of rows and of tokens in the four tiles that sums are kept in, and of columns in one step.
constexpr std::int64_t amx_block = 32;
constexpr std::int64_t amx_tile = 16;
// Rows that are put into order at a time: half of the second cache of the processors with tile
// registers.
constexpr std::int64_t amx_strip_bytes = std::int64_t{1} << 20;

// What the tile registers do for one block of sums: 2 x 2 tiles of 16 rows and 16 tokens.
struct TileUnit {
  void (*configure)();  // of this thread, before the first block
  void (*release)();
  void (*clear)();
  // sums[row][token] += products over 32 columns. `weights`: [row][column], 32 rows. `first` and
  // `second`: 16 tokens each, [pair of columns][token][2].
  void (*add)(const std::uint16_t* weights, const std::uint16_t* first,
              const std::uint16_t* second);
  void (*store)(float* sums);  // [32][32]
};

// The processor's own; null where it, the operating system or the compiler has none. The first call
// asks Linux for the registers.
const TileUnit* amx_unit();

// Tokens in the order that add() takes: groups of 16, the last filled up with zeros to a whole
// block, pairs of columns within. `columns` is a multiple of 32.
class PackedTokens {
 public:
  PackedTokens(std::int64_t columns, std::int64_t tokens)
      : columns_(columns),
        blocks_(ceil_div(tokens, amx_block)),
        values_(static_cast<std::size_t>(blocks_ * amx_block * columns)) {}

  // Rounds finite values, as many as there are columns, to the nearest.
  void set(std::int64_t token, const float* values);
  // 16 tokens from column `column` on.
  const std::uint16_t* group(std::int64_t group, std::int64_t column) const {
    return values_.data() + (group * columns_ + column) * amx_tile;
  }
  std::int64_t blocks() const { return blocks_; }
  std::int64_t columns() const { return columns_; }

 private:
  std::int64_t columns_;
  std::int64_t blocks_;
  std::vector<std::uint16_t> values_;
};

// y[token * rows + row] of rows [first, last), whole blocks of them, of a matrix of `rows` rows of
// bf16 without padding.
struct TileProduct {
  const std::uint8_t* weights;
  std::int64_t rows;
  std::int64_t first;
  std::int64_t last;
  std::int64_t tokens;
  float* y;
};
// The sums [32][32] of a block of rows from `row` on and a block of tokens, as far as there are so
// many, to their places.
void put_block(const float* sums, std::int64_t block, std::int64_t row, const TileProduct& product);
// Some blocks of rows at a time are put into the order of add(), where all of them together stay in
// the second cache while the tokens pass.
void multiply_tiles(const TileUnit& unit, const PackedTokens& x, const TileProduct& product);

}  // namespace plimsoll::calibrate::cpu
