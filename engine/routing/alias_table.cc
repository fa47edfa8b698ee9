#include "routing/alias_table.h"

#include <cmath>
#include <numeric>

namespace plimsoll {

AliasTable::AliasTable(std::span<const double> weights) : columns_(weights.size()) {
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<double> share;  // of an even column
  std::vector<std::uint32_t> small;
  std::vector<std::uint32_t> large;
  for (std::uint32_t i = 0; i < weights.size(); ++i) {
    share.push_back(weights[i] / total * static_cast<double>(weights.size()));
    (share[i] < 1.0 ? small : large).push_back(i);
  }
  while (!small.empty() && !large.empty()) {
    const std::uint32_t poor = small.back();
    const std::uint32_t rich = large.back();
    small.pop_back();
    columns_[poor] = {static_cast<std::uint64_t>(std::llround(std::ldexp(share[poor], 32))), rich};
    share[rich] -= 1.0 - share[poor];
    if (share[rich] >= 1.0) continue;
    large.pop_back();
    small.push_back(rich);
  }
  for (const auto& rest : {small, large}) {
    for (const std::uint32_t full : rest) columns_[full] = {std::uint64_t{1} << 32, full};
  }
}

}  // namespace plimsoll
