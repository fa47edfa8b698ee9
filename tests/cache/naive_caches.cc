#include "naive_caches.h"

#include <algorithm>
#include <cmath>
#include <list>
#include <map>
#include <stdexcept>
#include <utility>

namespace plimsoll::test {

bool NaiveCache::access(ExtentId id) {
  if (holds(id)) {
    use(id);
    return true;
  }
  if (bytes_[id] <= capacity_) bring_in(id, true);
  return false;
}

void NaiveCache::insert(ExtentId id) {
  if (!holds(id) && bytes_[id] <= capacity_) bring_in(id, false);
}

void NaiveCache::resize(std::int64_t capacity) {
  capacity_ = capacity;
  make_room(0);
}

std::int64_t NaiveCache::held_bytes() const {
  std::int64_t sum = 0;
  for (ExtentId id = 0; id < bytes_.size(); ++id) sum += holds(id) ? bytes_[id] : 0;
  return sum;
}

namespace {

class NaiveLru : public NaiveCache {
 public:
  using NaiveCache::NaiveCache;
  bool holds(ExtentId id) const override {
    return std::find(order_.begin(), order_.end(), id) != order_.end();
  }

 private:
  void use(ExtentId id) override {
    order_.remove(id);
    order_.push_back(id);
  }
  void bring_in(ExtentId id, bool) override {
    make_room(bytes_[id]);
    order_.push_back(id);
  }
  void make_room(std::int64_t bytes) override {
    while (held_bytes() + bytes > capacity_) order_.pop_front();
  }

  std::list<ExtentId> order_;  // least recently used first
};

class NaiveLfu : public NaiveCache {
 public:
  using NaiveCache::NaiveCache;
  bool holds(ExtentId id) const override { return held_.contains(id); }

 private:
  struct Entry {
    int uses = 1;
    int since = 0;  // when it came to have that many
    bool prefetched = false;
  };

  void use(ExtentId id) override {
    Entry& entry = held_.at(id);
    if (!entry.prefetched) ++entry.uses;
    entry.prefetched = false;
    entry.since = ++now_;
  }
  void bring_in(ExtentId id, bool used) override {
    make_room(bytes_[id]);
    held_[id] = {.since = ++now_, .prefetched = !used};
  }
  void make_room(std::int64_t bytes) override {
    const auto rank = [](const auto& a) { return std::pair(a.second.uses, a.second.since); };
    while (held_bytes() + bytes > capacity_) {
      held_.erase(std::min_element(held_.begin(), held_.end(), [&](const auto& a, const auto& b) {
        return rank(a) < rank(b);
      }));
    }
  }

  std::map<ExtentId, Entry> held_;
  int now_ = 0;
};

// mm/workingset.c: "The sum of evictions and activations between any two points in time indicate
// the minimum number of inactive pages accessed in between."
class NaiveTwoList : public NaiveCache {
 public:
  using NaiveCache::NaiveCache;
  bool holds(ExtentId id) const override { return in(inactive_, id) || in(active_, id); }

 private:
  using List = std::list<ExtentId>;  // newest first

  static bool in(const List& list, ExtentId id) {
    return std::find(list.begin(), list.end(), id) != list.end();
  }
  std::int64_t sum(const List& list) const {
    std::int64_t bytes = 0;
    for (const ExtentId id : list) bytes += bytes_[id];
    return bytes;
  }

  // inactive,unreferenced -> inactive,referenced -> active,unreferenced -> active,referenced
  void use(ExtentId id) override {
    if (in(inactive_, id) && referenced_[id]) {
      referenced_[id] = false;
      inactive_.remove(id);
      active_.push_front(id);
      events_.push_back(id);
    } else {
      referenced_[id] = true;
    }
  }

  void bring_in(ExtentId id, bool used) override {
    const bool near = refault_distance_is_short(id);
    make_room(bytes_[id]);
    referenced_[id] = used;
    (near ? active_ : inactive_).push_front(id);
    if (near) events_.push_back(id);
    activated_by_refault_ = activated_by_refault_ || near;
  }

  // R - E <= NR_active
  bool refault_distance_is_short(ExtentId id) const {
    if (!evicted_at_.contains(id)) return false;
    std::int64_t distance = 0;
    for (std::size_t i = evicted_at_.at(id); i < events_.size(); ++i)
      distance += bytes_[events_[i]];
    return distance <= sum(active_);
  }

  bool inactive_low() const {
    std::int64_t ratio = 1;
    const std::int64_t gib = (sum(inactive_) + sum(active_)) / 1'073'741'824;
    while ((ratio + 1) * (ratio + 1) <= 10 * gib) ++ratio;
    return sum(inactive_) * ratio < sum(active_);
  }

  void make_room(std::int64_t bytes) override {
    if (held_bytes() + bytes <= capacity_) return;
    const bool shrink_active = inactive_low() || activated_by_refault_;
    activated_by_refault_ = false;
    while (held_bytes() + bytes > capacity_) {
      if (inactive_.empty()) {
        deactivate_last();
      } else {
        const ExtentId victim = inactive_.back();
        inactive_.pop_back();
        evicted_at_[victim] = events_.size();
        events_.push_back(victim);
        const std::int64_t before = sum(active_);
        while (shrink_active && !active_.empty() && before - sum(active_) < bytes_[victim]) {
          deactivate_last();
        }
      }
    }
  }

  void deactivate_last() {
    inactive_.push_front(active_.back());
    active_.pop_back();
  }

