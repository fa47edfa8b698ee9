// Products of bf16 matrices on the tile registers of AMX: 32 rows and 32 tokens at a time.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace plimsoll::calibrate::cpu {

// Of rows and of tokens in the four tiles that sums are kept in, and of columns in one step.
constexpr std::int64_t amx_block = 32;
constexpr std::int64_t amx_tile = 16;

// What the tile registers do for one block of sums: 2 x 2 tiles of 16 rows and 16 tokens.
struct TileUnit {
  void (*configure)();  // of this thread, before the first block
  void (*release)();
  void (*clear)();
  // sums[row][token] += products over 32 columns. `weights`: 32 rows, `row_bytes` apart. `first`
  // and `second`: 16 tokens each, [pair of columns][token][2].
  void (*add)(const std::uint8_t* weights, std::int64_t row_bytes, const std::uint16_t* first,
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
        blocks_((tokens + amx_block - 1) / amx_block),
        values_(static_cast<std::size_t>(blocks_ * amx_block * columns)) {}

  void set(std::int64_t token, std::int64_t column, std::uint16_t bf16) {
    const std::int64_t pair = (token / amx_tile * columns_ + column / 2 * 2) * amx_tile;
    values_[static_cast<std::size_t>(pair + token % amx_tile * 2 + column % 2)] = bf16;
  }
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
void multiply_tiles(const TileUnit& unit, const PackedTokens& x, const TileProduct& product);

}  // namespace plimsoll::calibrate::cpu
