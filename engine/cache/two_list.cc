// The two lists of Linux before multi-generation LRU (mm/workingset.c, mm/vmscan.c, mm/swap.c of
// Linux 6): what is used once passes through the inactive list; what is used again there, or comes
// back soon after it left, goes to the active list.
//
// An extent stands for its pages, which behave alike. Reads as by read(): a use marks an extent at
// once (folio_mark_accessed), and a mark does not save it at the end of the inactive list
// (folio_check_references of an unmapped page).
#include <cmath>

#include "cache/evicting_cache.h"
#include "cache/extent_lists.h"

namespace plimsoll {
namespace {

class TwoList final : public EvictingCache {
 public:
  explicit TwoList(const ReplacementSpec& spec)
      : EvictingCache(spec),
        lists_(spec.extent_bytes.size(), 2),
        states_(spec.extent_bytes.size()) {}

  bool holds(ExtentId extent) const override { return lists_.linked(extent); }

 private:
  static constexpr ExtentLists::List kInactive = 0;
  static constexpr ExtentLists::List kActive = 1;
  static constexpr std::int64_t kNeverEvicted = -1;

  struct State {
    bool active = false;
    bool referenced = false;
    std::int64_t shadow = kNeverEvicted;  // age_ when it was evicted
  };

  void hit(ExtentId extent) override {
    State& state = states_[extent];
    if (!state.referenced) {
      state.referenced = true;
    } else if (!state.active) {
      state.referenced = false;
      lists_.remove(extent);
      inactive_ -= bytes_of(extent);
      activate(extent);
    }
  }

  void bring_in(ExtentId extent, Reason reason) override {
    // Judged before room is made: a large extent's first pages are, and the others follow them.
    const bool refault = comes_back_soon(extent);
    make_room(bytes_of(extent));
    states_[extent].referenced = reason == Reason::access;
    count_in(extent);
    if (refault) {
      activate(extent);
      refaulted_ = true;
    } else {
      enter_inactive(extent);
    }
  }

  // The refault distance, what left the inactive list since, is no more than the active list, so
  // the extent would have stayed without that (workingset_test_recent).
  bool comes_back_soon(ExtentId extent) const {
    const std::int64_t shadow = states_[extent].shadow;
    return shadow != kNeverEvicted && age_ - shadow <= active_;
  }

  void make_room(std::int64_t bytes) override {
    if (fits(bytes)) return;
    // Refaults say that the active list may be stale (prepare_scan_control).
    const bool deactivate = refaulted_ || inactive_is_low();
    while (!fits(bytes)) {
      if (lists_.empty(kInactive)) {
        demote();
        continue;
      }
      // Both lists are scanned in equal steps (shrink_lruvec).
      const std::int64_t evicted = evict();
      for (std::int64_t demoted = 0; deactivate && demoted < evicted && !lists_.empty(kActive);) {
        demoted += demote();
      }
    }
    refaulted_ = false;
  }

  // The active list may be sqrt(10 x GiB) times the inactive one, at least as long.
  bool inactive_is_low() const {
    const std::int64_t gib = (inactive_ + active_) >> 30;
    const auto ratio =
        gib == 0 ? 1 : static_cast<std::int64_t>(std::sqrt(10.0 * static_cast<double>(gib)));
    return inactive_ * ratio < active_;
  }

  std::int64_t evict() {
    const ExtentId extent = lists_.back(kInactive);
    lists_.remove(extent);
    inactive_ -= bytes_of(extent);
    count_out(extent);
    states_[extent].shadow = age_;
    age_ += bytes_of(extent);
    return bytes_of(extent);
  }

  std::int64_t demote() {
    const ExtentId extent = lists_.back(kActive);
    lists_.remove(extent);
    active_ -= bytes_of(extent);
    enter_inactive(extent);
    return bytes_of(extent);
  }

  void enter_inactive(ExtentId extent) {
    lists_.push_front(extent, kInactive);
    states_[extent].active = false;
    inactive_ += bytes_of(extent);
  }

  void activate(ExtentId extent) {
    lists_.push_front(extent, kActive);
    states_[extent].active = true;
    active_ += bytes_of(extent);
    age_ += bytes_of(extent);
  }

  void forget_everything() override {
    lists_.clear();
    states_.assign(states_.size(), {});
    inactive_ = active_ = age_ = 0;
    refaulted_ = false;
  }

  ExtentLists lists_;
  std::vector<State> states_;
  std::int64_t inactive_ = 0;  // bytes
  std::int64_t active_ = 0;
  std::int64_t age_ = 0;    // bytes evicted and activated so far (nonresident_age)
  bool refaulted_ = false;  // since room was last made
};

}  // namespace

std::unique_ptr<Replacement> make_two_list(const ReplacementSpec& spec) {
  return std::make_unique<TwoList>(spec);
}

}  // namespace plimsoll