  List inactive_;
  List active_;
  std::map<ExtentId, bool> referenced_;
  std::vector<ExtentId> events_;  // evictions and activations
  std::map<ExtentId, std::size_t> evicted_at_;
  bool activated_by_refault_ = false;
};

// Section 4 of the paper: one list by recency; the hands rest at the last page of their kind.
class NaiveClockPro : public NaiveCache {
 public:
  NaiveClockPro(std::int64_t capacity, std::vector<std::int64_t> bytes)
      : NaiveCache(capacity, std::move(bytes)), m_c_(capacity / 100) {}

  bool holds(ExtentId id) const override {
    return std::any_of(list_.begin(), list_.end(),
                       [&](const Page& page) { return page.id == id && page.resident; });
  }

 private:
  struct Page {
    ExtentId id = 0;
    bool hot = false;
    bool resident = true;
    bool test = false;
    bool referenced = false;
    bool waits_for_first_use = false;
  };
  using List = std::list<Page>;  // head first

  static bool is_hot(const Page& page) { return page.hot; }
  static bool is_resident_cold(const Page& page) { return page.resident && !page.hot; }
  static bool is_in_test(const Page& page) { return page.test; }
  static bool is_departed(const Page& page) { return !page.resident && page.test; }

  template <class Kind>
  List::iterator last(Kind kind) {
    auto at = list_.end();
    for (auto i = list_.begin(); i != list_.end(); ++i) at = kind(*i) ? i : at;
    return at;
  }
  template <class Kind>
  std::int64_t sum(Kind kind) const {
    std::int64_t bytes = 0;
    for (const Page& page : list_) bytes += kind(page) ? bytes_[page.id] : 0;
    return bytes;
  }
  void to_head(List::iterator page) { list_.splice(list_.begin(), list_, page); }

  void use(ExtentId id) override {
    Page& page = *std::find_if(list_.begin(), list_.end(), [&](auto& p) { return p.id == id; });
    if (page.waits_for_first_use) {
      page.waits_for_first_use = false;
    } else {
      page.referenced = true;
    }
  }

  void bring_in(ExtentId id, bool used) override {
    make_room(bytes_[id]);
    const auto known =
        std::find_if(list_.begin(), list_.end(), [&](const Page& page) { return page.id == id; });
    Page page{.id = id};
    if (known == list_.end()) {
      page.hot = used && !was_full_ && sum(is_hot) + bytes_[id] <= capacity_ - m_c_;
      page.waits_for_first_use = !used;
    } else {
      known->test = false;
      page.hot = used && re_accessed(known);
      list_.erase(known);
    }
    page.test = !page.hot;
    list_.push_front(page);
  }

  void make_room(std::int64_t bytes) override {
    adapt(0);
    while (held_bytes() + bytes > capacity_) {
      was_full_ = true;
      run_hand_cold();
    }
    run_hand_test();
  }

  void run_hand_cold() {
    const auto page = last(is_resident_cold);
    if (page == list_.end()) {
      run_hand_hot();
    } else if (page->referenced) {
      page->referenced = false;
      const bool tested = std::exchange(page->test, false);
      page->hot = tested && re_accessed(page);
      page->test = !page->hot;
      to_head(page);
    } else if (page->test && !page->waits_for_first_use) {
      page->resident = false;
      run_hand_test();
    } else {
      list_.erase(page);
    }
  }

  // "If a cold page is accessed during its test period, we increment m_c"; it turns hot, and the
  // hot hand makes room for it, which it does not get if the hand passes it first.
  bool re_accessed(List::iterator page) {
    adapt(bytes_[page->id]);
    while (sum(is_hot) + bytes_[page->id] > capacity_ - m_c_) {
      const auto hot = last(is_hot);
      if (hot == list_.end()) return false;
      if (std::distance(list_.begin(), page) > std::distance(list_.begin(), hot)) return false;
      run_hand_hot();
    }
    return true;
  }

  void run_hand_hot() {
    bool demoted = false;
    while (!demoted) {
      const auto page = last(is_hot);
      demoted = !page->referenced;
      page->hot = page->referenced;
      page->referenced = false;
      to_head(page);
    }
    const auto hand = last(is_hot);
    if (hand == list_.end()) return;
    for (auto page = last(is_in_test); page != list_.end(); page = last(is_in_test)) {
      if (std::distance(list_.begin(), page) < std::distance(list_.begin(), hand)) break;
      end_test(page);
    }
  }

  // "The number of non-resident cold pages" stays within the memory size.
  void run_hand_test() {
    while (sum(is_departed) > capacity_) end_test(last(is_in_test));
  }

  // "If a cold page passes its test period without a re-access, we decrement m_c."
  void end_test(List::iterator page) {
    page->test = false;
    const std::int64_t size = bytes_[page->id];
    if (!page->resident) {
      list_.erase(page);
      adapt(-size);
    } else if (!page->waits_for_first_use) {
      adapt(page->referenced ? size : -size);
    }
  }

  void adapt(std::int64_t bytes) {
    m_c_ = std::min(std::max(m_c_ + bytes, capacity_ / 100), capacity_ - capacity_ / 100);
  }

  List list_;
  std::int64_t m_c_;
  bool was_full_ = false;
};

}  // namespace

std::unique_ptr<NaiveCache> make_naive(ReplacementKind kind, std::int64_t capacity,
                                       std::vector<std::int64_t> bytes) {
  switch (kind) {
    case ReplacementKind::lru:
      return std::make_unique<NaiveLru>(capacity, std::move(bytes));
    case ReplacementKind::two_list:
      return std::make_unique<NaiveTwoList>(capacity, std::move(bytes));
    case ReplacementKind::clock_pro:
      return std::make_unique<NaiveClockPro>(capacity, std::move(bytes));
    case ReplacementKind::lfu:
      return std::make_unique<NaiveLfu>(capacity, std::move(bytes));
    default:
      throw std::invalid_argument("a policy that replaces nothing");
  }
}

}  // namespace plimsoll::test
