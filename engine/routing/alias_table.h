// Draws from a discrete distribution in constant time: the alias method (Walker 1977; construction
// by Vose 1991).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/rng.h"

namespace plimsoll {

class AliasTable {
 public:
  AliasTable() = default;
  // Weights are not negative, at least one of them is positive, and there are fewer than 2^31.
  // Shares are rounded to 2^-32, so that the last bit of a weight decides no draw.
  explicit AliasTable(std::span<const double> weights);

  std::uint32_t draw(Rng& rng) const {
    const std::uint64_t bits = rng.next();
    const std::uint64_t scaled = (bits >> 32) * columns_.size();
    const Column& column = columns_[scaled >> 32];
    return (bits & 0xffffffff) < column.own ? static_cast<std::uint32_t>(scaled >> 32)
                                            : column.alias;
  }

 private:
  struct Column {
    std::uint64_t own = 0;  // of 2^32: how often the column means itself
    std::uint32_t alias = 0;
  };
  std::vector<Column> columns_;
};

}  // namespace plimsoll
