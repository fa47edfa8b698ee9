// Products of q8_0 and q4_0 weights with activations of 8 bits on the tile registers of AMX: 32
// rows, 32 tokens and one block of 32 columns at a time, which has a scale of its own.
#pragma once

#include <cstdint>
#include <vector>

#include "calibrate/cpu/amx_product.h"
#include "calibrate/cpu/matrix_operations.h"

namespace plimsoll::calibrate::cpu {

struct ByteTileUnit {
  void (*configure)();  // of this thread, before the first block
  void (*release)();
  // sums[row][token] = products over 32 columns. `weights`: [row][column]. `first` and `second`: 16
  // tokens each, [four columns][token][4].
  void (*multiply)(const std::int8_t* weights, const std::int8_t* first, const std::int8_t* second,
                   std::int32_t* sums);
  // y[row][token] += sums[row][token] * row_scales[row] * token_scales[token].
  void (*add_scaled)(const std::int32_t* sums, const float* row_scales, const float* token_scales,
                     float* y);
};

// The processor's own; null where it, the operating system or the compiler has none.
const ByteTileUnit* amx_byte_unit();
// add_scaled() of any processor.
void add_scaled_tiles(const std::int32_t* sums, const float* row_scales, const float* token_scales,
                      float* y);

// Tokens in blocks of 32, the last filled up with zeros, in the order that multiply() takes.
class PackedByteTokens {
 public:
  PackedByteTokens(std::int64_t columns, std::int64_t tokens);

  // Of one token: the columns' codes, and a scale for each 32.
  void set(std::int64_t token, const std::int8_t* codes, const float* scales);

  // 16 tokens' 32 columns from `column` on.
  const std::int8_t* group(std::int64_t group, std::int64_t column) const {
    return codes_.data() + (group * columns_ + column) * amx_tile;
  }
  // Of the 32 tokens of a block.
  const float* scales(std::int64_t block, std::int64_t column) const {
    return scales_.data() + block * columns_ + column;
  }
  std::int64_t blocks() const { return blocks_; }
  std::int64_t columns() const { return columns_; }

 private:
  std::int64_t columns_;
  std::int64_t blocks_;
  std::vector<std::int8_t> codes_;
  std::vector<float> scales_;  // [block][32 columns][token]
};

// As multiply_tiles(); rows of q8_0 or q4_0.
void multiply_byte_tiles(const ByteTileUnit& unit, WeightFormat format, const PackedByteTokens& x,
                         const TileProduct& product);

}  // namespace plimsoll::calibrate::cpu
