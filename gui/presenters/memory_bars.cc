#include "presenters/memory_bars.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "report/report_content.h"

namespace plimsoll::gui {
namespace {

// Names in the order of all bars.
class ItemOrder {
 public:
  explicit ItemOrder(const std::vector<PoolMemory>& pools) {
    for (const PoolMemory& pool : pools)
      for (const MemoryItem& item : pool.items) bytes_[item.what] += item.bytes.value;
  }
  bool operator()(const MemoryItem& a, const MemoryItem& b) const { return key(a) < key(b); }

 private:
  std::tuple<bool, double, std::string_view> key(const MemoryItem& item) const {
    return {!item.wired, -bytes_.at(item.what), item.what};
  }
  std::map<std::string, double, std::less<>> bytes_;
};

class BarBuilder {
 public:
  BarBuilder(const PoolGroup& group, const ItemOrder& order)
      : pool_(*group.pool), items_(group.pool->items) {
    std::stable_sort(items_.begin(), items_.end(), order);
    bar_ = {.label = group.label,
            .count = group.count,
            .capacity = pool_.capacity,
            .usable = pool_.usable,
            .use = pool_use_text(pool_),
            .limit = pool_limit_text(pool_),
            .raise = pool_.raise,
            .segments = {}};
  }

  MemoryBar build() {
    // Items stop where the usable memory does; what is short of it stands beyond the end.
    for (const MemoryItem& item : items_)
      add(item.wired ? MemoryPart::held : MemoryPart::evictable, item.what, item.bytes,
          std::min(item.bytes.value, pool_.usable.base() - at_));
    add_exact(MemoryPart::free, "free", pool_.free);
    add_exact(MemoryPart::withheld, "withheld by the limit", pool_.withheld);
    if (pool_.reserved.value > 0.0)
      add(MemoryPart::reserved, "operating system", pool_.reserved, pool_.reserved.value);
    add_exact(MemoryPart::missing, "missing", pool_.short_by);
    return std::move(bar_);
  }

 private:
  void add_exact(MemoryPart part, const char* what, Bytes bytes) {
    if (bytes > Bytes()) add(part, what, Estimate::exact(bytes.base()), bytes.base());
  }
  void add(MemoryPart part, const std::string& what, const Estimate& bytes, double length) {
    const double end = at_ + std::max(0.0, length);
    bar_.segments.push_back({.part = part,
                             .what = what,
                             .bytes = bytes,
                             .start = at_,
                             .end = end,
                             .share = bytes.value / pool_.capacity.base()});
    at_ = end;
  }

  const PoolMemory& pool_;
  std::vector<MemoryItem> items_;
  MemoryBar bar_;
  double at_ = 0.0;
};

}  // namespace

std::vector<MemoryBar> memory_bars(const Outcome& outcome) {
  const ItemOrder order(outcome.memory);
  std::vector<MemoryBar> bars;
  for (const PoolGroup& group : fold_pools(outcome.memory))
    bars.push_back(BarBuilder(group, order).build());
  return bars;
}

double span_of_lengths(const std::vector<MemoryBar>& bars) {
  if (bars.empty()) return 1.0;
  const auto [shortest, longest] =
      std::minmax_element(bars.begin(), bars.end(),
                          [](const MemoryBar& a, const MemoryBar& b) { return a.end() < b.end(); });
  return shortest->end() > 0.0 ? longest->end() / shortest->end() : 1.0;
}

}  // namespace plimsoll::gui
